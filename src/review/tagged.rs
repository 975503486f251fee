//! The records of a batch's output, with what says how sure they are.

use std::collections::HashMap;
use std::path::Path;

use serde::Deserialize;
use serde_json::value::RawValue;

use crate::eval::{
    AnswerRecord, Cells, Ids, JsonRecord, Parsed, RecordProblem, RecordsError, RecordsFile,
    TableError, document_id, is_reviewed, is_true, parse_rows, parse_values, read, says_reviewed,
    says_true,
};
use crate::tags::{TagSet, json_string};
use crate::wire::Ranked;

/// What a document got, and how sure that is.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Tagged {
    /// Its id.
    pub id: String,
    /// The id as JSON, as it is in the file: a number stays one.
    pub literal: String,
    /// Its tags, best first, by their places in the list.
    pub tags: Vec<usize>,
    /// The probability of each; empty if the file has none.
    pub scores: Vec<f64>,
    /// The other tags with their probabilities, most probable first, if the file has them.
    pub others: Vec<(usize, f64)>,
    /// The probability that no tag fits, if the file has it.
    pub none: Option<f64>,
    /// Whether it is marked for review.
    pub marked: bool,
    /// Whether a person has reviewed it already.
    pub reviewed: bool,
}

impl Tagged {
    /// How many of its tags are wrong, as far as the scores say: the sum of 1 minus each score;
    /// without tags, the probability that one fits. `None` if the file does not have these.
    #[must_use]
    pub fn doubt(&self) -> Option<f64> {
        if self.tags.is_empty() {
            return self.none.map(|none| 1.0 - none);
        }
        let doubts = self.scores.iter().map(|score| 1.0 - score);
        (!self.scores.is_empty()).then(|| doubts.sum())
    }

    /// The least of its tags' scores, or without tags the probability that none fits: what
    /// `--review-below` looks at.
    #[must_use]
    pub fn least_score(&self) -> Option<f64> {
        if self.tags.is_empty() {
            return self.none;
        }
        self.scores.iter().copied().min_by(f64::total_cmp)
    }

    /// Whether a person is to look at it: nobody has, and it is marked, or less sure than
    /// `below`, or all are wanted.
    #[must_use]
    pub fn is_wanted(&self, all: bool, below: Option<f64>) -> bool {
        let least = self.least_score().zip(below);
        let is_below = least.is_some_and(|(least, below)| least < below);
        !self.reviewed && (all || self.marked || is_below)
    }
}

/// Reads the output of a batch in the notation that its name tells.
///
/// # Errors
/// [`RecordsError`] if nothing of it can be used.
pub fn read_tagged(path: &Path, tags: &TagSet) -> Result<RecordsFile<Tagged>, RecordsError> {
    read(path, tags, parse_json, parse_table)
}

fn parse_json(values: Vec<JsonRecord<'_>>, tags: &TagSet) -> Parsed<Tagged> {
    #[derive(Deserialize)]
    struct Wire {
        id: Box<RawValue>,
        tags: Vec<Box<RawValue>>,
        #[serde(default)]
        scores: Option<Vec<f64>>,
        #[serde(default)]
        ranking: Option<Vec<Ranked>>,
        #[serde(default)]
        review: Option<Box<RawValue>>,
        #[serde(default)]
        reviewed: Option<Box<RawValue>>,
    }
    let ids = Ids::new(tags);
    let places: HashMap<&str, usize> = (0..)
        .zip(tags)
        .map(|(place, tag)| (tag.id.as_json(), place))
        .collect();
    parse_values(values, |_, wire: Wire| {
        let places_of = ids.places(&wire.tags)?;
        let record = AnswerRecord::new(document_id(&wire.id)?, places_of, wire.scores)?;
        let ranking = wire.ranking.unwrap_or_default();
        let probability = |ranked: &Ranked| ranked.logprob.map_or(0.0, f64::exp).min(1.0);
        let none = ranking.iter().find(|ranked| ranked.stop == Some(true));
        let others = ranking.iter().filter_map(|ranked| {
            let place = *places.get(ranked.id.as_ref()?.as_json())?;
            let is_other = !record.tags.contains(&place);
            is_other.then(|| (place, probability(ranked)))
        });
        let tagged = Tagged {
            literal: wire.id.get().to_owned(),
            others: others.collect(),
            none: none.map(probability),
            marked: is_true(wire.review.as_deref()),
            reviewed: is_reviewed(wire.reviewed.as_deref()),
            ..Tagged::of(record)
        };
        Ok((tagged.id.clone(), tagged))
    })
}

fn parse_table(bytes: &[u8], tsv: bool, tags: &TagSet) -> Result<Parsed<Tagged>, TableError> {
    let ids = Ids::new(tags);
    let record = |cells: &Cells, _| -> Result<(String, Tagged), RecordProblem> {
        let record = AnswerRecord::new(cells.id()?, cells.tags("tags", &ids)?, cells.scores()?)?;
        let tagged = Tagged {
            literal: json_string(&record.id),
            marked: says_true(&cells.get("review")),
            reviewed: says_reviewed(&cells.get("reviewed")),
            ..Tagged::of(record)
        };
        Ok((tagged.id.clone(), tagged))
    };
    parse_rows(bytes, tsv, tsv, record)
}

impl Tagged {
    fn of(record: AnswerRecord) -> Self {
        Self {
            id: record.id,
            tags: record.tags,
            scores: record.scores,
            ..Self::default()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::runner::json_records;

    fn tags() -> TagSet {
        TagSet::parse(r#"[{"id":17,"name":"ai"},{"id":"w","name":"web"},{"id":3,"name":"db"}]"#)
            .unwrap()
    }

    #[test]
    fn what_says_how_sure_a_record_is_is_read() {
        let text = concat!(
            r#"{"id":7,"tags":["w"],"scores":[0.75],"review":true,"ranking":[{"id":"w","logprob":-0.2},{"stop":true,"logprob":null},{"id":99,"logprob":-1},{"id":3,"logprob":-0.6931471805599453}],"x":1}"#,
            "\n",
            r#"{"id":"7b","tags":[],"reviewed":true,"ranking":[{"stop":true,"logprob":-0.6931471805599453}]}"#,
            "\n",
            r#"{"id":"8","tags":[17,3]}"#,
        );
        let (read, errors) = parse_json(json_records(text), &tags());
        assert_eq!(errors, []);
        let [one, two, three] = <[Tagged; 3]>::try_from(read).unwrap();
        assert_eq!((one.id.as_str(), one.literal.as_str()), ("7", "7"));
        assert_eq!((&one.tags[..], one.others.len()), (&[1][..], 1));
        assert_eq!(one.others[0].0, 2);
        assert!((one.others[0].1 - 0.5).abs() < 1e-12);
        assert_eq!(
            (one.none, one.marked, one.reviewed),
            (Some(0.0), true, false)
        );
        assert_eq!((one.doubt(), one.least_score()), (Some(0.25), Some(0.75)));
        assert_eq!((two.literal.as_str(), two.reviewed), ("\"7b\"", true));
        assert!((two.doubt().unwrap() - 0.5).abs() < 1e-12);
        assert_eq!((three.doubt(), three.least_score()), (None, None));
    }

    #[test]
    fn rows_have_the_same() {
        let text = b"id,tags,scores,review,note\na,17;db,0.5;0.75,true,x\nb,,,false,\n";
        let (read, errors) = parse_table(text, false, &tags()).unwrap();
        assert_eq!(errors, []);
        assert_eq!((read[0].doubt(), read[0].marked), (Some(0.75), true));
        assert_eq!((read[1].literal.as_str(), read[1].marked), ("\"b\"", false));
    }
}
