//! What a section is about, by its heading, in the languages that READMEs come in.
//!
//! A word list, not a model: it has to be quick, the same everywhere, and easy to
//! correct. What drops a section has to be all that its heading says: "License Manager"
//! is a program, and "History of the castle" is what a visitor came for.

use std::collections::HashMap;
use std::sync::LazyLock;

use crate::document::parse::{is_letter, is_wide};
use crate::document::words::listed;

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

/// What a word adds nothing to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Filler {
    /// Any heading.
    Any,
    /// One on installing.
    Install,
    /// The same, but not where it is what gets installed.
    Means,
}

/// The headings that are known, the stronger topics first.
struct Known {
    by_first_word: HashMap<&'static str, Vec<Entry>>,
    /// Those in scripts without spaces.
    wide: Vec<(Topic, &'static str)>,
    /// Words that leave what a heading says as it is.
    fillers: HashMap<&'static str, Vec<Filler>>,
    wide_fillers: Vec<&'static str>,
    /// Words that lead from a word for installing to what it is done with.
    links: Vec<&'static str>,
}

impl Known {
    /// Lines of `topic: heading, heading`. What is no such line is a comment.
    fn parse(text: &'static str) -> Self {
        let mut known = Self {
            by_first_word: HashMap::new(),
            wide: Vec::new(),
            fillers: HashMap::new(),
            wide_fillers: Vec::new(),
            links: listed(text, "install link"),
        };
        for topic in TOPICS {
            for heading in listed(text, topic.name()) {
                let words = heading.trim_end_matches('*');
                if words.contains(is_wide) {
                    known.wide.push((topic, words));
                } else {
                    let entries = known.by_first_word.entry(first_word(words)).or_default();
                    entries.push((topic, words, words != heading));
                }
            }
        }
        for (list, kind) in [
            ("filler", Filler::Any),
            ("install filler", Filler::Install),
            ("install means", Filler::Means),
        ] {
            for filler in listed(text, list) {
                if filler.contains(is_wide) {
                    known.wide_fillers.push(filler);
                } else {
                    known.fillers.entry(filler).or_default().push(kind);
                }
            }
        }
        known
    }

    /// The longest entry that words begin with, and its length.
    fn entry(&self, words: &str) -> Option<(Entry, usize)> {
        let entries = self.by_first_word.get(first_word(words))?;
        let begins = |entry: &str| {
            words
                .strip_prefix(entry)
                .is_some_and(|rest| rest.is_empty() || rest.starts_with(' '))
        };
        let found = entries.iter().filter(|(_, entry, _)| begins(entry));
        let longest = found.rev().max_by_key(|(_, entry, _)| entry.len())?;
        Some((*longest, longest.1.len()))
    }

    /// The longest entry of a script without spaces that a text begins with.
    fn wide_entry(&self, text: &str) -> Option<(Entry, usize)> {
        if !text.starts_with(is_wide) {
            return None;
        }
        let found = self.wide.iter().filter(|(_, name)| text.starts_with(name));
        let longest = found.rev().max_by_key(|(_, name)| name.len())?;
        Some(((longest.0, longest.1, true), longest.1.len()))
    }

    fn wide_filler(&self, text: &str) -> Option<usize> {
        if !text.starts_with(is_wide) {
            return None;
        }
        let fillers = self.wide_fillers.iter();
        let found = fillers.filter(|filler| text.starts_with(**filler));
        found.map(|filler| filler.len()).max()
    }
}

/// All topics that have a list, the stronger ones first.
const TOPICS: [Topic; 5] = [
    Topic::Contents,
    Topic::Boilerplate,
    Topic::Install,
    Topic::About,
    Topic::Minor,
];

impl Topic {
    fn name(self) -> &'static str {
        match self {
            Self::About => "about",
            Self::Other => "other",
            Self::Minor => "minor",
            Self::Install => "install",
            Self::Contents => "contents",
            Self::Boilerplate => "boilerplate",
        }
    }

    /// What a section is about whose heading is an entry of the lists, and no more.
    pub(super) fn of_whole(heading: &str) -> Self {
        if heading.len() > MAX_BYTES {
            return Self::Other;
        }
        let heading = plain(heading);
        let entry = if heading.contains(is_wide) {
            KNOWN.wide_entry(&heading)
        } else {
            KNOWN.entry(&heading)
        };
        let whole = entry.filter(|(_, len)| *len == heading.len());
        whole.map_or(Self::Other, |((topic, ..), _)| topic)
    }

    /// Whether a section on it is not read.
    fn drops(self) -> bool {
        matches!(self, Self::Contents | Self::Boilerplate | Self::Install)
    }
}

/// What the sections of a document are about.
#[derive(Clone, Debug, Default)]
pub(super) struct Topics {
    /// The words of the document's own name.
    name: Vec<String>,
}

impl Topics {
    /// Those of a document of this name: "Contributing to Quokka" says no more than
    /// "Contributing" in one that is called Quokka.
    pub(super) fn of_document(name: &str) -> Self {
        let words = plain(name);
        // "Pluto.jl" is called "Pluto" as well.
        let parts = words.split([' ', '.', '-', '_']);
        let words = words
            .split(' ')
            .chain(parts)
            .filter(|word| !word.is_empty());
        Self {
            name: words.map(str::to_owned).collect(),
        }
    }

    /// Tells what a section is about.
    pub(super) fn of(&self, heading: &str) -> Topic {
        if heading.len() > MAX_BYTES {
            return Topic::Other;
        }
        // A mark links as a word does: "Installation (Linux)".
        let is_marked = heading.contains(['(', ':', '/', '|', ',', '（', '：', '、', '—', '–'])
            || heading.contains(" - ");
        let heading = plain(heading);
        match self.said(&heading, is_marked) {
            Some((topic, drops)) if drops => topic,
            _ => begins(&heading),
        }
    }

    /// The topic of all that a heading says: it consists of entries, and of words that add
    /// nothing to them. And whether any of these would drop the section.
    fn said(&self, heading: &str, is_linked: bool) -> Option<(Topic, bool)> {
        let mut found: Option<Topic> = None;
        let mut drops = false;
        // Whether the document's name may follow: "Contributing to Quokka".
        let mut may_name = false;
        let mut only_install = false;
        // Whether it may be said with what something is installed.
        let mut may_mean = true;
        let mut rest = heading;
        while !rest.is_empty() {
            let entry = KNOWN.wide_entry(rest).or_else(|| KNOWN.entry(rest));
            // Behind what drops a section, a filler is one, whatever else it may say.
            let is_filler = found.is_some() && KNOWN.wide_filler(rest).is_some();
            let entry = entry.filter(|((topic, ..), _)| topic.drops() || !is_filler);
            let is_link = |link: &&str| {
                let after = rest.strip_prefix(*link);
                after.is_some_and(|after| link.contains(is_wide) || !after.starts_with(is_letter))
            };
            may_mean |= KNOWN.links.iter().any(is_link);
            let len = if let Some(((topic, _, is_open), len)) = entry {
                may_mean = is_linked;
                may_name |= is_open;
                // Of two, the one that is read decides.
                let weaker = found.is_none_or(|found| found.drops() && !topic.drops());
                found = if weaker { Some(topic) } else { found };
                drops |= topic.drops();
                len
            } else if let Some(len) = KNOWN.wide_filler(rest) {
                len
            } else {
                let end = rest.find(|c| c == ' ' || is_wide(c));
                let word = &rest[..end.unwrap_or(rest.len())];
                let is_own = may_name && self.name.iter().any(|own| own == word);
                match (rest.chars().next(), KNOWN.fillers.get(word)) {
                    // A mark of a script without spaces.
                    (Some(c), _) if word.is_empty() && !is_letter(c) => c.len_utf8(),
                    _ if word.is_empty() => return None,
                    _ if is_own || !word.contains(char::is_alphabetic) => word.len(),
                    (_, Some(kinds)) if may_mean || *kinds != [Filler::Means] => {
                        only_install |= !kinds.contains(&Filler::Any);
                        word.len()
                    }
                    _ => return None,
                }
            };
            rest = rest[len..].trim_start();
        }
        let found = found.filter(|&topic| !only_install || topic == Topic::Install);
        found.map(|topic| (topic, drops))
    }
}

/// The topic that a heading begins with, or has anywhere where no spaces part the words: good
/// for a rank, but not for dropping anything.
fn begins(heading: &str) -> Topic {
    if heading.contains(is_wide) {
        let is_short = heading.chars().count() <= MAX_WIDE;
        let mut wide = KNOWN.wide.iter();
        let found = wide.find(|(topic, name)| !topic.drops() && is_short && heading.contains(name));
        return found.map_or(Topic::Other, |(topic, _)| *topic);
    }
    let entries = KNOWN.by_first_word.get(first_word(heading));
    let is_it = |(topic, words, open): &&Entry| {
        !topic.drops()
            && heading.strip_prefix(words).is_some_and(|rest| {
                let short = rest.split(' ').count() + words.split(' ').count() <= MAX_WORDS + 1;
                rest.is_empty() || rest.starts_with(' ') && short && (*open || goes_on(rest))
            })
    };
    let found = entries.and_then(|entries| entries.iter().find(is_it));
    found.map_or(Topic::Other, |(topic, ..)| *topic)
}

fn first_word(text: &str) -> &str {
    text.split(' ').next().unwrap_or_default()
}

/// Whether what follows a list's entry leaves its meaning: "usage with x".
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
    let words = heading.split_whitespace().map(|w| w.trim_matches(is_mark));
    let words: Vec<&str> = words.filter(|word| !word.is_empty()).collect();
    words.join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_heading_that_says_more_is_not_whole() {
        let topics = Topics::of_document("Quokka");
        assert_eq!(Topic::of_whole("Sponsors:"), Topic::Boilerplate);
        assert_eq!(Topic::of_whole("Sponsor Quokka"), Topic::Other);
        assert_eq!(topics.of("Sponsor Quokka"), Topic::Boilerplate);
        assert_eq!(Topics::default().of("Sponsor Quokka"), Topic::Other);
    }

    #[test]
    fn headings_are_told_apart() {
        let topics = Topics::of_document("The Quokka");
        for (heading, topic) in [
            ("License", Topic::Boilerplate),
            ("📄 License & Copyright", Topic::Boilerplate),
            ("License (MIT)", Topic::Boilerplate),
            ("Contributing to Quokka", Topic::Boilerplate),
            ("Contributing to science", Topic::Other),
            ("History of Quokka", Topic::Other),
            ("License Manager", Topic::Other),
            ("History of the project", Topic::Boilerplate),
            ("History of the castle", Topic::Other),
            ("News from the harbour", Topic::Other),
            ("Users and roles", Topic::Other),
            ("更新日志🔥", Topic::Boilerplate),
            ("如何贡献代码", Topic::Boilerplate),
            ("开源协议", Topic::Boilerplate),
            ("协议", Topic::Other),
            ("支持的协议", Topic::Other),
            ("新闻抓取", Topic::Other),
            ("作者归档", Topic::Other),
            ("短视频下载器", Topic::Other),
            ("下载与安装", Topic::Install),
            ("安装和使用", Topic::Minor),
            ("变更历史管理平台的设计与实现方案说明", Topic::Other),
            ("ライセンス", Topic::Boilerplate),
            ("ライセンスについて", Topic::Boilerplate),
            ("라이선스", Topic::Boilerplate),
            ("Lizenz", Topic::Boilerplate),
            ("Licença", Topic::Boilerplate),
            ("Лицензия", Topic::Boilerplate),
            ("3. Installation", Topic::Install),
            ("Installing from source", Topic::Install),
            ("Installing a heat pump", Topic::Other),
            ("Install with pip", Topic::Install),
            ("Install pip packages", Topic::Other),
            ("Linux installation", Topic::Install),
            ("Installing on Arch Linux", Topic::Install),
            ("Installing Arch Linux", Topic::Other),
            ("Installation (Linux)", Topic::Install),
            ("Download manager", Topic::Other),
            ("Установка Linux", Topic::Other),
            ("Установка на Linux", Topic::Install),
            ("npm 安装", Topic::Install),
            ("安装 Docker", Topic::Other),
            ("Installation and usage", Topic::Minor),
            ("目录", Topic::Contents),
            ("Table of Contents", Topic::Contents),
            ("What is Quokka?", Topic::About),
            ("主要特性", Topic::About),
            ("Fonctionnalités", Topic::About),
            ("Getting Started", Topic::Minor),
            ("Spatial index", Topic::Other),
            ("Index of species", Topic::Other),
            ("History books", Topic::Other),
            ("", Topic::Other),
            ("1.", Topic::Other),
        ] {
            assert_eq!(topics.of(heading), topic, "{heading}");
        }
    }
}
