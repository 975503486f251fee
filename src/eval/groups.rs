//! How good the answers are for some of the documents: by script, by length.

use crate::eval::bootstrap::{Estimate, estimates};
use crate::eval::metrics::{Judged, Metric};
use crate::eval::script::{self, Script};

/// Documents that have something in common.
#[derive(Clone, Debug, PartialEq)]
pub struct Group {
    /// What that is.
    pub name: String,
    /// How many there are.
    pub documents: usize,
    /// Their micro-F1.
    pub f1: Estimate,
    /// Their micro-precision.
    pub precision: Estimate,
    /// Their micro-recall.
    pub recall: Estimate,
}

/// A document's text, where it is known, and how it was judged.
pub(super) type Read<'a> = (Option<&'a str>, &'a Judged);

/// One group for each script that occurs.
pub(super) fn by_script(documents: &[Read], tags: usize) -> Vec<Group> {
    let known = documents
        .iter()
        .filter_map(|&(text, judged)| Some((Script::of(text?), judged)));
    let known: Vec<(Script, &Judged)> = known.collect();
    let of = |script: Script| {
        let judged = known
            .iter()
            .filter(move |(s, _)| *s == script)
            .map(|&(_, judged)| judged);
        group(script.name().to_owned(), judged, tags)
    };
    script::ALL.into_iter().filter_map(of).collect()
}

/// Three groups of about one size: the short, the middling and the long documents.
pub(super) fn by_length(documents: &[Read], tags: usize) -> Vec<Group> {
    let known = documents
        .iter()
        .filter_map(|&(text, judged)| Some((text?.chars().count(), judged)));
    let known: Vec<(usize, &Judged)> = known.collect();
    let mut lengths: Vec<usize> = known.iter().map(|&(length, _)| length).collect();
    lengths.sort_unstable();
    let Some(&longest) = lengths.last() else {
        return Vec::new();
    };
    // The longest text of the first and of the second third; documents of one length
    // stay together.
    let third = |n: usize| lengths[(n * lengths.len()).div_ceil(3).saturating_sub(1)];
    let ends = [third(1), third(2), longest];
    let mut groups = Vec::new();
    let mut start = 0;
    for end in ends {
        let inside = known
            .iter()
            .filter(|(length, _)| (start..=end).contains(length));
        let name = format!("{} to {} characters", thousands(start), thousands(end));
        groups.extend(group(name, inside.map(|&(_, judged)| judged), tags));
        start = end + 1;
    }
    groups
}

fn group<'j>(name: String, judged: impl Iterator<Item = &'j Judged>, tags: usize) -> Option<Group> {
    let judged: Vec<Judged> = judged.cloned().collect();
    if judged.is_empty() {
        return None;
    }
    let estimates = estimates(&judged, tags);
    let of = |wanted| {
        estimates
            .iter()
            .find(|(metric, _)| *metric == wanted)
            .map(|&(_, e)| e)
    };
    Some(Group {
        name,
        documents: judged.len(),
        f1: of(Metric::MicroF1)?,
        precision: of(Metric::MicroPrecision)?,
        recall: of(Metric::MicroRecall)?,
    })
}

/// A number with commas: 12,345.
pub(super) fn thousands(number: usize) -> String {
    let digits = number.to_string();
    let mut text = String::new();
    for (i, digit) in digits.chars().enumerate() {
        if i > 0 && (digits.len() - i).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn thousands_are_set_apart() {
        assert_eq!(
            [0, 999, 1000, 1_234_567].map(thousands),
            ["0", "999", "1,000", "1,234,567"]
        );
    }

    #[test]
    fn documents_are_parted_by_length_into_thirds() {
        let texts: Vec<String> = (1..=7).map(|n| "x".repeat(n)).collect();
        let judged = Judged::default();
        let read: Vec<Read> = texts
            .iter()
            .map(|text| (Some(text.as_str()), &judged))
            .collect();
        let groups = by_length(&read, 1);
        let found: Vec<_> = groups
            .iter()
            .map(|g| (g.name.as_str(), g.documents))
            .collect();
        assert_eq!(
            found,
            [
                ("0 to 3 characters", 3),
                ("4 to 5 characters", 2),
                ("6 to 7 characters", 2)
            ]
        );
    }

    #[test]
    fn texts_of_one_length_stay_together() {
        let judged = Judged::default();
        let groups = by_length(&[(Some("ab"), &judged), (Some("cd"), &judged)], 1);
        assert_eq!(groups.len(), 1);
        assert_eq!(groups[0].documents, 2);
        assert_eq!(by_length(&[(None, &judged)], 1), []);
    }

    #[test]
    fn documents_are_parted_by_script() {
        let judged = Judged::default();
        let read = [
            (Some("云鹤"), &judged),
            (Some("word"), &judged),
            (None, &judged),
            (Some("слово"), &judged),
        ];
        let names: Vec<String> = by_script(&read, 1).into_iter().map(|g| g.name).collect();
        assert_eq!(names, ["Latin", "CJK", "Cyrillic"]);
    }
}
