//! `minitag prompt`: exactly what the model sees.

use minitag::wire::PromptRecord;

use crate::cli::args::PromptArgs;
use crate::cli::failure::{Failure, Status};
use crate::cli::plan::Plan;
use crate::cli::print;
use crate::cli::screen::Screen;
use crate::cli::session;

/// Runs the command.
pub(crate) fn run(args: &PromptArgs, screen: &Screen) -> Result<Status, Failure> {
    let tags = session::tag_set(&args.tags, screen)?;
    let decide = session::count(&args.count, &tags)?;
    let document = session::read_document(&args.file, screen).map_err(Failure::usage)?;
    let plan = Plan::new(&args.model, &args.wording, decide, screen)?;
    plan.tell_of_template(screen);
    let model = plan.load_vocabulary()?;
    let classifier = plan.classifier(&model, &tags)?;
    let id = session::id(args.id.as_deref(), &args.file);
    let prompt = classifier.prompt(&id, session::document(&args.file, &document));
    if args.format.is_json() {
        let writes = plan.options.decision.is_none();
        let spelling = writes.then(|| classifier.spelling());
        print::json(&PromptRecord::new(&prompt, spelling, &tags))?;
    } else {
        print::text(&(prompt.text() + "\n"))?;
    }
    Ok(Status::Success)
}
