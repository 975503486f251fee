//! `minitag models plan`: how much memory a run will take, and of what.

use minitag::forecast::{Forecast, ForecastReport};

use crate::cli::args::ModelsPlanArgs;
use crate::cli::failure::{Failure, Status, wrong_usage};
use crate::cli::plan::{self, Task};
use crate::cli::print;
use crate::cli::screen::Screen;
use crate::cli::session;

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
    let planned = plan::Plan::of(named, &args.model, &args.wording, decide, screen)?;
    let task = Task {
        tags: tags.as_ref(),
        longest: None,
        together: args.parallel,
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
    plan::check_memory(&forecast, run.path, screen)?;
    Ok(Status::Success)
}
