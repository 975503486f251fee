//! What is tuned: an option, and the values that are tried.

use std::fmt;

use crate::classifier::{Budget, ClassifierOptions};
use crate::decide::{DecideOptions, Strategy};
use crate::prompt::{AnswerStyle, ListStyle, Template};

/// So many orders of the tag list are tried.
const ORDERS: usize = 3;

/// The budget that is tried if all of a document is read.
const INSTEAD_OF_FULL: usize = 1024;

/// An option with a value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Setting {
    /// How much of a document is read.
    Budget(Budget),
    /// How tags are chosen.
    Strategy(Strategy),
    /// How the tag list is written.
    List(ListStyle),
    /// What the model writes for a tag.
    Answer(AnswerStyle),
    /// In how many orders the tag list is shown; `None`: in as many as a document takes.
    Permutations(Option<usize>),
}

impl Setting {
    /// The option's long name.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Budget(_) => "budget",
            Self::Strategy(_) => "strategy",
            Self::List(_) => "list-style",
            Self::Answer(_) => "answer",
            Self::Permutations(_) => "permutations",
        }
    }

    /// Sets the option.
    pub fn apply(self, options: &mut ClassifierOptions) {
        match self {
            Self::Budget(budget) => options.budget = budget,
            Self::Strategy(strategy) => options.decide.strategy = strategy,
            Self::List(list) => options.list = list,
            Self::Permutations(Some(orders)) => {
                options.decide.permutations = orders;
                options.decide.enough_lead = None;
            }
            Self::Permutations(None) => {
                options.decide = options.decide.clone().with_auto_permutations();
            }
            // The wording says what is to be written.
            Self::Answer(answer) if answer != options.answer => {
                options.answer = answer;
                options.template = Template::built_in(answer);
            }
            Self::Answer(_) => {}
        }
    }
}

/// The value, as it is typed.
impl fmt::Display for Setting {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Budget(budget) => budget.fmt(f),
            Self::Strategy(Strategy::Sequence) => f.write_str("sequence"),
            Self::Strategy(Strategy::Rank) => f.write_str("rank"),
            Self::List(ListStyle::Json) => f.write_str("json"),
            Self::List(ListStyle::Lines) => f.write_str("lines"),
            Self::Answer(AnswerStyle::Id) => f.write_str("id"),
            Self::Answer(AnswerStyle::Name) => f.write_str("name"),
            Self::Permutations(Some(orders)) => orders.fmt(f),
            Self::Permutations(None) => f.write_str("auto"),
        }
    }
}

/// An option, and what it can be; the first value is the default's.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Lever {
    name: &'static str,
    settings: Vec<Setting>,
    values: Vec<String>,
}

impl Lever {
    /// An option that is at a value, with others to try.
    #[must_use]
    pub fn new(is: Setting, others: &[Setting]) -> Self {
        let mut settings = vec![is];
        for &other in others {
            if !settings.contains(&other) {
                settings.push(other);
            }
        }
        Self {
            name: is.name(),
            values: settings.iter().map(ToString::to_string).collect(),
            settings,
        }
    }

    /// The budget: what is given, or else half and twice of what it is.
    #[must_use]
    pub fn budget(is: Budget, asked: &[usize]) -> Self {
        let others = match is {
            _ if !asked.is_empty() => asked.to_vec(),
            Budget::Full => vec![INSTEAD_OF_FULL],
            Budget::Tokens(n) => vec![n.div_ceil(2), n.saturating_mul(2)],
        };
        let tokens = |n| Setting::Budget(Budget::Tokens(n));
        let others: Vec<Setting> = others.into_iter().map(tokens).collect();
        Self::new(Setting::Budget(is), &others)
    }

    /// The strategy.
    #[must_use]
    pub fn strategy(is: Strategy) -> Self {
        let both = [Strategy::Sequence, Strategy::Rank];
        Self::new(Setting::Strategy(is), &both.map(Setting::Strategy))
    }

    /// How the tag list is written.
    #[must_use]
    pub fn list(is: ListStyle) -> Self {
        let both = [ListStyle::Json, ListStyle::Lines];
        Self::new(Setting::List(is), &both.map(Setting::List))
    }

    /// What the model writes for a tag.
    #[must_use]
    pub fn answer(is: AnswerStyle) -> Self {
        let both = [AnswerStyle::Id, AnswerStyle::Name];
        Self::new(Setting::Answer(is), &both.map(Setting::Answer))
    }

    /// How many orders of the tag list there are: one, or several.
    #[must_use]
    pub fn permutations(is: &DecideOptions) -> Self {
        let is = is.enough_lead.is_none().then_some(is.permutations);
        let other = if is == Some(1) { ORDERS } else { 1 };
        Self::new(
            Setting::Permutations(is),
            &[Setting::Permutations(Some(other))],
        )
    }

    /// The option's long name.
    #[must_use]
    pub fn name(&self) -> &str {
        self.name
    }

    /// How many values there are.
    #[must_use]
    pub fn count(&self) -> usize {
        self.settings.len()
    }

    /// A value as it is typed.
    #[must_use]
    pub fn value(&self, at: usize) -> &str {
        &self.values[at]
    }

    /// Sets the option to a value.
    pub fn apply(&self, at: usize, options: &mut ClassifierOptions) {
        self.settings[at].apply(options);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::classifier::MadeFor;
    use crate::prompt::Chat;

    fn permutations(is: usize) -> Lever {
        Lever::permutations(&DecideOptions {
            permutations: is,
            ..DecideOptions::default()
        })
    }

    #[test]
    fn a_lever_begins_where_it_stands() {
        let budgets = |is, asked| Lever::budget(is, asked).values;
        assert_eq!(budgets(Budget::Tokens(300), &[]), ["300", "150", "600"]);
        assert_eq!(budgets(Budget::Tokens(1), &[]), ["1", "2"]);
        assert_eq!(budgets(Budget::Full, &[]), ["full", "1024"]);
        assert_eq!(budgets(Budget::Tokens(300), &[64, 300, 64]), ["300", "64"]);
        let values = Lever::strategy(Strategy::Rank).values;
        assert_eq!(values, ["rank", "sequence"]);
        assert_eq!(permutations(1).values, ["1", "3"]);
        assert_eq!(permutations(5).values, ["5", "1"]);
        let auto = DecideOptions::default().with_auto_permutations();
        assert_eq!(Lever::permutations(&auto).values, ["auto", "1"]);
    }

    #[test]
    fn every_value_is_set() {
        let mut options = ClassifierOptions::made_for(&MadeFor::new(&|_| None, Chat::default()));
        let own = Template::built_in(AnswerStyle::Id);
        options.template = own.clone();
        Lever::answer(AnswerStyle::Id).apply(0, &mut options);
        assert_eq!(options.template.text(), own.text());
        for lever in [
            Lever::budget(Budget::Full, &[7]),
            Lever::strategy(Strategy::Sequence),
            Lever::list(ListStyle::Json),
            Lever::answer(AnswerStyle::Id),
            permutations(1),
        ] {
            lever.apply(1, &mut options);
        }
        let decide = &options.decide;
        assert_eq!((decide.strategy, decide.permutations), (Strategy::Rank, 3));
        assert_eq!(options.budget, Budget::Tokens(7));
        let styles = (options.list, options.answer);
        assert_eq!(styles, (ListStyle::Lines, AnswerStyle::Name));
        assert_ne!(options.template.text(), own.text());
    }
}
