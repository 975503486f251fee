//! Which tags: exact scores over whole candidates, and the strategies on them.
//!
//! At each slot of the answer the candidates are every tag not chosen yet and,
//! once there are enough tags, `stop`. A candidate's score is the joint
//! log-probability of its tokens under the model, not renormalised step by step, so
//! that ten ids that begin with the same digit do not pool their mass.

use crate::constraint::{Candidate, NodeId, Spelling, TokenTrie};
use crate::engine::{Branch, Engine, EngineError};
use crate::vocab::Token;

/// How the tags of one document are chosen.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Strategy {
    /// The best candidate, then the best after it, until `stop` is the best.
    #[default]
    Sequence,
    /// One distribution at the first slot; the best tags of it. `stop` does not
    /// end the list, only the threshold does.
    Rank,
}

/// What to decide.
#[derive(Clone, Debug, PartialEq)]
pub struct DecideOptions {
    /// How tags are chosen.
    pub strategy: Strategy,
    /// At least so many tags.
    pub min_tags: usize,
    /// At most so many tags; at least 1.
    pub max_tags: usize,
    /// Tags less probable than this at their slot are left out, from 0 to 1.
    pub threshold: f64,
    /// 0 takes the best; above, candidates are drawn from the distribution with
    /// its log-probabilities divided by this.
    pub temperature: f64,
    /// What is drawn with.
    pub seed: u64,
    /// Whether probabilities are wanted even where the choice needs none.
    pub scores: bool,
}

impl Default for DecideOptions {
    fn default() -> Self {
        Self {
            strategy: Strategy::Sequence,
            min_tags: 0,
            max_tags: 3,
            threshold: 0.0,
            temperature: 0.0,
            seed: 0,
            scores: false,
        }
    }
}

/// What was decided for one document.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Decision {
    /// The chosen tags, by their place in the list, in the order of choice.
    pub tags: Vec<usize>,
    /// For each of them its natural-log probability among its slot's candidates;
    /// empty where no scores were asked for.
    pub log_probs: Vec<f64>,
    /// All candidates of the first slot with theirs, most probable first;
    /// empty where no scores were asked for.
    pub ranking: Vec<(Candidate, f64)>,
}

/// The distribution over the candidates of one slot.
type Distribution = Vec<(Candidate, f64)>;

/// How much less probable than the best an unfinished path may be to be looked
/// into in the same batch: ln 10. Only a matter of speed: what is skipped is
/// looked into later if it can still win.
const WAVE: f64 = 2.3;

/// Decides on the tags. The engine's sequence has to end with the answer's head.
///
/// # Errors
/// [`EngineError`] where the model fails.
pub fn decide(
    engine: &mut (impl Engine + ?Sized),
    spelling: &Spelling,
    options: &DecideOptions,
) -> Result<Decision, EngineError> {
    let mut rng = fastrand::Rng::with_seed(options.seed);
    match options.strategy {
        Strategy::Sequence => sequence(engine, spelling, options, &mut rng),
        Strategy::Rank => rank(engine, spelling, options, &mut rng),
    }
}

fn sequence(
    engine: &mut (impl Engine + ?Sized),
    spelling: &Spelling,
    options: &DecideOptions,
    rng: &mut fastrand::Rng,
) -> Result<Decision, EngineError> {
    let exact = options.scores || options.threshold > 0.0 || options.temperature > 0.0;
    let mut decision = Decision::default();
    while decision.tags.len() < options.max_tags.min(spelling.tags.len()) {
        let enough = decision.tags.len() >= options.min_tags;
        let slot = Slot::new(spelling, &decision.tags, enough);
        let (choice, log_prob) = if exact {
            let distribution = slot.distribution(engine)?;
            let choice = choose(&distribution, options.temperature, rng);
            if decision.tags.is_empty() && options.scores {
                decision.ranking = ranked(&distribution);
            }
            choice
        } else {
            (slot.best(engine)?, 0.0)
        };
        let Candidate::Tag(tag) = choice else { break };
        if enough && log_prob.exp() < options.threshold {
            break;
        }
        engine.append(&slot.path(tag));
        decision.tags.push(tag);
        if options.scores {
            decision.log_probs.push(log_prob);
        }
    }
    Ok(decision)
}

fn rank(
    engine: &mut (impl Engine + ?Sized),
    spelling: &Spelling,
    options: &DecideOptions,
    rng: &mut fastrand::Rng,
) -> Result<Decision, EngineError> {
    let distribution = Slot::new(spelling, &[], options.min_tags == 0).distribution(engine)?;
    let mut decision = Decision::default();
    let mut left = distribution.clone();
    left.retain(|&(candidate, _)| candidate != Candidate::Stop);
    while decision.tags.len() < options.max_tags && !left.is_empty() {
        let (choice, log_prob) = choose(&left, options.temperature, rng);
        let Candidate::Tag(tag) = choice else { break };
        let enough = decision.tags.len() >= options.min_tags;
        if enough && log_prob.exp() < options.threshold {
            break;
        }
        left.retain(|&(candidate, _)| candidate != choice);
        decision.tags.push(tag);
        if options.scores {
            decision.log_probs.push(log_prob);
        }
    }
    if options.scores {
        decision.ranking = ranked(&distribution);
    }
    Ok(decision)
}

/// The most probable candidate, or one drawn where there is a temperature.
fn choose(
    distribution: &Distribution,
    temperature: f64,
    rng: &mut fastrand::Rng,
) -> (Candidate, f64) {
    let best = first_max(distribution.iter().map(|&(_, p)| p));
    if temperature <= 0.0 {
        return distribution[best];
    }
    let highest = distribution[best].1;
    let weight = |p: f64| ((p - highest) / temperature).exp();
    let total: f64 = distribution.iter().map(|&(_, p)| weight(p)).sum();
    let mut draw = rng.f64() * total;
    for &(candidate, p) in distribution {
        draw -= weight(p);
        if draw < 0.0 {
            return (candidate, p);
        }
    }
    distribution[best]
}

/// The place of the largest value; of equal ones the first.
fn first_max(values: impl Iterator<Item = f64>) -> usize {
    let mut best = (0, f64::NEG_INFINITY);
    for (place, value) in values.enumerate() {
        if value > best.1 {
            best = (place, value);
        }
    }
    best.0
}

/// The same candidates, most probable first, ties in list order.
fn ranked(distribution: &Distribution) -> Distribution {
    let mut ranking = distribution.clone();
    ranking.sort_by(|a, b| b.1.total_cmp(&a.1));
    ranking
}

/// One decision: which tag comes next, or that no more comes.
struct Slot<'a> {
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
    fn new(spelling: &'a Spelling, chosen: &[usize], may_stop: bool) -> Self {
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
    fn path(&self, tag: usize) -> Vec<Token> {
        candidate_path(self.spelling, Candidate::Tag(tag), self.later)
    }

    /// The most probable candidate. Looks into an inner node only while its mass
    /// exceeds the best finished candidate's, so the answer is exact.
    fn best(&self, engine: &mut (impl Engine + ?Sized)) -> Result<Candidate, EngineError> {
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
        Ok(Self::in_order(&search)[first_max(Self::in_order(&search).iter().map(|&(_, p)| p))].0)
    }

    /// The log-probability of every candidate, normalised over the candidates.
    fn distribution(
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::scripted::Scripted;

    fn spelling(literals: &[&str]) -> Spelling {
        let literals: Vec<String> = literals.iter().map(|&l| l.to_owned()).collect();
        Spelling::new(&Scripted::default(), &literals).unwrap()
    }

    /// Ids 10 to 19 share 0.6 at their first digit, 33 has 0.3 of its own: digit by
    /// digit a 1 would win, but no tag under it reaches 33.
    fn pooled() -> Scripted {
        Scripted::new(&[
            ("", "1", 0.6),
            ("", "3", 0.3),
            ("", "]", 0.1),
            ("]", "}", 1.0),
            ("1", "0", 0.4),
            ("1", "7", 0.35),
            ("3", "3", 1.0),
            ("33", "]", 0.9),
            ("33", ",", 0.1),
            ("33]", "}", 1.0),
        ])
    }

    #[test]
    fn whole_tags_are_compared_not_first_tokens() {
        let spelling = spelling(&["10", "17", "33"]);
        let decision = decide(&mut pooled(), &spelling, &DecideOptions::default()).unwrap();
        assert_eq!(decision.tags, [2]);
    }

    #[test]
    fn the_best_candidate_and_the_distribution_agree() {
        let spelling = spelling(&["10", "17", "33"]);
        let scores = DecideOptions {
            scores: true,
            ..DecideOptions::default()
        };
        let decision = decide(&mut pooled(), &spelling, &scores).unwrap();
        assert_eq!(decision.tags, [2]);
        // 0.6·0.4, 0.6·0.35, 0.3, 0.1 over their sum of 0.85.
        let expected = [
            (Candidate::Tag(2), 0.3_f64),
            (Candidate::Tag(0), 0.24),
            (Candidate::Tag(1), 0.21),
            (Candidate::Stop, 0.1),
        ];
        for ((candidate, log_prob), (wanted, p)) in decision.ranking.iter().zip(expected) {
            assert_eq!(*candidate, wanted);
            assert!((log_prob.exp() - p / 0.85).abs() < 1e-6);
        }
        assert!((decision.log_probs[0].exp() - 0.3 / 0.85).abs() < 1e-6);
    }

    #[test]
    fn an_id_that_begins_another_counts_its_terminator() {
        // After `1` the model nearly always writes `7`: tag 1 itself is improbable.
        let engine = || {
            Scripted::new(&[
                ("", "1", 0.9),
                ("", "]", 0.1),
                ("]", "}", 1.0),
                ("1", "7", 0.8),
                ("1", ",", 0.05),
                ("1", "]", 0.15),
            ])
        };
        let both = spelling(&["1", "17"]);
        let one = DecideOptions {
            max_tags: 1,
            scores: true,
            ..DecideOptions::default()
        };
        let decision = decide(&mut engine(), &both, &one).unwrap();
        assert_eq!(decision.tags, [1]);
        let p = |i: usize| decision.ranking[i].1.exp();
        assert!((p(0) / p(1) - 0.8 / 0.2).abs() < 1e-5);
        assert_eq!(both.open_ended(), [true, false]);
    }

    #[test]
    fn nodes_that_cannot_win_are_not_looked_into() {
        let spelling = spelling(&["1", "20", "30"]);
        let mut engine = Scripted::new(&[("", "1", 0.9), ("", "2", 0.05), ("", "3", 0.01)]);
        let one = DecideOptions {
            max_tags: 1,
            ..DecideOptions::default()
        };
        assert_eq!(decide(&mut engine, &spelling, &one).unwrap().tags, [0]);
        assert_eq!((engine.calls, engine.branches), (1, 1));
    }

    #[test]
    fn ties_go_to_the_tag_that_stands_first_and_stop_loses_them() {
        let spelling = spelling(&["2", "1"]);
        let mut engine = Scripted::new(&[
            ("", "1", 0.4),
            ("", "2", 0.4),
            ("", "]", 0.4),
            ("]", "}", 1.0),
        ]);
        let one = DecideOptions {
            max_tags: 1,
            ..DecideOptions::default()
        };
        assert_eq!(decide(&mut engine, &spelling, &one).unwrap().tags, [0]);
    }

    #[test]
    fn min_tags_and_max_tags_hold() {
        let spelling = spelling(&["1", "2"]);
        let table = [
            ("", "]", 0.9),
            ("", "2", 0.1),
            ("2", ",", 0.1),
            ("2,", "1", 0.5),
            ("2", "]", 0.9),
        ];
        let tags = |min_tags, max_tags| {
            let options = DecideOptions {
                min_tags,
                max_tags,
                ..DecideOptions::default()
            };
            let mut with_end = table.to_vec();
            with_end.extend([("]", "}", 1.0), ("2]", "}", 1.0)]);
            decide(&mut Scripted::new(&with_end), &spelling, &options)
                .unwrap()
                .tags
        };
        assert_eq!(tags(0, 3), []);
        assert_eq!(tags(1, 3), [1]);
        assert_eq!(tags(2, 3), [1, 0]);
        assert_eq!(tags(1, 1), [1]);
    }

    #[test]
    fn rank_takes_the_best_above_the_threshold() {
        let spelling = spelling(&["1", "2", "3"]);
        let table = [
            ("", "1", 0.2),
            ("", "2", 0.5),
            ("", "3", 0.05),
            ("", "]", 0.25),
            ("]", "}", 1.0),
        ];
        let tags = |threshold| {
            let strategy = Strategy::Rank;
            let options = DecideOptions {
                strategy,
                threshold,
                ..DecideOptions::default()
            };
            decide(&mut Scripted::new(&table), &spelling, &options)
                .unwrap()
                .tags
        };
        assert_eq!(tags(0.0), [1, 0, 2]);
        assert_eq!(tags(0.1), [1, 0]);
        assert_eq!(tags(0.6), []);
    }

    #[test]
    fn a_temperature_draws_from_the_distribution_and_the_seed_decides() {
        let spelling = spelling(&["1", "2"]);
        let table = [("", "1", 0.7), ("", "2", 0.3)];
        let draw = |seed| {
            let (temperature, max_tags, min_tags) = (1.0, 1, 1);
            let options = DecideOptions {
                temperature,
                seed,
                max_tags,
                min_tags,
                ..DecideOptions::default()
            };
            decide(&mut Scripted::new(&table), &spelling, &options)
                .unwrap()
                .tags[0]
        };
        let ones = (0..1000).filter(|&seed| draw(seed) == 0).count();
        assert!((630..770).contains(&ones), "{ones}");
        assert_eq!(draw(5), draw(5));
    }
}
