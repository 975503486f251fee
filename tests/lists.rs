//! Several tag lists on one loaded model: each is read once.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use minitag::classifier::{ClassifyError, List};
use minitag::engine::llama::{ContextOptions, LlamaEngine, Model, ModelOptions};
use minitag::engine::{EngineError, Limit};
use minitag::{
    AnswerStyle, Classification, Classifier, ClassifierOptions, DecideOptions, ListStyle, TagSet,
};

use crate::support::{DIGITS, JOINED};

/// So often the lists take turns.
const ROUNDS: usize = 4;

const DOCUMENTS: [&str; 3] = ["# A lamp\nIt shines.", "Rain, rain.", "One two three four."];

fn model(path: &str) -> Model {
    Model::load(path.as_ref(), &ModelOptions::default()).unwrap()
}

fn options(model: &Model, permutations: usize) -> ClassifierOptions {
    ClassifierOptions {
        decide: DecideOptions {
            scores: true,
            permutations,
            ..DecideOptions::default()
        },
        ..ClassifierOptions::for_model(model)
    }
}

fn classifier<'m>(
    model: &'m Model,
    tags: &str,
    permutations: usize,
    context: ContextOptions,
) -> Classifier<LlamaEngine<'m>> {
    let engine = LlamaEngine::new(model, context);
    let tags = TagSet::parse(tags).unwrap();
    Classifier::with_engine(engine, tags, options(model, permutations)).unwrap()
}

/// Two lists of several sizes.
fn lists() -> [String; 2] {
    let list = |names: std::ops::Range<u32>| {
        let names: Vec<String> = names.map(|n| format!("tag {n}")).collect();
        names.join("\n")
    };
    [list(0..7), list(40..99)]
}

/// What each list says of each document, turn about; and how many prefixes were computed in
/// the first round and behind it.
fn in_turns(
    model: &Model,
    permutations: usize,
    context: ContextOptions,
) -> (Vec<Classification>, usize, usize) {
    let [first, second] = lists();
    let mut classifier = classifier(model, &first, permutations, context);
    let options = options(model, permutations);
    let second = TagSet::parse(&second).unwrap();
    let second = Arc::new(List::new(model, second, &options).unwrap());
    let lists = [Arc::clone(classifier.list()), second];
    let mut answers = Vec::new();
    let mut computed = Vec::new();
    for round in 0..ROUNDS {
        for list in &lists {
            classifier.set_list(Arc::clone(list)).unwrap();
            let document = DOCUMENTS[round % DOCUMENTS.len()];
            answers.push(classifier.classify("7462", document).unwrap());
        }
        computed.push(classifier.engine().computed_prefixes());
    }
    (answers, computed[0], computed[ROUNDS - 1] - computed[0])
}

#[test]
fn lists_that_take_turns_are_computed_once_and_answer_as_alone() {
    for path in [DIGITS, JOINED] {
        let model = model(path);
        for permutations in [1, 3] {
            let (answers, first, later) = in_turns(&model, permutations, ContextOptions::default());
            assert_eq!((first, later), (2 * permutations, 0), "{path}");
            let mut answers = answers.into_iter();
            for round in 0..ROUNDS {
                for list in lists() {
                    let mut alone =
                        classifier(&model, &list, permutations, ContextOptions::default());
                    let document = DOCUMENTS[round % DOCUMENTS.len()];
                    let expected = alone.classify("7462", document).unwrap();
                    assert_eq!(answers.next().unwrap(), expected, "{path}");
                }
            }
        }
    }
}

#[test]
fn without_memory_for_it_a_list_is_computed_at_each_turn() {
    let model = model(DIGITS);
    let context = || ContextOptions {
        parked_bytes: 0,
        ..ContextOptions::default()
    };
    let (answers, first, later) = in_turns(&model, 1, context());
    assert_eq!((first, later), (2, 2 * (ROUNDS - 1)));
    let (with, ..) = in_turns(&model, 1, ContextOptions::default());
    assert_eq!(answers, with);
}

#[test]
fn how_tags_are_chosen_can_change_from_call_to_call() {
    let model = model(DIGITS);
    let [list, _] = lists();
    let mut classifier = classifier(&model, &list, 1, ContextOptions::default());
    let decide = |min_tags, max_tags, permutations| DecideOptions {
        min_tags,
        max_tags,
        permutations,
        ..DecideOptions::default()
    };
    for tags in [1, 2, 1, 3] {
        classifier.set_decide(decide(tags, tags, 1)).unwrap();
        let answer = classifier.classify("7462", DOCUMENTS[0]).unwrap();
        assert_eq!(answer.tags.len(), tags);
    }
    assert_eq!(classifier.engine().computed_prefixes(), 1);
    let error = classifier.set_decide(decide(0, 3, 2)).unwrap_err();
    assert_eq!(
        error.to_string(),
        "`permutations 2` does not go with a list that was made for 1"
    );
    let error = classifier.set_decide(decide(8, 9, 1)).unwrap_err();
    assert_eq!(
        error.to_string(),
        "`min_tags 8` is more than the list has: 7 tags"
    );
    // What cannot be changes nothing.
    assert_eq!(classifier.options().decide.min_tags, 3);
}

#[test]
fn a_list_brings_its_wording_and_keeps_its_orders() {
    let model = model(DIGITS);
    let [list, other] = lists();
    let mut classifier = classifier(&model, &list, 3, ContextOptions::default());
    let mut options = options(&model, 3);
    options.answer = AnswerStyle::Name;
    options.list = ListStyle::Lines;
    let other = TagSet::parse(&other).unwrap();
    let by_name = Arc::new(List::new(&model, other.clone(), &options).unwrap());
    let before = classifier.settings().unwrap();
    classifier.set_list(by_name).unwrap();
    // What was answered before does not hold for what is answered now.
    let differences = classifier.settings().unwrap().differences(&before);
    let names: Vec<&str> = differences.iter().map(|d| d.name.as_str()).collect();
    assert_eq!(names, ["tags", "list-style", "answer"]);
    options.decide.seed = 7;
    let drawn = Arc::new(List::new(&model, other.clone(), &options).unwrap());
    assert_eq!(
        classifier.set_list(drawn).unwrap_err().to_string(),
        "`seed 0` does not go with a list that was made for 7"
    );
    options.decide.permutations = 17;
    let refused = List::new(&model, other, &options).unwrap_err();
    assert_eq!(
        refused.to_string(),
        "`permutations 17` is not possible; it must be from 1 to 16"
    );
}

#[test]
fn a_call_can_be_cancelled_and_the_next_one_works() {
    let model = model(DIGITS);
    let [list, _] = lists();
    let mut classifier = classifier(&model, &list, 1, ContextOptions::default());
    let expected = classifier.classify("7462", DOCUMENTS[0]).unwrap();
    let cancelled = Arc::new(AtomicBool::new(true));
    classifier.set_limit(Limit {
        cancelled: Some(Arc::clone(&cancelled)),
        ..Limit::default()
    });
    let error = classifier.classify("7462", DOCUMENTS[0]).unwrap_err();
    assert!(matches!(
        error,
        ClassifyError::Engine(EngineError::Cancelled)
    ));
    cancelled.store(false, Ordering::Relaxed);
    let answer = classifier.classify("7462", DOCUMENTS[0]).unwrap();
    assert_eq!(answer, expected);
}
