//! `minitag tags`: what is wrong with a tag list, or worth a second look, or new.

use std::collections::HashMap;

use minitag::engine::llama::Model;
use minitag::tags::{Tag, TagId, TagsDiff, shorten};
use minitag::vocab::tokenize_continuation;
use minitag::{AnswerStyle, TagSet};
use serde::Serialize;
use unicode_normalization::UnicodeNormalization;

use crate::cli::acquaintance::unacquainted;
use crate::cli::args::{TagsCheckArgs, TagsDiffArgs};
use crate::cli::failure::{Failure, Status};
use crate::cli::screen::Screen;
use crate::cli::{plan, print, session};

/// A name longer than this, in characters, is probably a description.
const LONG_NAME: usize = 40;

/// One letter can be written as one character or as several (Unicode's normal forms).
const COMPOSED: &str = "look the same but are composed of different characters";

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
            warnings.extend(unacquainted(&made_for, &tags, true));
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
            lines.push(format!("{mark} {id} {name}\n"));
        }
    }
    for (old, new) in &diff.changed {
        let how = if old.name == new.name {
            "with another description".to_owned()
        } else {
            format!("was {}", old.name)
        };
        lines.push(format!("~ {} {} ({how})\n", new.id, new.name));
    }
    if diff.reordered {
        lines.push("~ the order of the tags\n".to_owned());
    }
    print::text(&lines.concat())?;
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

/// What is valid but probably not meant.
fn warnings(tags: &TagSet) -> Vec<String> {
    let mut warnings = Vec::new();
    let mut folded: HashMap<String, &Tag> = HashMap::new();
    let mut spelled: HashMap<String, (&Tag, String)> = HashMap::new();
    for tag in tags {
        let name = tag.name.trim();
        let short = shorten(name);
        if name != tag.name {
            warnings.push(format!(
                "the name `{}` has spaces around it; the model sees them",
                shorten(&tag.name)
            ));
        }
        if name.chars().count() > LONG_NAME {
            warnings.push(format!(
                "the name `{short}` is very long; a `description` may be what is meant"
            ));
        }
        if let Some(other) = folded.insert(fold(name), tag) {
            let differ = if other.name.trim().nfc().eq(name.nfc()) {
                COMPOSED
            } else {
                "differ only in case or punctuation"
            };
            let other = shorten(other.name.trim());
            warnings.push(format!("the names `{other}` and `{short}` {differ}"));
        }
        let text = tag.id.to_text();
        if text.contains(';') {
            warnings.push(format!(
                "the id {} has a `;`, which separates tags in CSV: it is in quotes there",
                shorten(tag.id.as_json())
            ));
        }
        let composed: String = text.nfc().collect();
        if let Some((other, other_text)) = spelled.insert(composed, (tag, text.clone())) {
            let (one, two) = (shorten(other.id.as_json()), shorten(tag.id.as_json()));
            let differ = if other_text == text {
                "look the same but are a number and a text"
            } else {
                COMPOSED
            };
            warnings.push(format!("the ids {one} and {two} {differ}"));
        }
    }
    warnings
}

/// A name without what two spellings of one thing differ in.
fn fold(name: &str) -> String {
    name.nfkc()
        .filter(|c| c.is_alphanumeric())
        .flat_map(char::to_lowercase)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn near_duplicates_and_odd_names_are_warned_of() {
        let tags = TagSet::parse(
            r#"[{"id":1,"name":"web-app"},{"id":"1","name":"Web App "},{"id":2,"name":"C"},{"id":3,"name":"C++"}]"#,
        );
        assert_eq!(
            warnings(&tags.unwrap()),
            [
                "the name `Web App ` has spaces around it; the model sees them",
                "the names `web-app` and `Web App` differ only in case or punctuation",
                "the ids 1 and \"1\" look the same but are a number and a text",
                "the names `C` and `C++` differ only in case or punctuation",
            ]
        );
        let text = "[{\"id\":\"caf\u{e9}\",\"name\":\"\u{e4}\"},{\"id\":\"cafe\u{301}\",\"name\":\"a\u{308}\"}]";
        assert_eq!(
            warnings(&TagSet::parse(text).unwrap()),
            [
                "the names `\u{e4}` and `a\u{308}` look the same but are composed of different characters",
                "the ids \"caf\u{e9}\" and \"cafe\u{301}\" look the same but are composed of different characters"
            ]
        );
    }

    #[test]
    fn an_ordinary_list_is_not_warned_of() {
        let tags = TagSet::parse(r#"[{"id":1,"name":"ai"},{"id":17,"name":"lib"}]"#).unwrap();
        assert_eq!(warnings(&tags), [""; 0]);
    }
}
