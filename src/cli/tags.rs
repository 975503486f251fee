//! `minitag tags`: what is wrong with a tag list, or worth a second look, or new.

use minitag::classifier::{ListReport, ListTokens};
use minitag::tags::TagsDiff;

use crate::cli::args::{TagsCheckArgs, TagsDiffArgs};
use crate::cli::failure::{Failure, Status};
use crate::cli::screen::Screen;
use crate::cli::{plan, print, session};

/// Runs the command.
pub(crate) fn check(args: &TagsCheckArgs, screen: &Screen) -> Result<Status, Failure> {
    let tags = session::tag_set_from(&args.file, screen)?;
    let report = match &args.model {
        Some(path) => {
            let (model, made_for) = plan::vocabulary(Some(path))?;
            ListReport::with_model(&tags, &model, &made_for)?
        }
        None => ListReport::new(&tags),
    };
    if args.format.is_json() {
        print::json(&report)?;
        return Ok(Status::Success);
    }
    for warning in &report.warnings {
        screen.warning(warning);
    }
    let n = report.tags;
    print::text(&format!("{n} {}\n", if n == 1 { "tag" } else { "tags" }))?;
    if let (Some(path), Some(ListTokens { ids, names })) = (&args.model, report.tokens) {
        let model = path.display();
        let line = format!("{ids} tokens of ids, {names} tokens of names with `{model}`\n");
        print::text(&line)?;
    }
    Ok(Status::Success)
}

/// Runs `tags diff`.
pub(crate) fn diff(args: &TagsDiffArgs, screen: &Screen) -> Result<Status, Failure> {
    let (old, new) = (
        session::tag_set_from(&args.old, screen)?,
        session::tag_set_from(&args.new, screen)?,
    );
    let diff = TagsDiff::new(&old, &new);
    if args.format.is_json() {
        print::json(&diff)?;
    } else {
        let lines = diff.lines().into_iter().map(|line| line + "\n");
        print::text(&lines.collect::<String>())?;
    }
    Ok(Status::Success)
}
