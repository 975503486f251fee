//! `minitag classify`: documents in, one answer each.

use std::path::Path;
use std::time::Instant;

use minitag::Classification;

use crate::cli::args::ClassifyArgs;
use crate::cli::failure::{Failure, Status, classify_hint, wrong_usage};
use crate::cli::output::{Details, Writer};
use crate::cli::screen::Screen;
use crate::cli::session;

/// Runs the command.
pub(crate) fn run(args: &ClassifyArgs, screen: &Screen) -> Result<Status, Failure> {
    if args.id.is_some() && args.files.len() > 1 {
        let message = format!(
            "`--id` is for one document, but there are {}",
            args.files.len()
        );
        return Err(wrong_usage(message).hint("without `--id`, each document's id is its path"));
    }
    let tags = session::tag_set(&args.tags)?;
    let decide = session::decide(&args.decide, args.output.scores, &tags)?;
    let (model, path) = session::model(&args.model)?;
    let mut classifier =
        session::classifier(&model, tags.clone(), &args.wording, decide, &args.model)?;
    let mut writer = Writer::new(args.output.format, args.output.scores, &tags);
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let mut status = Status::Success;
    for file in &args.files {
        let started = Instant::now();
        let id = args
            .id
            .clone()
            .unwrap_or_else(|| file.display().to_string());
        let answer = session::read_document(file, screen)
            .map_err(|error| (error, None))
            .and_then(|text| {
                classifier.classify(&id, &text.text).map_err(|error| {
                    let hint = classify_hint(&error);
                    let context = format!("cannot tag `{}`", file.display());
                    (anyhow::Error::new(error).context(context), hint)
                })
            });
        match answer {
            Ok(answer) => {
                note_cut(&answer, file, screen);
                let details = Details {
                    model: &name,
                    time: started.elapsed(),
                };
                writer.write(&answer, args.output.details.then_some(&details))?;
            }
            Err((error, hint)) => {
                screen.error(&format!("{error:#}"), hint);
                status = Status::SomeFailed;
            }
        }
    }
    Ok(status)
}

/// Nothing is cut silently.
fn note_cut(answer: &Classification, file: &Path, screen: &Screen) {
    if answer.used < answer.tokens {
        let (name, used, tokens) = (file.display(), answer.used, answer.tokens);
        screen.note(&format!(
            "`{name}` has {tokens} tokens, the model was shown the first {used} (`--budget full` shows all)"
        ));
    }
}
