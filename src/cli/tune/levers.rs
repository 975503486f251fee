//! What is tried, as the options say it.

use minitag::tune::Lever;
use minitag::{AnswerStyle, ClassifierOptions, TagSet};

use crate::cli::args::{LeverArg, TuneArgs};
use crate::cli::failure::{Failure, wrong_usage};

/// The levers that are asked for, each at what the options say; without the threshold, which
/// costs no run, and without those that are about a model's prompt if no model is asked.
pub(super) fn levers(
    args: &TuneArgs,
    options: &ClassifierOptions,
    tags: &TagSet,
    is_alone: bool,
) -> Result<Vec<Lever>, Failure> {
    if args.budgets.contains(&0) {
        return Err(wrong_usage(
            "`--budgets 0` is not possible; each must be at least 1",
        ));
    }
    let mut levers: Vec<Lever> = Vec::new();
    for &lever in &args.levers {
        let lever = match lever {
            LeverArg::ListStyle | LeverArg::Answer | LeverArg::Permutations if is_alone => continue,
            LeverArg::Budget => Lever::budget(options.budget, &args.budgets),
            LeverArg::Strategy => Lever::strategy(options.decide.strategy),
            LeverArg::ListStyle => Lever::list(options.list),
            LeverArg::Answer => {
                // A wording of one's own is made for what the model writes, and where ids
                // are names there is nothing to choose.
                let same = AnswerStyle::Id.literals(tags) == AnswerStyle::Name.literals(tags);
                if same || args.wording.prompt.is_some() {
                    continue;
                }
                Lever::answer(options.answer)
            }
            LeverArg::Permutations => Lever::permutations(&options.decide),
            LeverArg::Threshold => continue,
        };
        if !levers.iter().any(|known| known.name() == lever.name()) {
            levers.push(lever);
        }
    }
    Ok(levers)
}
