//! `minitag models plan`: how much memory a run will take, and of what.

use std::path::Path;

use minitag::forecast::{Forecast, ForecastReport};
use minitag::models::expected;

use crate::cli::args::ModelsPlanArgs;
use crate::cli::failure::{Failure, Status, wrong_usage};
use crate::cli::memory::check_memory;
use crate::cli::models::found;
use crate::cli::plan::{self, Task};
use crate::cli::print;
use crate::cli::screen::Screen;
use crate::cli::session;

/// Said of a model that is planned before it is downloaded.
const NOT_HERE: &str = "the model is not on this machine: this is an estimate, by what the \
                        registry knows of it, and with as many tokens as the tag list has bytes";

/// Runs the command.
pub(crate) fn run(args: &ModelsPlanArgs, screen: &Screen) -> Result<Status, Failure> {
    if args.parallel == 0 {
        return Err(wrong_usage(
            "`--parallel 0` is not possible; it must be at least 1",
        ));
    }
    let tags = args
        .tags
        .as_deref()
        .map(|path| session::tag_set_from(path, screen))
        .transpose()?;
    let decide = match &tags {
        Some(tags) => session::count(&args.count, tags)?,
        None => minitag::DecideOptions::default(),
    };
    let named = args.name.as_deref().or(args.model.model.as_deref());
    let find = |named: Option<&Path>| match named.map(expected).transpose()?.flatten() {
        Some(known) => {
            screen.note(NOT_HERE);
            Ok(known)
        }
        None => found(named),
    };
    let (model, wording) = (&args.model, &args.wording);
    let planned = plan::Plan::found_by(&find, named, model, wording, decide, screen)?;
    let task = Task {
        tags: tags.as_ref(),
        longest: None,
        together: args.parallel,
        workers: args.workers,
    };
    let run = planned.run(&task);
    let forecast = Forecast::exact(&run).map_err(Failure::usage)?;
    let Some(report) = ForecastReport::new(run.path, &forecast) else {
        let name = run.path.display();
        let message =
            format!("cannot plan the memory of `{name}`: its layers use different kinds of cache");
        return Err(wrong_usage(message).hint("it is loaded without a plan"));
    };
    if args.format.is_json() {
        print::json(&report)?;
    } else {
        print::table(&report.table())?;
    }
    check_memory(&forecast, run.path, screen)?;
    Ok(Status::Success)
}
