//! One slot of the answer: the search through the trie of its candidates.

use crate::constraint::{Candidate, NodeId, Spelling, TokenTrie};
use crate::decide::Distribution;
use crate::engine::Branch;
use crate::vocab::Token;

/// How much less probable than the best an unfinished path may be to be looked
/// into in the same batch: ln 10. Only a matter of speed: what is skipped is
/// looked into later if it can still win.
const WAVE: f64 = 2.3;

/// What is to be known of the candidates.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Wanted {
    /// The most probable one. An inner node is looked into only while its mass exceeds
    /// the best finished candidate's, so the answer is exact.
    Best,
    /// The probability of each.
    All,
}

/// One decision: which tag comes next, or that no more comes. It asks no engine itself:
/// [`Slot::ask`] tells what has to be known next, [`Slot::hear`] takes it.
#[derive(Clone, Debug)]
pub(super) struct Slot<'a> {
    spelling: &'a Spelling,
    wanted: Wanted,
    trie: TokenTrie,
    /// In list order, `stop` last: the order of ties.
    candidates: Vec<Candidate>,
    /// Whether a comma has to stand before the tag.
    later: bool,
    /// Finished candidates and inner nodes not looked into, with the joint
    /// log-probability of their tokens.
    finished: Vec<(Candidate, f64)>,
    open: Vec<(NodeId, f64)>,
    /// The nodes that were asked about.
    asked: Vec<NodeId>,
}

impl<'a> Slot<'a> {
    pub(super) fn new(
        spelling: &'a Spelling,
        chosen: &[usize],
        may_stop: bool,
        wanted: Wanted,
    ) -> Self {
        let later = !chosen.is_empty();
        let mut candidates: Vec<Candidate> = (0..spelling.tags.len())
            .filter(|tag| !chosen.contains(tag))
            .map(Candidate::Tag)
            .collect();
        if may_stop {
            candidates.push(Candidate::Stop);
        }
        let paths: Vec<(Candidate, Vec<Token>)> = candidates
            .iter()
            .map(|&candidate| (candidate, candidate_path(spelling, candidate, later)))
            .collect();
        let trie = TokenTrie::new(paths.iter().map(|(c, path)| (*c, path.as_slice())));
        let mut slot = Self {
            spelling,
            wanted,
            trie,
            candidates,
            later,
            finished: Vec::new(),
            open: vec![(TokenTrie::ROOT, 0.0)],
            asked: Vec::new(),
        };
        if let ([only], Wanted::Best) = (&slot.candidates[..], wanted) {
            slot.finished.push((*only, 0.0));
            slot.open.clear();
        }
        slot
    }

    /// The tokens that write a tag at this slot.
    pub(super) fn path(&self, tag: usize) -> Vec<Token> {
        candidate_path(self.spelling, Candidate::Tag(tag), self.later)
    }

    /// What has to be known next; nothing once the slot is decided.
    pub(super) fn ask(&mut self) -> Vec<Branch> {
        let begun = !matches!(self.open[..], [(TokenTrie::ROOT, _)]);
        self.asked = match self.wanted {
            Wanted::All if begun => Vec::new(),
            // At once: what paths have in common is computed once.
            Wanted::All => self.trie.inner_nodes(),
            Wanted::Best if begun => self.wave(),
            // With the root the nodes that all tags go through.
            Wanted::Best => self.trie.trunk(),
        };
        self.asked.iter().map(|&node| self.branch(node)).collect()
    }

    /// The open nodes that can still win, the most probable of them.
    fn wave(&mut self) -> Vec<NodeId> {
        let finished = self.finished.iter().map(|&(_, p)| p);
        let best = finished.fold(f64::NEG_INFINITY, f64::max);
        // Not `>`: a path of equal mass may end in a tag that stands first.
        self.open.retain(|&(_, p)| p >= best);
        let highest = self.open.iter().map(|&(_, p)| p).fold(best, f64::max);
        let wave = self.open.iter().filter(|&&(_, p)| p >= highest - WAVE);
        wave.map(|&(node, _)| node).collect()
    }

    /// Takes what was asked for.
    pub(super) fn hear(&mut self, answers: &[Vec<f32>]) {
        for (node, answer) in std::mem::take(&mut self.asked).into_iter().zip(answers) {
            let place = self.open.iter().position(|&(open, _)| open == node);
            if let Some((_, mass)) = place.map(|place| self.open.swap_remove(place)) {
                self.record(node, mass, answer);
            }
        }
    }

    /// The most probable candidate, once the slot is decided.
    pub(super) fn best(&self) -> Candidate {
        let candidates = self.in_order();
        candidates[first_max(candidates.iter().map(|&(_, p)| p))].0
    }

    /// The log-probability of every candidate, normalised over the candidates.
    pub(super) fn distribution(&self) -> Distribution {
        let mut distribution = self.in_order();
        let highest = distribution
            .iter()
            .map(|&(_, p)| p)
            .fold(f64::NEG_INFINITY, f64::max);
        let total: f64 = distribution.iter().map(|&(_, p)| (p - highest).exp()).sum();
        let log_total = highest + total.ln();
        for (_, p) in &mut distribution {
            *p -= log_total;
        }
        distribution
    }

    /// The question that looks into a node: its children, and where a candidate
    /// ends there, what may follow that candidate.
    fn branch(&self, node: NodeId) -> Branch {
        let mut wanted: Vec<Token> = self.trie.children(node).iter().map(|&(t, _)| t).collect();
        if self.trie.candidate(node).is_some() {
            wanted.extend(self.spelling.terminators());
        }
        Branch {
            lane: 0,
            path: self.trie.path(node),
            wanted,
        }
    }

    fn record(&mut self, node: NodeId, mass: f64, answer: &[f32]) {
        let children = self.trie.children(node);
        let (below, ends) = answer.split_at(children.len());
        if let Some(candidate) = self.trie.candidate(node) {
            let end: f64 = ends.iter().map(|&p| f64::from(p).exp()).sum();
            self.finished.push((candidate, mass + end.ln()));
        }
        for (&(_, child), &log_prob) in children.iter().zip(below) {
            let mass = mass + f64::from(log_prob);
            match self.trie.candidate(child) {
                Some(candidate) if self.trie.children(child).is_empty() => {
                    self.finished.push((candidate, mass));
                }
                _ => self.open.push((child, mass)),
            }
        }
    }

    /// The finished candidates in list order, `stop` last.
    fn in_order(&self) -> Distribution {
        let mut finished = self.finished.clone();
        finished.sort_by_key(|&(candidate, _)| match candidate {
            Candidate::Tag(tag) => tag,
            Candidate::Stop => usize::MAX,
        });
        finished
    }
}

fn candidate_path(spelling: &Spelling, candidate: Candidate, later: bool) -> Vec<Token> {
    match candidate {
        Candidate::Tag(tag) if later => [&spelling.comma[..], &spelling.tags[tag]].concat(),
        Candidate::Tag(tag) => spelling.tags[tag].clone(),
        Candidate::Stop => spelling.close.clone(),
    }
}

/// The place of the largest value; of equal ones the first.
pub(super) fn first_max(values: impl Iterator<Item = f64>) -> usize {
    let mut best = (0, f64::NEG_INFINITY);
    for (place, value) in values.enumerate() {
        if value > best.1 {
            best = (place, value);
        }
    }
    best.0
}
