//! How sure a choice was, beyond the score of what was chosen.

use crate::constraint::Candidate;
use crate::decide::{Distribution, Strategy};

/// How sure a decision was, in probabilities.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Certainty {
    /// For each chosen tag its highest probability at its own place and those before it. A
    /// second tag shows less the more the first one takes: where a document has several, the
    /// highest says more of a tag than the first place alone (EMNLP 2025 main.126).
    pub max: Vec<f64>,
    /// For each chosen tag how much more probable it is than the next best candidate that
    /// was left at its place.
    pub margins: Vec<f64>,
    /// For each place that was decided the probability of "no more" there; the place where
    /// the answer ended for want of another tag is one of them.
    pub stops: Vec<f64>,
    /// For each of these slots what all its candidates have together of the whole
    /// vocabulary: the probability that the model, left alone, goes on with one of them. Where
    /// that is small, it would rather write something else.
    pub masses: Vec<f64>,
}

impl Certainty {
    /// Takes note of a slot that is about to be decided, and of what its candidates have
    /// together.
    pub(super) fn at(&mut self, slot: &Distribution, mass: f64) {
        self.masses.push(mass);
        let stop = slot.iter().find(|&&(c, _)| c == Candidate::Stop);
        self.stops.push(stop.map_or(0.0, |&(_, p)| p.exp()));
    }

    /// Takes note of a tag that was chosen at the last of `slots`, after those in `before`.
    pub(super) fn of(
        &mut self,
        tag: usize,
        before: &[usize],
        slots: &[Distribution],
        strategy: Strategy,
    ) {
        let probability = |slot: &Distribution| {
            let found = slot.iter().find(|&&(c, _)| c == Candidate::Tag(tag));
            found.map_or(0.0, |&(_, p)| p.exp())
        };
        self.max
            .push(slots.iter().map(probability).fold(0.0, f64::max));
        let competes = |candidate: Candidate| match candidate {
            Candidate::Tag(other) => other != tag && !before.contains(&other),
            Candidate::Stop => strategy == Strategy::Sequence,
        };
        let last = slots.last().map(Vec::as_slice).unwrap_or_default();
        let others = last.iter().filter(|&&(c, _)| competes(c));
        let next = others.map(|&(_, p)| p.exp()).fold(0.0, f64::max);
        self.margins
            .push(slots.last().map_or(0.0, probability) - next);
    }

    /// How sure a choice was that was made from one ranking of all tags, in which scores are
    /// natural logarithms.
    pub(crate) fn of_ranking(tags: &[usize], scores: &Distribution, mass: f64) -> Self {
        let mut certainty = Self::default();
        certainty.at(scores, mass);
        for (place, &tag) in tags.iter().enumerate() {
            let slots = std::slice::from_ref(scores);
            certainty.of(tag, &tags[..place], slots, Strategy::Rank);
        }
        certainty
    }

    /// Forgets the tags that `keep` does not name.
    pub(super) fn retain(&mut self, keep: &[bool]) {
        for values in [&mut self.max, &mut self.margins] {
            let mut keep = keep.iter();
            values.retain(|_| keep.next().copied().unwrap_or(true));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn slot(p: &[(Candidate, f64)]) -> Distribution {
        p.iter().map(|&(c, p)| (c, p.ln())).collect()
    }

    #[test]
    fn a_tag_has_its_highest_probability_and_its_lead() {
        use Candidate::{Stop, Tag};
        let slots = [
            slot(&[(Tag(0), 0.5), (Tag(1), 0.4), (Tag(2), 0.05), (Stop, 0.05)]),
            slot(&[(Tag(1), 0.35), (Tag(2), 0.2), (Stop, 0.45)]),
        ];
        let mut certainty = Certainty::default();
        certainty.at(&slots[0], 0.5);
        certainty.of(0, &[], &slots[..1], Strategy::Sequence);
        certainty.at(&slots[1], 0.25);
        certainty.of(1, &[0], &slots, Strategy::Sequence);
        let near = |a: &[f64], e: &[f64]| a.iter().zip(e).all(|(a, e)| (a - e).abs() < 1e-12);
        assert!(near(&certainty.max, &[0.5, 0.4]));
        assert!(near(&certainty.margins, &[0.1, -0.1]), "{certainty:?}");
        assert!(near(&certainty.stops, &[0.05, 0.45]));
        certainty.retain(&[false, true]);
        assert!(near(&certainty.max, &[0.4]) && certainty.margins.len() == 1);
    }

    #[test]
    fn where_stop_does_not_end_the_list_it_is_no_rival() {
        use Candidate::{Stop, Tag};
        let slots = [slot(&[(Tag(0), 0.2), (Tag(1), 0.3), (Stop, 0.5)])];
        let mut certainty = Certainty::default();
        certainty.of(1, &[], &slots, Strategy::Rank);
        certainty.of(0, &[1], &slots, Strategy::Rank);
        assert!((certainty.margins[0] - 0.1).abs() < 1e-12);
        assert!((certainty.margins[1] - 0.2).abs() < 1e-12);
    }
}
