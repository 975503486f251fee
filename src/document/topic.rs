//! What a section is about, by its heading, in the languages that READMEs come in.
//!
//! A word list, not a model: it has to be quick, the same everywhere, and easy to
//! correct. A heading is compared whole or by its first words, never by a word
//! anywhere in it: "License Manager" is a program's name.

use std::collections::HashMap;
use std::sync::LazyLock;

use crate::document::parse::is_wide;

/// What a section is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Topic {
    /// What the project is and does.
    About,
    /// Anything else.
    Other,
    /// How to use it, questions, plans: says little of what it is.
    Minor,
    /// How to get it.
    Install,
    /// A table of contents.
    Contents,
    /// Licence, people, money, history.
    Boilerplate,
}

/// More words than this in a heading that begins like a list's entry: it says more.
const MAX_WORDS: usize = 6;
/// The same for scripts without spaces, in characters.
const MAX_WIDE: usize = 14;
/// A longer heading is not looked at.
const MAX_BYTES: usize = 120;

/// The headings that are known, as they stand in the file.
static KNOWN: LazyLock<Known> = LazyLock::new(|| Known::parse(include_str!("words/topics.txt")));

/// An entry of the lists: its topic, its words, and whether anything may follow them.
type Entry = (Topic, &'static str, bool);

/// The headings that are known, the stronger topics first.
#[derive(Default)]
struct Known {
    by_first_word: HashMap<&'static str, Vec<Entry>>,
    /// Those in scripts without spaces.
    wide: Vec<(Topic, &'static str)>,
}

impl Known {
    /// Lines of `topic: heading, heading`. What is no such line is a comment.
    fn parse(text: &'static str) -> Self {
        let mut known = Self::default();
        for line in text.lines() {
            let Some((topic, headings)) = line.split_once(": ") else {
                continue;
            };
            let Some(topic) = Topic::named(topic) else {
                continue;
            };
            for heading in headings.split(", ") {
                let words = heading.trim_end_matches('*');
                if words.contains(is_wide) {
                    known.wide.push((topic, words));
                } else {
                    let entries = known.by_first_word.entry(first_word(words)).or_default();
                    entries.push((topic, words, words != heading));
                }
            }
        }
        known
    }
}

impl Topic {
    fn named(name: &str) -> Option<Self> {
        Some(match name {
            "about" => Self::About,
            "minor" => Self::Minor,
            "install" => Self::Install,
            "contents" => Self::Contents,
            "boilerplate" => Self::Boilerplate,
            _ => return None,
        })
    }

    /// Tells what a section is about.
    pub(super) fn of(heading: &str) -> Self {
        Self::find(heading, MAX_WIDE, |rest, open| open || goes_on(rest))
    }

    /// What a section is about whose heading says that and nothing else: such a
    /// heading names no project, and is one even where it is not marked as one.
    pub(super) fn of_whole(heading: &str) -> Self {
        Self::find(heading, MAX_WIDE / 2, |_, _| false)
    }

    /// The topic of the strongest entry that a heading is, or begins with where what
    /// follows is allowed.
    fn find(heading: &str, max_wide: usize, may_follow: impl Fn(&str, bool) -> bool) -> Self {
        if heading.len() > MAX_BYTES {
            return Self::Other;
        }
        let heading = plain(heading);
        if heading.contains(is_wide) {
            let is_short = heading.chars().count() <= max_wide;
            let found = KNOWN
                .wide
                .iter()
                .find(|(_, name)| is_short && heading.contains(name));
            return found.map_or(Self::Other, |(topic, _)| *topic);
        }
        let entries = KNOWN.by_first_word.get(first_word(&heading));
        let is_it = |(_, words, open): &&Entry| {
            heading.strip_prefix(words).is_some_and(|rest| {
                let short = rest.split(' ').count() + words.split(' ').count() <= MAX_WORDS + 1;
                rest.is_empty() || rest.starts_with(' ') && short && may_follow(rest, *open)
            })
        };
        let found = entries.and_then(|entries| entries.iter().find(is_it));
        found.map_or(Self::Other, |(topic, ..)| *topic)
    }
}

fn first_word(text: &str) -> &str {
    text.split(' ').next().unwrap_or_default()
}

/// Whether what follows a list's entry leaves its meaning: "license and copyright",
/// "contributing to x", but not "license manager".
fn goes_on(rest: &str) -> bool {
    const LINKS: &str = "and & of for to in on with from is are does this the a an our us guide guidelines instructions information \
        info list notes via using by over und von et de du des y e do da и の you";
    let next = rest.trim_start().split(' ').next().unwrap_or_default();
    LINKS.split(' ').any(|word| word == next)
        || next.chars().all(|c| c.is_ascii_digit() || c == '.')
}

/// A heading in lower case, without numbering, pictographs and final punctuation.
fn plain(heading: &str) -> String {
    let heading = heading.to_lowercase().replace('’', "'");
    let is_mark = |c: char| !c.is_alphanumeric();
    let heading = heading.trim_matches(is_mark);
    let numbering = |c: char| c.is_ascii_digit() || matches!(c, '.' | ')' | '、' | ' ');
    let numbered = heading.trim_start_matches(numbering);
    let heading = if numbered.is_empty() {
        heading
    } else {
        numbered
    };
    let words: Vec<&str> = heading
        .split_whitespace()
        .map(|w| w.trim_matches([':', '/', ',']))
        .collect();
    words.join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_heading_that_says_more_is_not_whole() {
        assert_eq!(Topic::of_whole("Sponsors:"), Topic::Boilerplate);
        assert_eq!(Topic::of_whole("Sponsor Quokka"), Topic::Other);
        assert_eq!(Topic::of("Sponsor Quokka"), Topic::Boilerplate);
    }

    #[test]
    fn headings_are_told_apart() {
        for (heading, topic) in [
            ("License", Topic::Boilerplate),
            ("📄 License & Copyright", Topic::Boilerplate),
            ("Contributing to Quokka", Topic::Boilerplate),
            ("License Manager", Topic::Other),
            ("更新日志🔥", Topic::Boilerplate),
            ("变更历史管理平台的设计与实现方案说明", Topic::Other),
            ("ライセンス", Topic::Boilerplate),
            ("라이선스", Topic::Boilerplate),
            ("Lizenz", Topic::Boilerplate),
            ("Licença", Topic::Boilerplate),
            ("Лицензия", Topic::Boilerplate),
            ("3. Installation", Topic::Install),
            ("Installing from source", Topic::Install),
            ("目录", Topic::Contents),
            ("Table of Contents", Topic::Contents),
            ("What is Quokka?", Topic::About),
            ("主要特性", Topic::About),
            ("Fonctionnalités", Topic::About),
            ("Getting Started", Topic::Minor),
            ("Spatial index", Topic::Other),
            ("History books", Topic::Other),
            ("", Topic::Other),
            ("1.", Topic::Other),
        ] {
            assert_eq!(Topic::of(heading), topic, "{heading}");
        }
    }
}
