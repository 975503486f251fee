//! Several orders of the tag list, of which the others are shown only where a choice is close.

use minitag::engine::llama::{ContextOptions, LlamaEngine, Model, ModelOptions};
use minitag::explain::{ExplainOptions, explain};
use minitag::{Budget, Classification, Classifier, ClassifierOptions, DecideOptions, Long, TagSet};

use crate::support::{DIGITS, JOINED};

const TAGS: &str = "river\nstone\nlamp\nharbour\nwinter\nbread\nviolin\nmap";

const DOCUMENTS: [&str; 6] = [
    "# A lamp\nIt shines.",
    "Rain, rain, and a river that rises.",
    "One two three four.",
    "Bread is baked in winter, and eaten in spring.",
    "A map of the harbour, drawn by hand in 1871.",
    "Nobody plays the violin here.",
];

/// What each document gets, and how many prefixes were computed for all of them.
fn classify(model: &Model, long: Long, decide: DecideOptions) -> (Vec<Classification>, usize) {
    let options = ClassifierOptions {
        long,
        budget: Budget::Tokens(12),
        decide,
        ..ClassifierOptions::for_model(model)
    };
    let engine = LlamaEngine::new(model, ContextOptions::default());
    let tags = TagSet::parse(TAGS).unwrap();
    let mut classifier = Classifier::with_engine(engine, tags, options).unwrap();
    let documents = DOCUMENTS.iter();
    let answers = documents.map(|text| classifier.classify("7462", *text).unwrap());
    let answers = answers.collect();
    (answers, classifier.engine().computed_prefixes())
}

fn of(permutations: usize, enough_lead: Option<f64>, scores: bool) -> DecideOptions {
    DecideOptions {
        permutations,
        enough_lead,
        scores,
        ..DecideOptions::default()
    }
}

/// The same answers, where more orders were allowed.
fn alone(answers: &[Classification]) -> Vec<Classification> {
    let answers = answers.iter().map(|answer| Classification {
        one_order: true,
        ..answer.clone()
    });
    answers.collect()
}

#[test]
fn a_close_choice_is_that_of_all_orders_and_another_that_of_the_first() {
    for path in [DIGITS, JOINED] {
        let model = Model::load(path.as_ref(), &ModelOptions::default()).unwrap();
        for scores in [true, false] {
            let run = |permutations, lead| {
                classify(&model, Long::Condense, of(permutations, lead, scores))
            };
            let (one, _) = run(1, None);
            let (all, computed) = run(4, None);
            assert_eq!(computed, 4);
            // Nothing is closer than no lead at all, and the other orders are not even read.
            assert_eq!(run(4, Some(0.0)), (alone(&one), 1), "{path}");
            assert_eq!(run(4, Some(f64::INFINITY)), (all.clone(), 4), "{path}");
            let mut shown = Vec::new();
            for lead in [0.1, 1.0, 4.0, 8.0, 12.0, 16.0, 20.0, 30.0, 50.0] {
                let (some, _) = run(4, Some(lead));
                for ((some, one), all) in some.iter().zip(&alone(&one)).zip(&all) {
                    assert_eq!(some, if some.one_order { one } else { all }, "{path}");
                }
                shown.push(some.iter().filter(|answer| !answer.one_order).count());
            }
            assert!(shown.is_sorted(), "{shown:?}");
            assert!(shown.iter().any(|n| (1..6).contains(n)), "{shown:?}");
        }
    }
}

#[test]
fn each_window_is_shown_in_as_many_orders_as_it_takes() {
    let model = Model::load(DIGITS.as_ref(), &ModelOptions::default()).unwrap();
    let long = Long::Windows(minitag::decide::Combining::Mean);
    let run = |permutations, lead| classify(&model, long, of(permutations, lead, true)).0;
    assert_eq!(run(4, Some(0.0)), alone(&run(1, None)));
    assert_eq!(run(4, Some(f64::INFINITY)), run(4, None));
    let some = run(4, Some(30.0));
    assert!(some.iter().any(|answer| answer.usage.windows > 1));
    assert!(some.iter().any(|answer| !answer.one_order));
}

/// An explanation is of what it shows, whatever the lead is.
#[test]
fn an_explanation_is_of_all_orders() {
    let model = Model::load(DIGITS.as_ref(), &ModelOptions::default()).unwrap();
    let explained = |lead| {
        let options = ClassifierOptions {
            decide: of(3, lead, false),
            ..ClassifierOptions::for_model(&model)
        };
        let engine = LlamaEngine::new(&model, ContextOptions::default());
        let tags = TagSet::parse(TAGS).unwrap();
        let mut classifier = Classifier::with_engine(engine, tags, options).unwrap();
        let how = ExplainOptions {
            pieces: 4,
            lanes: 1,
            tags: Vec::new(),
        };
        let explained = explain(&mut classifier, "7462", DOCUMENTS[3], &how, &mut |_, _| {});
        assert_eq!(classifier.options().decide.enough_lead, lead);
        explained.unwrap()
    };
    assert_eq!(explained(Some(0.0)), explained(None));
}

/// What is drawn is drawn from the mean, however far a candidate leads.
#[test]
fn where_tags_are_drawn_all_orders_are_shown() {
    let model = Model::load(DIGITS.as_ref(), &ModelOptions::default()).unwrap();
    let drawn = |enough_lead| DecideOptions {
        temperature: 0.5,
        ..of(3, enough_lead, true)
    };
    let run = |lead| classify(&model, Long::Condense, drawn(lead));
    assert_eq!(run(Some(0.0)), run(None));
}
