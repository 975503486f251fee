//! `minitag learn`: documents whose tags are known in, what they teach out.

use std::collections::HashSet;
use std::path::Path;

use minitag::engine::llama::LlamaEngine;
use minitag::eval::{AnswerRecord, Item, Judged};
use minitag::evidence::{Giving, Learned, Lesson, MIN_LESSONS, learn};
use minitag::learn::{Gain, LearnedFile, lesson};
use minitag::wire::Answer;
use minitag::{Classifier, DecideOptions, TagSet, whole_file};
use serde::Serialize;

use crate::cli::args::LearnArgs;
use crate::cli::catalogue::{self, with_texts};
use crate::cli::decision;
use crate::cli::failure::{Failure, Status, cannot_write, wrong_usage};
use crate::cli::gold::{gold, place, tell_without_text};
use crate::cli::learned::{self, NO_MODEL};
use crate::cli::overwrite::is_other;
use crate::cli::plan::{Plan, Task};
use crate::cli::print;
use crate::cli::screen::{Progress, Screen};
use crate::cli::session;

/// What was learned, and where it is.
#[derive(Serialize)]
struct Written {
    output: String,
    #[serde(flatten)]
    gain: Gain,
}

/// Runs the command.
pub(crate) fn run(args: &LearnArgs, screen: &Screen) -> Result<Status, Failure> {
    check(args)?;
    let fields = catalogue::fields(&args.fields)?;
    let tags = session::tag_set(&args.tags, screen)?;
    let count = session::count(&args.count, &tags)?;
    let (mut items, all) = gold(&args.gold, &tags, screen)?;
    if let Some(path) = &args.texts {
        with_texts(&mut items, path, fields, screen)?;
    }
    let enough = |n: usize| {
        let gold = args.gold.display();
        let message =
            format!("{MIN_LESSONS} documents with their right tags are needed; `{gold}` has {n}");
        if n < MIN_LESSONS {
            let hint = "records of your own can stand in the same file as corrections, each with `\"reviewed\":true`";
            let is_corrected = args.texts.is_some();
            Err(wrong_usage(message).hint_if(is_corrected.then_some(hint)))
        } else {
            Ok(())
        }
    };
    enough(items.len())?;
    if items.iter().all(|item| item.record.tags.is_empty()) {
        let gold = args.gold.display();
        let message = format!("no document of `{gold}` has a tag");
        return Err(wrong_usage(message).hint("`tags` holds ids or names from the list"));
    }
    if let Some(message) = without_texts(&items, args) {
        let hint = match &args.texts {
            Some(_) => "`--texts` names the input of the batch, which has texts with these ids",
            None => "`--texts DOCS` names the file that has them, by their ids",
        };
        return Err(wrong_usage(message).hint(hint));
    }
    // Every document has to be free to get no tag, so that odds against that can be seen.
    let decide = DecideOptions {
        min_tags: 0,
        ..count.clone()
    };
    let named = args.model.model.as_deref().unwrap_or(Path::new(NO_MODEL));
    let mut plan = Plan::of(Some(named), &args.model, &args.wording, decide, screen)?;
    decision::refuse(&plan.options, "learn")?;
    let model = plan.load(&Task::one_by_one(&tags), screen)?;
    let mut classifier = plan.classifier(&model, &tags)?;
    let earlier = earlier(args.add.as_deref(), &classifier)?;
    let lessons = lessons(&mut classifier, &items, &args.gold, screen)?;
    enough(lessons.len())?;
    if let Some(warning) = repeated(&lessons) {
        screen.warning(&warning);
    }
    if let Some(earlier) = &earlier {
        screen.note(&goes_on(earlier, &lessons));
    }
    let most = count.max_tags;
    let mut judged = |learned, what| {
        plan.learn(learned);
        let mut classifier = plan.unchecked_classifier(&model, &tags)?;
        judged(&mut classifier, &items, &tags, what, screen)
    };
    let before = if classifier.is_alone() {
        None
    } else {
        Some(judged(earlier.clone(), "documents, without")?)
    };
    let now = |judged: &Vec<Judged>| judged.iter().map(|judged| judged.found.len()).sum();
    let giving = Giving {
        most,
        now: before.as_ref().map(now),
    };
    let learned = learn(&lessons, tags.len(), giving, earlier.as_ref());
    let file = LearnedFile::new(&classifier, learned);
    let file = file.map_err(|error| session::unknown_model(&model, error))?;
    file.write(&args.output)
        .map_err(|error| cannot_write(&args.output, error))?;
    // As it is read, so that the figures are those of the file.
    let file = LearnedFile::read(&args.output).map_err(Failure::model)?;
    let gain = match before {
        None => Gain::of_lessons(&lessons, earlier.as_ref(), &file.learned, most),
        Some(before) => {
            let after = judged(Some(file.learned), "documents, with what was learned")?;
            Gain::new(&before, &after, tags.len())
        }
    };
    let output = args.output.display().to_string();
    if args.format.is_json() {
        print::json(&Written { output, gain })?;
    } else {
        for line in gain.lines() {
            screen.note(&line);
        }
        if lessons.len() < all {
            let left_out = all - lessons.len();
            screen.warning(&format!("{left_out} of {all} records were left out"));
        }
        screen.note(&format!(
            "written to `{output}`: `--learned {output}` uses it"
        ));
    }
    Ok(if lessons.len() == all {
        Status::Success
    } else {
        Status::SomeFailed
    })
}

/// Refuses what cannot be, before any work is done.
fn check(args: &LearnArgs) -> Result<(), Failure> {
    if args.wording.learned.is_some() {
        return Err(wrong_usage("`--learned` is for using what was learned")
            .hint("`--add FILE` goes on from it"));
    }
    let output = &args.output;
    if output == Path::new("-") {
        let message = "what was learned is no text, and is not written to stdout";
        return Err(wrong_usage(message).hint("`-o FILE`"));
    }
    if output.exists() && LearnedFile::read(output).is_err() {
        return Err(is_other(output, "file of `minitag learn`"));
    }
    whole_file::check(output).map_err(|error| cannot_write(output, error))
}

/// Why nothing can be learned if no document has a text.
fn without_texts(items: &[Item], args: &LearnArgs) -> Option<String> {
    if items.iter().any(|item| item.document().is_some()) {
        return None;
    }
    let gold = args.gold.display();
    Some(match &args.texts {
        Some(texts) => {
            let texts = texts.display();
            format!("`{texts}` has no text for any id of `{gold}`")
        }
        None => format!("the documents of `{gold}` have neither `text` nor `path`"),
    })
}

/// What there is to say of documents that are there more than once.
fn repeated(lessons: &[Lesson]) -> Option<String> {
    let texts: HashSet<u64> = lessons.iter().map(|lesson| lesson.gist.hash).collect();
    let more = lessons.len() - texts.len();
    (more > 0).then(|| {
        format!("{more} documents have the text of another one, which makes the figures too good")
    })
}

/// What is gone on from.
fn goes_on(earlier: &Learned, lessons: &[Lesson]) -> String {
    let known = lessons.iter().filter(|lesson| earlier.knows(&lesson.gist));
    let known: HashSet<u64> = known.map(|lesson| lesson.gist.hash).collect();
    format!(
        "goes on from {} documents, {} of which are among these",
        earlier.documents(),
        known.len()
    )
}

/// What was learned before, if it was for the same.
fn earlier(
    path: Option<&Path>,
    classifier: &Classifier<LlamaEngine>,
) -> Result<Option<Learned>, Failure> {
    let Some(path) = path else { return Ok(None) };
    let file = LearnedFile::read(path).map_err(Failure::usage)?;
    learned::check(&file, path, classifier)?;
    Ok(Some(file.learned))
}

/// The documents, as they are learned from.
fn lessons(
    classifier: &mut Classifier<LlamaEngine>,
    items: &[Item],
    gold: &Path,
    screen: &Screen,
) -> Result<Vec<Lesson>, Failure> {
    tell_without_text(items, gold, None, screen);
    let mut progress = Progress::new(screen, "documents");
    let mut lessons = Vec::new();
    for (done, item) in items.iter().enumerate() {
        progress.tell(done, items.len());
        let id = &item.record.id;
        let Some(document) = item.document() else {
            continue;
        };
        match lesson(classifier, id, document, &item.record.tags) {
            Ok(lesson) => lessons.push(lesson),
            Err(error) if error.concerns_all() => return Err(error.into()),
            Err(error) => {
                let message = format!("{}: `{id}` cannot be learned from", place(gold, item));
                screen.error(&format!("{message}: {error}"), error.hint());
            }
        }
    }
    Ok(lessons)
}

/// The answers to all documents, with their right tags.
fn judged(
    classifier: &mut Classifier<LlamaEngine>,
    items: &[Item],
    tags: &TagSet,
    what: &str,
    screen: &Screen,
) -> Result<Vec<Judged>, Failure> {
    let mut progress = Progress::new(screen, what);
    let documents = items.iter().enumerate().filter_map(|(done, item)| {
        progress.tell(done, items.len());
        Some((item, item.record.id.as_str(), item.document()?))
    });
    let mut judged = Vec::new();
    classifier.classify_many(
        classifier.best_workers(),
        documents,
        |item: &Item, answer| {
            // What failed was told with the lessons.
            if let Ok(answer) = answer {
                judged.push(item.judged(&AnswerRecord::of(&Answer::with_scores(&answer), tags)));
            }
            Ok::<(), Failure>(())
        },
    )?;
    Ok(judged)
}
