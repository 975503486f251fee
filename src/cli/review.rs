//! `minitag review`: answers that a person is to look at out, corrections in.

use std::collections::HashMap;
use std::io::Write;
use std::path::Path;

use flate2::Compression;
use flate2::write::GzEncoder;
use minitag::review::{
    self, AppliedReport, PageOptions, ShownReport, Tagged, choose, excerpt, is_reviewed, page,
    read_corrections, read_tagged, sheet,
};
use minitag::runner::{Fields, InputFormat};
use minitag::whole_file::{self, Readers};
use minitag::{DecideOptions, Document, TagSet};

use crate::cli::args::ReviewArgs;
use crate::cli::catalogue::{self, texts_of};
use crate::cli::failure::{Failure, Status, cannot_write, wrong_usage};
use crate::cli::gold::told;
use crate::cli::overwrite::{check_page, is_other};
use crate::cli::print;
use crate::cli::screen::Screen;
use crate::cli::session;

/// How answers are shown to a person.
#[derive(Clone, Copy, PartialEq)]
enum Form {
    Page,
    Table,
}

/// Runs the command.
pub(crate) fn run(args: &ReviewArgs, screen: &Screen) -> Result<Status, Failure> {
    let tags = session::tag_set(&args.tags, screen)?;
    let count = session::count(&args.count, &tags)?;
    match (&args.apply, &args.texts, &args.output) {
        (Some(corrections), _, _) => apply(args, corrections, &tags, &count, screen),
        (None, Some(texts), Some(output)) => show(args, texts, output, &tags, screen),
        _ => Err(wrong_usage(
            "to show answers, `--texts DOCS` and `-o FILE` are needed; to put corrections in, `--apply FILE`",
        )),
    }
}

/// Writes what is to be reviewed.
fn show(
    args: &ReviewArgs,
    texts: &Path,
    output: &Path,
    tags: &TagSet,
    screen: &Screen,
) -> Result<Status, Failure> {
    if args.limit == 0 {
        let message = "`--limit 0` is not possible; it must be at least 1";
        return Err(wrong_usage(message));
    }
    let form = form(output)?;
    let fields = catalogue::fields(&args.fields)?;
    if let Some((one, other)) = tags.look_alike().filter(|_| form == Form::Table) {
        let message = format!("the ids {one} and {other} look the same in CSV");
        return Err(wrong_usage(message).hint("`-o FILE.html`"));
    }
    whole_file::check(output).map_err(|error| cannot_write(output, error))?;
    let (answers, unusable) = told(read_tagged(&args.answers, tags), &args.answers, screen)?;
    let chosen = chosen(answers, args)?;
    let most = args.count.max_tags;
    if let Some(answer) = chosen.iter().find(|answer| answer.tags.len() > most) {
        let (id, tags) = (&answer.id, answer.tags.len());
        let message = format!("`{id}` has {tags} tags, and `--max-tags` allows {most}");
        return Err(wrong_usage(message).hint("`--max-tags` as in the batch, with `--apply` too"));
    }
    let documents = chosen.len();
    let with_texts = with_texts(chosen, texts, fields, screen)?;
    let choice = choose(with_texts, args.limit);
    let shown = &choice.shown;
    if shown.is_empty() {
        let message = format!("no document to review is in `{}`", texts.display());
        return Err(wrong_usage(message).hint("`--texts` is the input of the batch"));
    }
    let name = args.answers.display().to_string();
    let content = match form {
        Form::Page => {
            let max_tags = args.count.max_tags;
            let name = &name;
            page(shown, tags, PageOptions { name, max_tags }).into_bytes()
        }
        Form::Table => sheet(shown, tags),
    };
    let written = whole_file::write(output, content, Readers::Owner);
    written.map_err(|error| cannot_write(output, error))?;
    let report = ShownReport::new(output.display().to_string(), documents, &choice);
    if args.format.is_json() {
        print::json(&report)?;
    } else {
        screen.remarks(&report.remarks(form == Form::Page));
    }
    Ok(if unusable + report.without_text == 0 {
        Status::Success
    } else {
        Status::SomeFailed
    })
}

/// As what the answers are written.
fn form(output: &Path) -> Result<Form, Failure> {
    let ending = output.extension().unwrap_or_default().to_ascii_lowercase();
    match ending.to_str() {
        Some("html" | "htm") => check_page(output).map(|()| Form::Page),
        Some("csv") if output.exists() => {
            let message = format!(
                "`{}` is there already, and may have corrections in it",
                output.display()
            );
            Err(wrong_usage(message).hint("`--apply` puts them in; or another `-o`"))
        }
        Some("csv") => Ok(Form::Table),
        _ => {
            let message = format!("`-o {}` is neither `.html` nor `.csv`", output.display());
            Err(wrong_usage(message))
        }
    }
}

/// Those of the answers that are to be reviewed.
fn chosen(answers: Vec<Tagged>, args: &ReviewArgs) -> Result<Vec<Tagged>, Failure> {
    let (all, name) = (answers.len(), args.answers.display());
    let below = args.review_below;
    if let Some(below) = below {
        if !(0.0..=1.0).contains(&below) {
            let message =
                format!("`--review-below {below}` is not possible; it must be from 0 to 1");
            return Err(wrong_usage(message));
        }
        if answers.iter().all(|answer| answer.least_score().is_none()) {
            let message = format!("`--review-below` needs scores, and `{name}` has none");
            return Err(wrong_usage(message).hint("`batch` again with `--scores`"));
        }
    }
    let reviewed = answers.iter().filter(|answer| answer.reviewed).count();
    let chosen: Vec<Tagged> = answers
        .into_iter()
        .filter(|answer| answer.is_wanted(args.all, below))
        .collect();
    if chosen.is_empty() {
        let message = format!(
            "none of the {all} records of `{name}` is to be reviewed ({reviewed} are reviewed already)"
        );
        let failure = wrong_usage(message);
        if args.all {
            return Err(failure);
        }
        return Err(failure
            .hint("`--all` takes them all; `batch` marks records with `--review-below`, or with a calibration that has a promise"));
    }
    Ok(chosen)
}

/// The documents' telling sentences; without those that have no text.
fn with_texts(
    answers: Vec<Tagged>,
    texts: &Path,
    fields: Fields,
    screen: &Screen,
) -> Result<Vec<(Tagged, String)>, Failure> {
    let ids = answers.iter().enumerate();
    let wanted: HashMap<String, usize> = ids.map(|(at, a)| (a.id.clone(), at)).collect();
    let mut excerpts: Vec<Option<String>> = vec![None; answers.len()];
    let wanted = texts_of(wanted, texts, fields, screen, |at, text, format| {
        let text = &text;
        excerpts[at] = Some(excerpt(Document { text, format }));
    })?;
    let mut missing: Vec<(usize, String)> = wanted.into_iter().map(|(id, at)| (at, id)).collect();
    missing.sort_unstable();
    for (_, id) in missing {
        screen.error(
            &format!("`{}` has no text for `{id}`", texts.display()),
            None,
        );
    }
    let pairs = answers.into_iter().zip(excerpts);
    Ok(pairs
        .filter_map(|(answer, text)| Some((answer, text?)))
        .collect())
}

/// Puts corrections in.
fn apply(
    args: &ReviewArgs,
    corrections: &Path,
    tags: &TagSet,
    count: &DecideOptions,
    screen: &Screen,
) -> Result<Status, Failure> {
    let ending = corrections.extension().unwrap_or_default();
    if ["html", "htm"]
        .iter()
        .any(|page| ending.eq_ignore_ascii_case(page))
    {
        let message = format!("`{}` is the page, not what it saves", corrections.display());
        return Err(wrong_usage(message)
            .hint("open it in a browser: `Save` downloads a `.jsonl`, which `--apply` takes"));
    }
    let answers = args.answers.as_path();
    let output = args.output.as_deref().unwrap_or(answers);
    if InputFormat::of(output) != InputFormat::of(answers) {
        let (output, answers) = (output.display(), answers.display());
        let message = format!("`{output}` has to be of the same format as `{answers}`");
        return Err(wrong_usage(message).hint("the same ending"));
    }
    let is_same = output.canonicalize().ok() == answers.canonicalize().ok();
    let has_content = output.metadata().is_ok_and(|there| there.len() > 0);
    if has_content && !is_same && !is_reviewed(output).unwrap_or(true) {
        return Err(is_other(output, "output of `review --apply`"));
    }
    whole_file::check(output).map_err(|error| cannot_write(output, error))?;
    let read = read_corrections(corrections, tags, count);
    let (given, faulty) = told(read, corrections, screen)?;
    let applied = review::apply(answers, &given, tags).map_err(|error| {
        let message = format!("cannot correct `{}`", answers.display());
        Failure::usage(anyhow::Error::new(error).context(message))
    })?;
    for &place in &applied.unknown {
        let (line, id) = (given[place].line, &given[place].id);
        let place = format!("`{}`, line {line}", corrections.display());
        let message = format!("{place}: `{}` has no record `{id}`", answers.display());
        screen.error(&message, None);
    }
    for (line, problem) in &applied.unread {
        let name = answers.display();
        screen.warning(&format!(
            "`{name}`, line {line} is left as it is: {problem}"
        ));
    }
    if applied.corrected + applied.confirmed == 0 {
        let message = format!(
            "`{}` has no correction that can be put in",
            corrections.display()
        );
        return Err(wrong_usage(format!("{message}; nothing was written")));
    }
    let report = AppliedReport::new(output.display().to_string(), &applied);
    let content = packed(applied.content, output).map_err(|error| cannot_write(output, error))?;
    let written = whole_file::write(output, content, Readers::All);
    written.map_err(|error| cannot_write(output, error))?;
    if args.format.is_json() {
        print::json(&report)?;
    } else {
        screen.remarks(&[report.remark()]);
    }
    Ok(if faulty + applied.unknown.len() == 0 {
        Status::Success
    } else {
        Status::SomeFailed
    })
}

/// The content as the name of a file tells it.
fn packed(content: Vec<u8>, output: &Path) -> std::io::Result<Vec<u8>> {
    let is_gzip = |ending: &std::ffi::OsStr| ending.eq_ignore_ascii_case("gz");
    if !output.extension().is_some_and(is_gzip) {
        return Ok(content);
    }
    let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(&content)?;
    encoder.finish()
}
