//! One slot of the answer: the search through the trie of its candidates.

use crate::constraint::{Candidate, NodeId, Spelling, TokenTrie};
use crate::decide::Distribution;
use crate::engine::{Branch, Engine, EngineError};
use crate::vocab::Token;

/// How much less probable than the best an unfinished path may be to be looked
/// into in the same batch: ln 10. Only a matter of speed: what is skipped is
/// looked into later if it can still win.
const WAVE: f64 = 2.3;

/// One decision: which tag comes next, or that no more comes.
pub(super) struct Slot<'a> {
    spelling: &'a Spelling,
    trie: TokenTrie,
    /// In list order, `stop` last: the order of ties.
    candidates: Vec<Candidate>,
    /// Whether a comma has to stand before the tag.
    later: bool,
}

/// What is known of the candidates while the trie is being looked into.
struct Search {
    /// Finished candidates and inner nodes not looked into, with the joint
    /// log-probability of their tokens.
    finished: Vec<(Candidate, f64)>,
    open: Vec<(NodeId, f64)>,
}

impl<'a> Slot<'a> {
    pub(super) fn new(spelling: &'a Spelling, chosen: &[usize], may_stop: bool) -> Self {
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
        Self {
            spelling,
            trie,
            candidates,
            later,
        }
    }

    /// The tokens that write a tag at this slot.
    pub(super) fn path(&self, tag: usize) -> Vec<Token> {
        candidate_path(self.spelling, Candidate::Tag(tag), self.later)
    }

    /// The most probable candidate. Looks into an inner node only while its mass
    /// exceeds the best finished candidate's, so the answer is exact.
    pub(super) fn best(
        &self,
        engine: &mut (impl Engine + ?Sized),
    ) -> Result<Candidate, EngineError> {
        if let [only] = self.candidates[..] {
            return Ok(only);
        }
        let mut search = self.begin(engine)?;
        loop {
            let finished = search.finished.iter().map(|&(_, p)| p);
            let best = finished.fold(f64::NEG_INFINITY, f64::max);
            let highest = search.open.iter().map(|&(_, p)| p).fold(best, f64::max);
            // Not `>`: a path of equal mass may end in a tag that stands first.
            let (wave, rest) = search
                .open
                .drain(..)
                .filter(|&(_, p)| p >= best)
                .partition::<Vec<_>, _>(|&(_, p)| p >= highest - WAVE);
            search.open = rest;
            if wave.is_empty() {
                break;
            }
            self.expand(engine, &mut search, &wave)?;
        }
        let candidates = Self::in_order(&search);
        Ok(candidates[first_max(candidates.iter().map(|&(_, p)| p))].0)
    }

    /// The log-probability of every candidate, normalised over the candidates.
    pub(super) fn distribution(
        &self,
        engine: &mut (impl Engine + ?Sized),
    ) -> Result<Distribution, EngineError> {
        let mut search = self.begin(engine)?;
        while !search.open.is_empty() {
            let wave = std::mem::take(&mut search.open);
            self.expand(engine, &mut search, &wave)?;
        }
        let mut distribution = Self::in_order(&search);
        let highest = distribution
            .iter()
            .map(|&(_, p)| p)
            .fold(f64::NEG_INFINITY, f64::max);
        let total: f64 = distribution.iter().map(|&(_, p)| (p - highest).exp()).sum();
        let log_total = highest + total.ln();
        for (_, p) in &mut distribution {
            *p -= log_total;
        }
        Ok(distribution)
    }

    /// Looks into the root, and with it into the nodes that all tags go through.
    fn begin(&self, engine: &mut (impl Engine + ?Sized)) -> Result<Search, EngineError> {
        let trunk = self.trie.trunk();
        let branches: Vec<Branch> = trunk.iter().map(|&node| self.branch(node)).collect();
        let answers = engine.log_probs(&branches)?;
        let mut search = Search {
            finished: Vec::new(),
            open: vec![(TokenTrie::ROOT, 0.0)],
        };
        for (&node, answer) in trunk.iter().zip(&answers) {
            let place = search.open.iter().position(|&(open, _)| open == node);
            if let Some((_, mass)) = place.map(|place| search.open.swap_remove(place)) {
                self.record(&mut search, node, mass, answer);
            }
        }
        Ok(search)
    }

    fn expand(
        &self,
        engine: &mut (impl Engine + ?Sized),
        search: &mut Search,
        wave: &[(NodeId, f64)],
    ) -> Result<(), EngineError> {
        let branches: Vec<Branch> = wave.iter().map(|&(node, _)| self.branch(node)).collect();
        let answers = engine.log_probs(&branches)?;
        for (&(node, mass), answer) in wave.iter().zip(&answers) {
            self.record(search, node, mass, answer);
        }
        Ok(())
    }

    /// The question that looks into a node: its children, and where a candidate
    /// ends there, what may follow that candidate.
    fn branch(&self, node: NodeId) -> Branch {
        let mut wanted: Vec<Token> = self.trie.children(node).iter().map(|&(t, _)| t).collect();
        if self.trie.candidate(node).is_some() {
            wanted.extend(self.spelling.terminators());
        }
        Branch {
            path: self.trie.path(node),
            wanted,
        }
    }

    fn record(&self, search: &mut Search, node: NodeId, mass: f64, answer: &[f32]) {
        let children = self.trie.children(node);
        let (below, ends) = answer.split_at(children.len());
        if let Some(candidate) = self.trie.candidate(node) {
            let end: f64 = ends.iter().map(|&p| f64::from(p).exp()).sum();
            search.finished.push((candidate, mass + end.ln()));
        }
        for (&(_, child), &log_prob) in children.iter().zip(below) {
            let mass = mass + f64::from(log_prob);
            match self.trie.candidate(child) {
                Some(candidate) if self.trie.children(child).is_empty() => {
                    search.finished.push((candidate, mass));
                }
                _ => search.open.push((child, mass)),
            }
        }
    }

    /// The finished candidates in list order, `stop` last.
    fn in_order(search: &Search) -> Distribution {
        let mut finished = search.finished.clone();
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
