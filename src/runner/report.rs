//! What there is to say of a run at its end.

use std::path::Path;

use crate::layout::Remark;
use crate::runner::input::LeftOut;
use crate::runner::terms::{Repeated, Stop, Summary};
use crate::table::delimiter_name;

/// Endings that are named at most.
const ENDINGS: usize = 5;

/// Of fewer answers it is no wonder if most have no tag.
const MANY: u64 = 20;

/// What a run was asked for, as far as it matters at its end.
#[derive(Clone, Copy, Debug)]
pub struct Asked<'a> {
    /// The input.
    pub input: &'a Path,
    /// The file of the answers, which a journal goes with; `None` is stdout.
    pub answers: Option<&'a Path>,
    /// The file of the errors, if they have one.
    pub errors: Option<&'a Path>,
    /// Whether answers are marked for review.
    pub review: bool,
    /// What is asked before the model, if anything is.
    pub first: Option<&'a str>,
    /// Whether something is done again.
    pub redo: bool,
    /// Whether all records are done, and not a part of them.
    pub all: bool,
}

impl Summary {
    /// How many records came to what.
    #[must_use]
    pub fn in_words(&self, asked: &Asked) -> String {
        let Self {
            tagged,
            failed,
            known,
            changed,
            review,
            first,
            ..
        } = self;
        let mut parts = vec![format!("{tagged} tagged")];
        match asked.errors {
            Some(path) if *failed > 0 => {
                parts.push(format!("{failed} failed (`{}` says why)", path.display()));
            }
            _ => parts.push(format!("{failed} failed")),
        }
        if let Some(name) = asked.first {
            let rest = tagged - first;
            parts.push(format!("{first} by `{name}` alone and {rest} by the model"));
        }
        if asked.review || *review > 0 {
            parts.push(format!("{review} to review"));
        }
        if *known > 0 {
            parts.push(format!("{known} of them known already"));
        }
        if asked.redo || *changed > 0 {
            parts.push(format!("{changed} with other tags than before"));
        }
        parts.extend(self.told.as_ref().and_then(|told| told.left_out.in_words()));
        parts.join(", ")
    }

    /// How a run that was stopped goes on, as the end of a sentence.
    #[must_use]
    pub fn how_to_go_on(&self, asked: &Asked) -> String {
        let without: Vec<&str> = [
            (asked.redo, "`--redo`"),
            (self.stop == Some(Stop::Errors), "this limit"),
        ]
        .into_iter()
        .filter_map(|(is_given, option)| is_given.then_some(option))
        .collect();
        match (asked.answers, without.is_empty()) {
            (None, _) => String::new(),
            (Some(_), true) => "; the same command goes on from here".to_owned(),
            (Some(_), false) => format!(
                "; the same command without {} goes on from here",
                without.join(" and ")
            ),
        }
    }

    /// What is worth a second look in a run that came to its end.
    #[must_use]
    pub fn remarks(&self, asked: &Asked) -> Vec<Remark> {
        let input = asked.input.display();
        let (untagged, tagged) = (self.untagged, self.tagged);
        let mut remarks = Vec::new();
        if tagged >= MANY && untagged * 2 > tagged {
            remarks.push(Remark::Note(format!(
                "{untagged} of {tagged} answers have no tag: `minitag tags check` looks at the \
                 list, `--min-tags 1` asks for one"
            )));
        }
        if let Some(Repeated { id, line, first }) = &self.first_repeated {
            let records = match self.repeated {
                1 => "a record has the id of an earlier one".to_owned(),
                n => format!("{n} records have the id of an earlier one"),
            };
            remarks.push(Remark::Warning(format!(
                "{records} in `{input}`: `{id}` on line {line} stands already on line {first}"
            )));
        }
        if let Some(told) = &self.told {
            let mut how = Vec::new();
            how.extend(told.encoding.as_ref().map(ToString::to_string));
            let columns = |of| format!("with `{}` between columns", delimiter_name(of));
            how.extend(told.delimiter.map(columns));
            if !how.is_empty() {
                let how = how.join(", ");
                remarks.push(Remark::Note(format!("`{input}` was read {how}")));
            }
        }
        let unseen = self.told.iter().flat_map(|told| &told.unseen);
        for name in unseen.filter(|_| tagged > 0) {
            remarks.push(Remark::Warning(format!(
                "no record of `{input}` has a field `{name}`"
            )));
        }
        if tagged + self.failed == 0 && asked.all {
            remarks.push(Remark::Warning(format!("there is no record in `{input}`")));
        }
        remarks
    }
}

impl LeftOut {
    /// How many files of a folder are no records, and of which kind they are; `None` if all are.
    #[must_use]
    pub fn in_words(&self) -> Option<String> {
        let LeftOut {
            files,
            links,
            others,
        } = self;
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
}
