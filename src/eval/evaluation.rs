//! All that can be said of a set of answers, computed once and shown in several forms.

use crate::eval::alone::{LeftAlone, left_alone};
use crate::eval::bootstrap::{Estimate, estimates};
use crate::eval::calibration::{Calibration, calibration};
use crate::eval::compare::{Comparison, compare};
use crate::eval::coverage::{Point, coverage};
use crate::eval::groups::{Group, by_length, by_script};
use crate::eval::metrics::{Judged, Metric};
use crate::eval::per_tag::{Confusion, TagRow, confusions, tag_rows};
use crate::tags::TagSet;

/// One document with its answer, and perhaps another one to compare with.
#[derive(Clone, Debug, PartialEq)]
pub struct Case {
    /// Its id.
    pub id: String,
    /// Its text, where that is known.
    pub text: Option<String>,
    /// What it should get and what it got.
    pub judged: Judged,
    /// The same with the other answer.
    pub other: Option<Judged>,
}

/// What is evaluated, for the headings.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Names {
    /// The gold file.
    pub gold: String,
    /// Who answered: a model or a file.
    pub ours: String,
    /// Who the answers are compared with.
    pub other: Option<String>,
}

/// One set of answers in numbers.
#[derive(Clone, Debug, PartialEq)]
pub struct System {
    /// Who answered.
    pub name: String,
    /// All metrics, in the order of [`Metric::ALL`].
    pub estimates: Vec<(Metric, Estimate)>,
}

/// Everything there is to say.
#[derive(Clone, Debug, PartialEq)]
pub struct Evaluation {
    /// The gold file.
    pub gold: String,
    /// The tag list.
    pub tags: TagSet,
    /// The documents.
    pub cases: Vec<Case>,
    /// How many records could not be used.
    pub left_out: usize,
    /// The answers that are evaluated, then those they are compared with.
    pub systems: Vec<System>,
    /// The difference between the two.
    pub comparison: Option<Comparison>,
    /// Tag by tag.
    pub tag_rows: Vec<TagRow>,
    /// Which tags are taken for which.
    pub confusions: Vec<Confusion>,
    /// What thresholds would do.
    pub coverage: Option<Vec<Point>>,
    /// What leaving documents alone would do.
    pub left_alone: Option<LeftAlone>,
    /// What the scores are worth.
    pub calibration: Option<Calibration>,
    /// By script.
    pub scripts: Vec<Group>,
    /// By length.
    pub lengths: Vec<Group>,
}

impl Evaluation {
    /// Evaluates; `left_out` records are mentioned only. Where there is a name for
    /// other answers, each case has one.
    #[must_use]
    pub fn new(names: Names, tags: TagSet, cases: Vec<Case>, left_out: usize) -> Self {
        let ours: Vec<Judged> = cases.iter().map(|case| case.judged.clone()).collect();
        let others: Vec<Judged> = cases.iter().filter_map(|case| case.other.clone()).collect();
        let system = |name: String, judged: &[Judged]| System {
            name,
            estimates: estimates(judged, tags.len()),
        };
        let mut systems = vec![system(names.ours, &ours)];
        let comparison = names.other.map(|name| {
            systems.push(system(name, &others));
            compare(&ours, &others)
        });
        let texts = cases.iter().map(|case| case.text.as_deref());
        let read: Vec<_> = texts.zip(&ours).collect();
        Self {
            gold: names.gold,
            left_out,
            systems,
            comparison,
            tag_rows: tag_rows(&ours, tags.len()),
            confusions: confusions(&ours),
            coverage: coverage(&ours),
            left_alone: left_alone(&ours),
            calibration: calibration(&ours),
            scripts: by_script(&read, tags.len()),
            lengths: by_length(&read, tags.len()),
            tags,
            cases,
        }
    }

    /// The documents that did not get exactly the right tags, the worst ones first.
    #[must_use]
    pub fn wrong(&self) -> Vec<&Case> {
        let mut wrong: Vec<&Case> = self.cases.iter().filter(|c| !c.judged.is_exact()).collect();
        wrong.sort_by(|a, b| a.judged.jaccard().total_cmp(&b.judged.jaccard()));
        wrong
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn case(id: &str, gold: &[usize], found: &[usize]) -> Case {
        Case {
            id: id.to_owned(),
            text: None,
            judged: Judged {
                gold: gold.to_vec(),
                found: found.to_vec(),
                ..Judged::default()
            },
            other: None,
        }
    }

    #[test]
    fn the_worst_documents_come_first_and_right_ones_are_left_out() {
        let cases = vec![
            case("half", &[0, 1], &[0]),
            case("right", &[0, 1], &[1, 0]),
            case("wrong", &[0], &[1]),
        ];
        let names = Names {
            gold: "gold".into(),
            ours: "model".into(),
            other: None,
        };
        let tags = TagSet::parse("a\nb").unwrap();
        let evaluation = Evaluation::new(names, tags, cases, 0);
        let ids: Vec<&str> = evaluation.wrong().iter().map(|c| c.id.as_str()).collect();
        assert_eq!(ids, ["wrong", "half"]);
        assert_eq!(evaluation.systems.len(), 1);
        assert_eq!(evaluation.comparison, None);
    }
}
