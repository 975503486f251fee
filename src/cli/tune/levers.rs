//! What is tried, and how a value becomes an option.

use minitag::tune::Lever;
use minitag::{AnswerStyle, Budget, ClassifierOptions, ListStyle, Strategy, TagSet, Template};

use crate::cli::args::{LeverArg, TuneArgs};
use crate::cli::failure::{Failure, wrong_usage};

/// So many orders of the tag list are tried.
const ORDERS: &str = "3";

/// The levers that are asked for, each at what the options say; without the threshold, which
/// costs no run.
pub(super) fn levers(
    args: &TuneArgs,
    options: &ClassifierOptions,
    tags: &TagSet,
) -> Result<Vec<Lever>, Failure> {
    if args.budgets.contains(&0) {
        return Err(wrong_usage(
            "`--budgets 0` is not possible; each must be at least 1",
        ));
    }
    let mut levers: Vec<Lever> = Vec::new();
    for &lever in &args.levers {
        let (name, values) = match lever {
            LeverArg::Budget => ("budget", budgets(options.budget, &args.budgets)),
            LeverArg::Strategy => {
                let of = |strategy| match strategy {
                    Strategy::Sequence => "sequence",
                    Strategy::Rank => "rank",
                };
                (
                    "strategy",
                    either(of(options.decide.strategy), ["sequence", "rank"]),
                )
            }
            LeverArg::ListStyle => {
                let of = |list| match list {
                    ListStyle::Json => "json",
                    ListStyle::Lines => "lines",
                };
                ("list-style", either(of(options.list), ["json", "lines"]))
            }
            LeverArg::Answer => {
                // A wording of one's own is made for what the model writes, and where ids
                // are names there is nothing to choose.
                let same = AnswerStyle::Id.literals(tags) == AnswerStyle::Name.literals(tags);
                if same || args.wording.prompt.is_some() {
                    continue;
                }
                let of = |answer| match answer {
                    AnswerStyle::Id => "id",
                    AnswerStyle::Name => "name",
                };
                ("answer", either(of(options.answer), ["id", "name"]))
            }
            LeverArg::Permutations => {
                let is = options.decide.permutations.to_string();
                let other = if is == "1" { ORDERS } else { "1" };
                ("permutations", vec![is, other.to_owned()])
            }
            LeverArg::Threshold => continue,
        };
        if !levers.iter().any(|known| known.name == name) {
            levers.push(Lever {
                name: name.to_owned(),
                values,
            });
        }
    }
    Ok(levers)
}

/// The budget as it is, then those to try.
fn budgets(budget: Budget, asked: &[usize]) -> Vec<String> {
    let (is, mut others) = match budget {
        Budget::Full => ("full".to_owned(), vec![1024]),
        Budget::Tokens(n) => (n.to_string(), vec![n.div_ceil(2), n.saturating_mul(2)]),
    };
    if !asked.is_empty() {
        others = asked.to_vec();
    }
    let mut values = vec![is];
    for other in others {
        let other = other.to_string();
        if !values.contains(&other) {
            values.push(other);
        }
    }
    values
}

/// A value, then the other one.
fn either(is: &str, both: [&str; 2]) -> Vec<String> {
    let others = both.into_iter().filter(|&value| value != is);
    std::iter::once(is)
        .chain(others)
        .map(str::to_owned)
        .collect()
}

/// Sets an option to one of its lever's values.
pub(super) fn set(options: &mut ClassifierOptions, name: &str, value: &str) -> Result<(), Failure> {
    match (name, value) {
        ("budget", "full") => options.budget = Budget::Full,
        ("budget", _) => {
            let tokens = value
                .parse()
                .map_err(|_| wrong_usage(format!("`{value}` is not a number of tokens")))?;
            options.budget = Budget::Tokens(tokens);
        }
        ("strategy", "rank") => options.decide.strategy = Strategy::Rank,
        ("strategy", _) => options.decide.strategy = Strategy::Sequence,
        ("list-style", "lines") => options.list = ListStyle::Lines,
        ("list-style", _) => options.list = ListStyle::Json,
        ("permutations", _) => {
            options.decide.permutations = value
                .parse()
                .map_err(|_| wrong_usage(format!("`{value}` is not a number of orders")))?;
        }
        (_, _) => {
            let answer = match value {
                "name" => AnswerStyle::Name,
                _ => AnswerStyle::Id,
            };
            if answer != options.answer {
                options.answer = answer;
                options.template = Template::built_in(answer);
            }
        }
    }
    Ok(())
}

/// A configuration in words, for tables.
pub(super) fn name(changes: &[(&str, &str)]) -> String {
    if changes.is_empty() {
        return "as given".to_owned();
    }
    let words = changes
        .iter()
        .map(|(name, value)| format!("{name} {value}"));
    words.collect::<Vec<_>>().join(", ")
}

/// The same for a file's name.
pub(super) fn file_name(changes: &[(&str, &str)]) -> String {
    name(changes).replace(", ", "_").replace(' ', "-")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_lever_begins_where_it_stands() {
        assert_eq!(budgets(Budget::Tokens(300), &[]), ["300", "150", "600"]);
        assert_eq!(budgets(Budget::Tokens(1), &[]), ["1", "2"]);
        assert_eq!(budgets(Budget::Full, &[]), ["full", "1024"]);
        assert_eq!(budgets(Budget::Tokens(300), &[64, 300, 64]), ["300", "64"]);
        assert_eq!(either("rank", ["sequence", "rank"]), ["rank", "sequence"]);
    }

    #[test]
    fn a_configuration_has_a_name() {
        assert_eq!(name(&[]), "as given");
        let two = [("budget", "600"), ("strategy", "rank")];
        assert_eq!(name(&two), "budget 600, strategy rank");
        assert_eq!(file_name(&two), "budget-600_strategy-rank");
    }
}
