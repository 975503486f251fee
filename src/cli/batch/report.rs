//! What there is to say of a batch at its end.

use minitag::runner::{LeftOut, Outputs, Repeated, Stop, Summary, Told};
use minitag::table::delimiter_name;

use crate::cli::args::BatchArgs;
use crate::cli::failure::Status;
use crate::cli::screen::Screen;
use crate::cli::tag_list::as_guessed;

/// Endings that are named at most.
const ENDINGS: usize = 5;

/// Says how the run ended.
pub(super) fn report(
    summary: &Summary,
    outputs: &Outputs,
    args: &BatchArgs,
    screen: &Screen,
) -> Status {
    let Summary {
        tagged,
        failed,
        known,
        changed,
        review,
        ..
    } = summary;
    let mut parts = vec![format!("{tagged} tagged")];
    match &outputs.errors {
        Some(file) if *failed > 0 => {
            parts.push(format!(
                "{failed} failed (`{}` says why)",
                file.path().display()
            ));
        }
        _ => parts.push(format!("{failed} failed")),
    }
    if args.answer.review_below.is_some() {
        parts.push(format!("{review} to review"));
    }
    if *known > 0 {
        parts.push(format!("{known} of them known already"));
    }
    if args.redo.is_some() || *changed > 0 {
        parts.push(format!("{changed} with other tags than before"));
    }
    parts.extend(summary.told.as_ref().and_then(left_out));
    let parts = parts.join(", ");
    let without: Vec<&str> = [
        (args.redo.is_some(), "`--redo`"),
        (summary.stop == Some(Stop::Errors), "this limit"),
    ]
    .into_iter()
    .filter_map(|(is_given, option)| is_given.then_some(option))
    .collect();
    let again = match (&outputs.answers, without.is_empty()) {
        (None, _) => String::new(),
        (_, true) => "; the same command goes on from here".to_owned(),
        (_, false) => format!(
            "; the same command without {} goes on from here",
            without.join(" and ")
        ),
    };
    match summary.stop {
        Some(Stop::Asked) => {
            screen.warning(&format!("stopped: {parts}{again}"));
            Status::Interrupted
        }
        Some(Stop::Errors) => {
            screen.error(&format!("too many errors: {parts}{again}"), None);
            Status::SomeFailed
        }
        None => {
            screen.note(&parts);
            warn(summary, args, screen);
            if tagged + failed == 0 && args.shard.is_none() {
                let input = args.input.display();
                screen.warning(&format!("there is no record in `{input}`"));
            }
            if *failed > 0 {
                Status::SomeFailed
            } else {
                Status::Success
            }
        }
    }
}

/// Of fewer answers it is no wonder if most have no tag.
const MANY: u64 = 20;

/// What is worth a second look, and stops nothing.
fn warn(summary: &Summary, args: &BatchArgs, screen: &Screen) {
    let input = args.input.display();
    let (untagged, tagged) = (summary.untagged, summary.tagged);
    if tagged >= MANY && untagged * 2 > tagged {
        screen.note(&format!(
            "{untagged} of {tagged} answers have no tag: `minitag tags check` looks at the list, \
             `--min-tags 1` asks for one"
        ));
    }
    if let Some(Repeated { id, line, first }) = &summary.first_repeated {
        let records = match summary.repeated {
            1 => "a record has the id of an earlier one".to_owned(),
            n => format!("{n} records have the id of an earlier one"),
        };
        screen.warning(&format!(
            "{records} in `{input}`: `{id}` on line {line} stands already on line {first}"
        ));
    }
    if let Some(told) = &summary.told {
        let mut how = Vec::new();
        how.extend(told.encoding.as_ref().map(as_guessed));
        if let Some(delimiter) = told.delimiter {
            how.push(format!(
                "with `{}` between columns",
                delimiter_name(delimiter)
            ));
        }
        if !how.is_empty() {
            screen.note(&format!("`{input}` was read {}", how.join(", ")));
        }
    }
    let unseen = summary.told.iter().flat_map(|told| &told.unseen);
    for name in unseen.filter(|_| summary.tagged > 0) {
        screen.warning(&format!("no record of `{input}` has a field `{name}`"));
    }
}

/// How many files of a folder are no records, and of which kind they are.
fn left_out(told: &Told) -> Option<String> {
    let LeftOut {
        files,
        links,
        others,
    } = &told.left_out;
    let plural = |n: u64, one: &str| match n {
        1 => format!("1 {one}"),
        _ => format!("{n} {one}s"),
    };
    let mut parts = Vec::new();
    let count: u64 = files.values().sum();
    if count > 0 {
        let mut endings: Vec<(&String, &u64)> = files.iter().collect();
        endings.sort_by_key(|&(_, &n)| std::cmp::Reverse(n));
        let names = endings
            .iter()
            .take(ENDINGS)
            .map(|(ending, _)| match ending.as_str() {
                "" => "no ending".to_owned(),
                ending => format!("`.{ending}`"),
            });
        let mut names: Vec<String> = names.collect();
        if endings.len() > ENDINGS {
            names.push("…".to_owned());
        }
        parts.push(format!("{} ({})", plural(count, "file"), names.join(", ")));
    }
    parts.extend((*links > 0).then(|| plural(*links, "link") + " to folders"));
    parts.extend((*others > 0).then(|| plural(*others, "entry").replace("entrys", "entries")));
    (!parts.is_empty()).then(|| format!("{} left out", parts.join(", ")))
}
