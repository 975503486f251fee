//! How a batch ended.

use minitag::runner::{Asked, LineFile, Outputs, Stop, Summary};

use crate::cli::args::BatchArgs;
use crate::cli::failure::Status;
use crate::cli::screen::Screen;

/// Says how the run ended.
pub(super) fn report(
    summary: &Summary,
    outputs: &Outputs,
    args: &BatchArgs,
    screen: &Screen,
) -> Status {
    let asked = Asked {
        input: &args.input,
        answers: outputs.answers.as_ref().map(LineFile::path),
        errors: outputs.errors.as_ref().map(LineFile::path),
        review: args.answer.review_below.is_some(),
        redo: args.redo.is_some(),
        all: args.shard.is_none(),
    };
    let (parts, again) = (summary.in_words(&asked), summary.how_to_go_on(&asked));
    match summary.stop {
        Some(Stop::Asked) => {
            screen.warning(&format!("stopped: {parts}{again}"));
            return Status::Interrupted;
        }
        Some(Stop::Errors) => {
            screen.error(&format!("too many errors: {parts}{again}"), None);
            return Status::SomeFailed;
        }
        None => screen.note(&parts),
    }
    screen.remarks(&summary.remarks(&asked));
    if summary.failed > 0 {
        Status::SomeFailed
    } else {
        Status::Success
    }
}
