//! `minitag tags`: what is wrong with a tag list, or worth a second look, or new.

use minitag::classifier::List;
use minitag::engine::llama::Model;
use minitag::layout::printable;
use minitag::tags::{Tag, TagId, TagsDiff, warnings};
use minitag::vocab::tokenize_continuation;
use minitag::{AnswerStyle, ClassifierOptions, TagSet};
use serde::Serialize;

use crate::cli::args::{TagsCheckArgs, TagsDiffArgs};
use crate::cli::failure::{Failure, Status};
use crate::cli::screen::Screen;
use crate::cli::{plan, print, session};

/// What there is to say about a list.
#[derive(Serialize)]
struct Checked {
    tags: usize,
    /// What the list takes in a model's prompt.
    #[serde(skip_serializing_if = "Option::is_none")]
    tokens: Option<Tokens>,
    warnings: Vec<String>,
}

#[derive(Serialize)]
struct Tokens {
    ids: usize,
    names: usize,
}

/// What makes one list another.
#[derive(Serialize)]
struct Diff<'a> {
    added: Vec<Entry<'a>>,
    removed: Vec<Entry<'a>>,
    changed: Vec<Change<'a>>,
    reordered: bool,
}

#[derive(Serialize)]
struct Entry<'a> {
    id: &'a TagId,
    name: &'a str,
}

#[derive(Serialize)]
struct Change<'a> {
    id: &'a TagId,
    name: &'a str,
    /// What it was called; the same as now if it is with another description.
    was: &'a str,
}

/// Runs the command.
pub(crate) fn check(args: &TagsCheckArgs, screen: &Screen) -> Result<Status, Failure> {
    let tags = session::tag_set_from(&args.file, screen)?;
    let mut warnings = warnings(&tags);
    let tokens = match &args.model {
        Some(path) => {
            let (model, made_for) = plan::vocabulary(Some(path))?;
            // What `classify` would refuse.
            List::new(
                &model,
                tags.clone(),
                &ClassifierOptions::made_for(&made_for),
            )?;
            warnings.extend(made_for.acquaintance(&tags, true));
            Some(tokens(&model, &tags))
        }
        None => None,
    };
    let checked = Checked {
        tags: tags.len(),
        tokens,
        warnings,
    };
    if args.format.is_json() {
        print::json(&checked)?;
        return Ok(Status::Success);
    }
    for warning in &checked.warnings {
        screen.warning(warning);
    }
    let n = checked.tags;
    print::text(&format!("{n} {}\n", if n == 1 { "tag" } else { "tags" }))?;
    if let (Some(path), Some(Tokens { ids, names })) = (&args.model, checked.tokens) {
        let model = path.display();
        let line = format!("{ids} tokens of ids, {names} tokens of names with `{model}`\n");
        print::text(&line)?;
    }
    Ok(Status::Success)
}

/// What a list takes in a model's prompt.
fn tokens(model: &Model, tags: &TagSet) -> Tokens {
    let of = |answer: AnswerStyle| {
        let literals = answer.literals(tags).into_iter();
        literals
            .map(|literal| tokenize_continuation(model, &literal).len() + 1)
            .sum()
    };
    Tokens {
        ids: of(AnswerStyle::Id),
        names: of(AnswerStyle::Name),
    }
}

/// Runs `tags diff`.
pub(crate) fn diff(args: &TagsDiffArgs, screen: &Screen) -> Result<Status, Failure> {
    let (old, new) = (
        session::tag_set_from(&args.old, screen)?,
        session::tag_set_from(&args.new, screen)?,
    );
    let diff = TagsDiff::new(&old, &new);
    if args.format.is_json() {
        print::json(&record(&diff))?;
        return Ok(Status::Success);
    }
    let mut lines = Vec::new();
    for (mark, tags) in [('+', &diff.added), ('-', &diff.removed)] {
        for Tag { id, name, .. } in tags {
            lines.push(format!("{mark} {id} {name}"));
        }
    }
    for (old, new) in &diff.changed {
        let how = if old.name == new.name {
            "with another description".to_owned()
        } else {
            format!("was {}", old.name)
        };
        lines.push(format!("~ {} {} ({how})", new.id, new.name));
    }
    if diff.reordered {
        lines.push("~ the order of the tags".to_owned());
    }
    let lines = lines.iter().map(|line| printable(line) + "\n");
    print::text(&lines.collect::<String>())?;
    Ok(Status::Success)
}

fn record<'a>(diff: &'a TagsDiff) -> Diff<'a> {
    let entries = |tags: &'a [Tag]| {
        let entries = tags.iter().map(|tag| Entry {
            id: &tag.id,
            name: &tag.name,
        });
        entries.collect()
    };
    let changed = diff.changed.iter().map(|(old, new)| Change {
        id: &new.id,
        name: &new.name,
        was: &old.name,
    });
    Diff {
        added: entries(&diff.added),
        removed: entries(&diff.removed),
        changed: changed.collect(),
        reordered: diff.reordered,
    }
}
