//! Which configuration is measured next.

use crate::classifier::ClassifierOptions;
use crate::eval::{Counts, Judged};
use crate::tune::levers::Lever;

/// Where each lever stands: a place among its values.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Configuration(pub Vec<usize>);

impl Configuration {
    /// Whether every lever stands at its default.
    #[must_use]
    pub fn is_default(&self) -> bool {
        self.0.iter().all(|&at| at == 0)
    }

    /// The levers that do not stand at their default, with their values.
    #[must_use]
    pub fn changes<'l>(&self, levers: &'l [Lever]) -> Vec<(&'l str, &'l str)> {
        let moved = levers.iter().zip(&self.0).filter(|&(_, &at)| at != 0);
        let pair = |(lever, &at): (&'l Lever, &usize)| (lever.name(), lever.value(at));
        moved.map(pair).collect()
    }

    /// Sets the options to where the levers stand.
    pub fn apply(&self, levers: &[Lever], options: &mut ClassifierOptions) {
        for (lever, &at) in levers.iter().zip(&self.0) {
            lever.apply(at, options);
        }
    }

    /// In words.
    #[must_use]
    pub fn name(&self, levers: &[Lever]) -> String {
        in_words(&self.changes(levers))
    }

    /// The same for a file's name.
    #[must_use]
    pub fn file_name(&self, levers: &[Lever]) -> String {
        self.name(levers).replace(", ", "_").replace(' ', "-")
    }
}

/// What differs from the options as given, in words.
#[must_use]
pub fn in_words(changes: &[(&str, &str)]) -> String {
    if changes.is_empty() {
        return "as given".to_owned();
    }
    let words = changes
        .iter()
        .map(|(name, value)| format!("{name} {value}"));
    words.collect::<Vec<_>>().join(", ")
}

/// A configuration that was measured.
#[derive(Clone, Debug, PartialEq)]
pub struct Trial {
    /// Which.
    pub configuration: Configuration,
    /// The answers, document by document, with their scores.
    pub judged: Vec<Judged>,
}

impl Trial {
    /// Micro-F1 as it is.
    #[must_use]
    pub fn f1(&self) -> f64 {
        let mut all = Counts::default();
        for judged in &self.judged {
            all += judged.counts();
        }
        all.f1()
    }
}

/// A search through the levers' values.
#[derive(Clone, Debug)]
pub struct Search {
    levers: Vec<Lever>,
    trials: Vec<Trial>,
    skipped: Vec<Configuration>,
}

impl Search {
    /// A search that has measured nothing yet.
    #[must_use]
    pub fn new(levers: Vec<Lever>) -> Self {
        let (trials, skipped) = (Vec::new(), Vec::new());
        Self {
            levers,
            trials,
            skipped,
        }
    }

    /// The levers.
    #[must_use]
    pub fn levers(&self) -> &[Lever] {
        &self.levers
    }

    /// What was measured, in that order: the default first.
    #[must_use]
    pub fn trials(&self) -> &[Trial] {
        &self.trials
    }

    /// How many configurations there will be at most.
    #[must_use]
    pub fn most(&self) -> usize {
        let singles: usize = self.levers.iter().map(|lever| lever.count() - 1).sum();
        let moved = self.levers.iter().filter(|lever| lever.count() > 1).count();
        1 + singles + usize::from(moved > 1) - self.skipped.len()
    }

    /// The next one to measure; `None` where there is none left.
    #[must_use]
    pub fn next(&self) -> Option<Configuration> {
        let default = Configuration(vec![0; self.levers.len()]);
        let singles = self.levers.iter().enumerate().flat_map(|(lever, l)| {
            let single = move |value: usize| {
                let mut places = vec![0; self.levers.len()];
                places[lever] = value;
                Configuration(places)
            };
            (1..l.count()).map(single)
        });
        let singles: Vec<Configuration> = std::iter::once(default).chain(singles).collect();
        let known = |wanted: &Configuration| {
            let measured = self
                .trials
                .iter()
                .any(|trial| trial.configuration == *wanted);
            measured || self.skipped.contains(wanted)
        };
        let open = singles
            .into_iter()
            .find(|configuration| !known(configuration));
        open.or_else(|| Some(self.winners()).filter(|winners| !known(winners)))
    }

    /// Takes what was asked for.
    pub fn add(&mut self, configuration: Configuration, judged: Vec<Judged>) {
        self.trials.push(Trial {
            configuration,
            judged,
        });
    }

    /// Does without a configuration that cannot be.
    pub fn skip(&mut self, configuration: Configuration) {
        self.skipped.push(configuration);
    }

    /// Each lever at the value that was best by itself; of equal ones the first.
    fn winners(&self) -> Configuration {
        let Some(default) = self.trials.first() else {
            return Configuration(vec![0; self.levers.len()]);
        };
        let mut best = vec![(0, default.f1()); self.levers.len()];
        for trial in &self.trials {
            let places = trial.configuration.0.iter().enumerate();
            let mut moved = places.filter(|&(_, &at)| at != 0);
            if let (Some((lever, &at)), None) = (moved.next(), moved.next())
                && trial.f1() > best[lever].1
            {
                best[lever] = (at, trial.f1());
            }
        }
        Configuration(best.into_iter().map(|(at, _)| at).collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::classifier::Budget;
    use crate::decide::DecideOptions;

    /// Two levers, of three and of two values.
    fn levers() -> Vec<Lever> {
        let budget = Lever::budget(Budget::Tokens(100), &[]);
        vec![budget, Lever::permutations(&DecideOptions::default())]
    }

    /// Answers of which so many in ten are right.
    fn answers(right: usize) -> Vec<Judged> {
        let judged = |i| Judged {
            gold: vec![0],
            found: vec![usize::from(i >= right)],
            scores: vec![0.5],
            ..Judged::default()
        };
        (0..10).map(judged).collect()
    }

    /// Measures everything, each by a rule; in which order.
    fn measured(search: &mut Search, right: impl Fn(&[usize]) -> usize) -> Vec<Vec<usize>> {
        let mut order = Vec::new();
        while let Some(configuration) = search.next() {
            order.push(configuration.0.clone());
            let right = right(&configuration.0);
            search.add(configuration, answers(right));
        }
        order
    }

    #[test]
    fn one_lever_at_a_time_then_the_winners_together() {
        let mut search = Search::new(levers());
        assert_eq!(search.most(), 5);
        let order = measured(&mut search, |at| 4 + at[0] * usize::from(at[0] < 2) + at[1]);
        assert_eq!(order, [[0, 0], [1, 0], [2, 0], [0, 1], [1, 1]]);
        let changes = search.trials()[4].configuration.changes(search.levers());
        assert_eq!(changes, [("budget", "50"), ("permutations", "3")]);
        // Where one lever alone is better, its winner has been measured.
        let order = measured(&mut Search::new(levers()), |at| 4 + at[1]);
        assert_eq!(order.len(), 4);
        let order = measured(&mut Search::new(levers()), |_| 4);
        assert_eq!(order.len(), 4);
    }

    #[test]
    fn what_cannot_be_is_done_without() {
        let mut search = Search::new(levers());
        search.skip(Configuration(vec![1, 0]));
        search.skip(Configuration(vec![2, 0]));
        assert_eq!(search.most(), 3);
        let order = measured(&mut search, |at| 4 + at[1]);
        assert_eq!(order, [[0, 0], [0, 1]]);
    }

    #[test]
    fn a_configuration_has_a_name() {
        let name = |places: [usize; 2]| Configuration(places.to_vec()).name(&levers());
        assert_eq!(name([0, 0]), "as given");
        assert_eq!(name([2, 1]), "budget 200, permutations 3");
        let file = Configuration(vec![2, 1]).file_name(&levers());
        assert_eq!(file, "budget-200_permutations-3");
    }
}
