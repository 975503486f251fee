//! `minitag classify --server`: a running service answers, and nothing is loaded here.

use minitag::service::TagRequest;
use minitag::wire::{Layout, Reading, Shape, Writing};
use minitag::{DecideOptions, TagSet};
use serde_json::value::RawValue;

use crate::cli::args::ClassifyArgs;
use crate::cli::each::{Told, Untold, each};
use crate::cli::failure::{Failure, Status};
use crate::cli::output::Writer;
use crate::cli::screen::Screen;
use crate::cli::serve::{Client, Outcome};
use crate::cli::session;

/// Runs the command with a service.
pub(crate) fn run(
    args: &ClassifyArgs,
    server: &str,
    tags: &TagSet,
    shape: Shape,
    decide: &DecideOptions,
    screen: &Screen,
) -> Result<Status, Failure> {
    let client = Client::new(server, args.token_file.as_deref())?;
    let list = RawValue::from_string(tags.to_json()).map_err(Failure::usage)?;
    let writing = Writing {
        shape,
        layout: Layout::Json,
        tags,
        model: String::new(),
        first: None,
        loras: Vec::new(),
        orders: 1,
    };
    let mut writer = Writer::new(args.output.format, writing);
    each(args, &mut writer, screen, |file, id, text, writer| {
        let document = session::document(file, text);
        let outcome = client.tag(&TagRequest {
            tags: list.clone(),
            text: document.text.to_owned(),
            id: id.to_owned(),
            format: Some(document.format),
            min_tags: Some(decide.min_tags),
            max_tags: Some(decide.max_tags),
            strategy: Some(decide.strategy),
            threshold: Some(decide.threshold),
            temperature: Some(decide.temperature),
            seed: Some(decide.seed),
            scores: decide.scores,
        })?;
        Ok(match outcome {
            Outcome::Tagged(response) => {
                writer.by(response.model, response.lora);
                Ok(Told {
                    known: response.answer,
                    reading: Some(Reading::new(text, response.tokens)),
                    left_out: response.left_out,
                })
            }
            Outcome::Failed(problem) => Err(Untold {
                problem,
                hint: None,
            }),
        })
    })
}
