//! One slot of the answer: the search through the trie of its candidates.

use std::collections::HashMap;
use std::sync::Arc;

use crate::constraint::{Candidate, Continuations, NodeId, TokenTrie};
use crate::decide::Distribution;
use crate::decide::correction::log_sum;
use crate::engine::Branch;
use crate::vocab::Token;

/// How much less probable than the best an unfinished path may be to be looked
/// into in the same batch: ln 10. Only a matter of speed: what is skipped is
/// looked into later if it can still win.
const WAVE: f64 = 2.3;

/// What is to be known of the candidates.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Wanted {
    /// The most probable one. An inner node is looked into only while what is below it can
    /// still exceed the best finished candidate, so the answer is exact.
    Best,
    /// The probability of each.
    All,
}

/// A candidate, and what is known of it so far.
#[derive(Clone, Debug)]
struct Contender {
    candidate: Candidate,
    /// The leaves of the trie that are its ends.
    leaves: Vec<NodeId>,
    /// How many of them were not reached yet.
    missing: usize,
    /// The natural-log probability of the others together.
    mass: f64,
    /// What is added to that to compare it with others, apart from the model.
    shift: f64,
}

/// One decision: which tag comes next, or that no more comes. It asks no engine itself:
/// [`Slot::ask`] tells what has to be known next, [`Slot::hear`] takes it.
#[derive(Clone, Debug)]
pub(super) struct Slot {
    at: Arc<Continuations>,
    wanted: Wanted,
    trie: TokenTrie,
    /// In list order, `stop` last: the order of ties.
    contenders: Vec<Contender>,
    /// Inner nodes not looked into, with the joint log-probability of their tokens.
    open: Vec<(NodeId, f64)>,
    /// Those that were looked into.
    seen: Vec<(NodeId, f64)>,
    /// The nodes that were asked about.
    asked: Vec<NodeId>,
    /// The natural-log probability of what is known at the slot's beginning already: that
    /// the tag before it ends there.
    given: f64,
}

impl Slot {
    /// The slot at which what `at` says can be written, but for the tags in `chosen`.
    pub(super) fn new(
        at: Arc<Continuations>,
        chosen: &[usize],
        may_stop: bool,
        wanted: Wanted,
    ) -> Self {
        let tags = (0..at.len()).filter(|tag| !chosen.contains(tag));
        let tags = tags.map(Candidate::Tag);
        let candidates: Vec<Candidate> = tags.chain(may_stop.then_some(Candidate::Stop)).collect();
        let paths = candidates.iter().flat_map(|&candidate| {
            let paths = at.paths(candidate).iter();
            paths.map(move |path| (candidate, path.as_slice()))
        });
        let trie = TokenTrie::new(paths);
        let new = |&candidate: &Candidate| Contender {
            candidate,
            leaves: Vec::new(),
            missing: 0,
            mass: f64::NEG_INFINITY,
            shift: 0.0,
        };
        let mut slot = Self {
            contenders: candidates.iter().map(new).collect(),
            at,
            wanted,
            open: vec![(TokenTrie::ROOT, 0.0)],
            seen: Vec::new(),
            asked: Vec::new(),
            given: 0.0,
            trie,
        };
        let leaves: Vec<(NodeId, Candidate)> = slot.trie.leaves().collect();
        for (leaf, candidate) in leaves {
            if let Some(contender) = slot.contender(candidate) {
                contender.leaves.push(leaf);
                contender.missing += 1;
            }
        }
        if let ([only], Wanted::Best) = (&mut slot.contenders[..], wanted) {
            (only.missing, only.mass) = (0, 0.0);
            slot.open.clear();
        }
        slot
    }

    /// The same where it is known already, with a probability of `given` (a natural
    /// logarithm), that the tag before ends: see [`Slot::ending`].
    pub(super) fn given(self, given: f64) -> Self {
        Self { given, ..self }
    }

    /// The same if something is added to each tag's natural-log probability before the best is
    /// chosen. [`Slot::distribution`] is without it.
    pub(super) fn shifted(mut self, shift: impl Fn(usize) -> f64) -> Self {
        for contender in &mut self.contenders {
            if let Candidate::Tag(tag) = contender.candidate {
                contender.shift = shift(tag);
            }
        }
        self
    }

    /// The tokens that write a tag at this slot.
    pub(super) fn path(&self, tag: usize) -> &[Token] {
        self.at.stable(tag)
    }

    /// What can be written at this slot.
    pub(super) fn continuations(&self) -> &Continuations {
        &self.at
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

    /// The open nodes below which a candidate can still win, the most probable of them.
    fn wave(&mut self) -> Vec<NodeId> {
        let finished = self.contenders.iter().filter(|c| c.missing == 0);
        let best = finished.map(|c| c.mass + c.shift);
        let best = best.fold(f64::NEG_INFINITY, f64::max);
        let bounds = self.bounds();
        let mut may_win = bounds.iter().map(|&most| most >= best);
        // Not `>`: a path of equal mass may end in a tag that stands first.
        self.open.retain(|_| may_win.next().unwrap_or(false));
        let bounds: Vec<f64> = bounds.into_iter().filter(|&most| most >= best).collect();
        let is_shifted = self.contenders.iter().any(|c| c.shift != 0.0);
        let worth =
            |(&(node, p), &most): (&(NodeId, f64), &f64)| (node, if is_shifted { most } else { p });
        let worth: Vec<(NodeId, f64)> = self.open.iter().zip(&bounds).map(worth).collect();
        let highest = worth.iter().map(|&(_, worth)| worth).fold(best, f64::max);
        let wave: Vec<NodeId> = (worth.iter())
            .filter(|&&(_, worth)| worth >= highest - WAVE)
            .map(|&(node, _)| node)
            .collect();
        if wave.is_empty() {
            // What is left lives on what a candidate has elsewhere.
            return self.open.iter().map(|&(node, _)| node).collect();
        }
        wave
    }

    /// For each open node the most that a candidate with an end below it can come to.
    fn bounds(&self) -> Vec<f64> {
        let open = self.open.iter().enumerate();
        let open: HashMap<NodeId, usize> = open.map(|(at, &(node, _))| (node, at)).collect();
        let mut bounds = vec![f64::NEG_INFINITY; self.open.len()];
        for contender in self.contenders.iter().filter(|c| c.missing > 0) {
            let above = |&leaf: &NodeId| {
                let mut nodes = self.trie.upwards(leaf);
                nodes.find_map(|node| open.get(&node).copied())
            };
            let mut above: Vec<usize> = contender.leaves.iter().filter_map(above).collect();
            above.sort_unstable();
            above.dedup();
            let masses = above.iter().map(|&at| self.open[at].1);
            let most = log_sum(masses.chain([contender.mass])) + contender.shift;
            for at in above {
                bounds[at] = bounds[at].max(most);
            }
        }
        bounds
    }

    /// Takes what was asked for.
    pub(super) fn hear(&mut self, answers: &[Vec<f32>]) {
        for (node, answer) in std::mem::take(&mut self.asked).into_iter().zip(answers) {
            let place = self.open.iter().position(|&(open, _)| open == node);
            if let Some((_, mass)) = place.map(|place| self.open.swap_remove(place)) {
                self.seen.push((node, mass));
                self.record(node, mass, answer);
            }
        }
    }

    /// The most probable candidate, once the slot is decided.
    pub(super) fn best(&self) -> Candidate {
        let worth = self.contenders.iter().map(|c| c.mass + c.shift);
        self.contenders[first_max(worth)].candidate
    }

    /// The log-probability of every candidate, normalised over the candidates.
    pub(super) fn distribution(&self) -> Distribution {
        let total = self.total();
        let contenders = self.contenders.iter();
        contenders.map(|c| (c.candidate, c.mass - total)).collect()
    }

    /// The natural-log probability of all candidates together, over the whole vocabulary:
    /// that the model goes on with one of them.
    pub(super) fn mass(&self) -> f64 {
        self.total() - self.given
    }

    /// The natural-log probability that a tag ends behind [`Slot::path`], as far as that was
    /// asked for to know the tag: it is counted already when the next slot begins. Known
    /// with [`Wanted::All`] alone.
    pub(super) fn ending(&self, tag: usize) -> f64 {
        let node = self.trie.find(self.at.stable(tag));
        let seen = self.seen.iter().find(|&&(seen, _)| Some(seen) == node);
        let place = self.place(Candidate::Tag(tag));
        match (seen, place) {
            (Some(&(_, before)), Some(place)) if before.is_finite() => {
                self.contenders[place].mass - before
            }
            _ => 0.0,
        }
    }

    fn total(&self) -> f64 {
        log_sum(self.contenders.iter().map(|contender| contender.mass))
    }

    /// The question that looks into a node: its children.
    fn branch(&self, node: NodeId) -> Branch {
        Branch {
            lane: 0,
            path: self.trie.path(node),
            wanted: self.trie.children(node).iter().map(|&(t, _)| t).collect(),
        }
    }

    fn record(&mut self, node: NodeId, mass: f64, answer: &[f32]) {
        let children = self.trie.children(node).to_vec();
        for ((_, child), &log_prob) in children.into_iter().zip(answer) {
            let mass = mass + f64::from(log_prob);
            let end = self.trie.candidate(child);
            match end.and_then(|candidate| self.contender(candidate)) {
                Some(contender) => {
                    contender.mass = log_sum([contender.mass, mass].into_iter());
                    contender.missing -= 1;
                }
                None => self.open.push((child, mass)),
            }
        }
    }

    fn place(&self, candidate: Candidate) -> Option<usize> {
        let place = self
            .contenders
            .binary_search_by_key(&candidate, |c| c.candidate);
        place.ok()
    }

    fn contender(&mut self, candidate: Candidate) -> Option<&mut Contender> {
        let place = self.place(candidate)?;
        self.contenders.get_mut(place)
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
