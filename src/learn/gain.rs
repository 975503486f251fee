//! What learning bought: answers with and without it to documents that it does not know.

use serde::Serialize;

use crate::eval::report::{EstimateRecord, round};
use crate::eval::{Judged, Metric, compare, estimates};
use crate::evidence::{Learned, Lesson};

/// What learning bought, by cross-validation.
#[derive(Clone, Debug, Serialize)]
pub struct Gain {
    documents: usize,
    /// How many tags of the list one of them has.
    taught: usize,
    tags: usize,
    before: EstimateRecord,
    after: EstimateRecord,
    /// After less before.
    difference: EstimateRecord,
    p: f64,
    bought: bool,
    /// Whether answers are worse with it, by more than noise.
    #[serde(skip)]
    harms: bool,
}

impl Gain {
    /// Compares answers of before with those of after, both with their right tags.
    #[must_use]
    pub fn new(before: &[Judged], after: &[Judged], tags: usize) -> Self {
        let f1 = |judged| estimates(judged, tags)[Metric::MicroF1 as usize].1;
        let comparison = compare(after, before);
        let is_taught = |tag: &usize| before.iter().any(|judged| judged.is_gold(*tag));
        Self {
            documents: before.len(),
            taught: (0..tags).filter(is_taught).count(),
            tags,
            before: f1(before).into(),
            after: f1(after).into(),
            difference: comparison.difference.into(),
            p: round(comparison.p),
            bought: comparison.difference.value > 0.0 && comparison.is_significant(),
            harms: comparison.difference.value < 0.0 && comparison.is_significant(),
        }
    }

    /// The same if no model is asked: then the lessons have all that decides.
    #[must_use]
    pub fn of_lessons(
        lessons: &[Lesson],
        earlier: Option<&Learned>,
        learned: &Learned,
        most: usize,
    ) -> Self {
        let judged = |learned: Option<&Learned>| -> Vec<Judged> {
            let of = |lesson: &Lesson| {
                let more = learned.map(|learned| learned.held_out_odds(&lesson.gist));
                let more = more.unwrap_or_else(|| vec![0.0; lesson.known.len()]);
                let odds = lesson.known.iter().zip(more);
                let odds: Vec<f32> = odds.map(|(known, more)| known + more).collect();
                Judged {
                    gold: lesson.gold.clone(),
                    found: above(&odds, most),
                    ..Judged::default()
                }
            };
            lessons.iter().map(of).collect()
        };
        Self::new(&judged(earlier), &judged(Some(learned)), learned.tags())
    }

    /// In sentences, each a line.
    #[must_use]
    pub fn lines(&self) -> Vec<String> {
        let Self {
            documents,
            taught,
            tags,
            before,
            after,
            difference,
            p,
            bought,
            harms,
        } = self;
        let verdict = if *bought {
            "learning helps on documents like these"
        } else if *harms {
            "answers are worse with it: it is better not used"
        } else {
            "that is no more than noise: more documents may help"
        };
        vec![
            format!("learned from {documents} documents, which have {taught} of the {tags} tags"),
            format!(
                "micro F1 on documents that it did not learn from (cross-validation): {before} \
                 without, {after} with what was learned"
            ),
            format!("the difference is {difference} (p = {p:.3}); {verdict}"),
        ]
    }
}

/// The tags with odds above 0, best first, at most so many.
fn above(odds: &[f32], most: usize) -> Vec<usize> {
    let mut tags: Vec<usize> = (0..odds.len()).filter(|&tag| odds[tag] > 0.0).collect();
    tags.sort_by(|&a, &b| odds[b].total_cmp(&odds[a]));
    tags.truncate(most);
    tags
}
