//! The scores and the choice against plain decoding, and against transformers.
//!
//! The program looks into many candidates in one batch, with shared beginnings, and
//! without scores only as far as they can still win. Here every candidate is
//! written out alone, one token after the other. `fixtures/scores.json` holds
//! the same scores as `models/reference.py scores` computed them.

use std::collections::BTreeSet;

use fastrand::Rng;
use minitag::classifier::{Asking, Long};
use minitag::constraint::Joining;
use minitag::engine::llama::{ContextOptions, LlamaEngine, Model};
use minitag::engine::{Branch, Engine};
use minitag::prompt::answer_head;
use minitag::vocab::Token;
use minitag::{
    AnswerStyle, Budget, Classification, Classifier, ClassifierOptions, DecideOptions, ListStyle,
    Scaffold, Strategy, TagId, TagSet, Template,
};
use serde::Deserialize;
use serde_json::value::RawValue;

use crate::oracle_numbers::{fixture, model};
use crate::oracle_spelling::{Answers, Outcome, VOCABULARIES, fed};

/// How far two log-probabilities may be apart.
const TOLERANCE: f64 = 1e-3;

const MODELS: [&str; 4] = VOCABULARIES;
const ANSWERS: [AnswerStyle; 2] = [AnswerStyle::Id, AnswerStyle::Name];

const DOCUMENTS: [&str; 3] = [
    "# The 17 lamps\n\nWhen each of them is lit, and how much oil it burns in a night.\n",
    "Ten tables of tides.\n\n```rust\nlet lamp = tide(33).next();\n```\n\n附录：灯塔列表。🗼\n",
    "7462",
];

/// Ids of one to six digits, most of them beginnings of others.
const NUMBERS: &str = r#"[{"id":1,"name":"sea"},{"id":17,"name":"sea lamp"},
{"id":170,"name":"tables"},{"id":1701,"name":"tide"},{"id":17012,"name":"hand-written"},
{"id":170123,"name":"灯塔"},{"id":3,"name":"灯"},{"id":33,"name":"a \"quoted\" name"},
{"id":333,"name":"oil"},{"id":7462,"name":"coast"},{"id":74,"name":"two words"},
{"id":7,"name":"back\\slash"},{"id":746,"name":"7"},{"id":100,"name":"emoji 🗼"},
{"id":10,"name":"the"},{"id":2024,"name":"tags"},{"id":20,"name":"name"}]"#;

const STRINGS: &str = r#"[{"id":"sea","name":"1"},{"id":"sea lamp","name":"17"},
{"id":"灯","name":"3"},{"id":"灯塔","name":"33"},{"id":"a \"quoted\" id","name":"33]"},
{"id":"back\\slash","name":"t"},{"id":"","name":"the"},{"id":17,"name":"tags\":["},
{"id":"17","name":"two\nlines"},{"id":"🗼","name":"name"}]"#;

const FEW: &str = r#"[{"id":33,"name":"lamp"},{"id":34,"name":"tide"}]"#;

fn engine(model: &Model) -> LlamaEngine<'_> {
    LlamaEngine::new(model, ContextOptions::default())
}

fn with_scores(min_tags: usize, max_tags: usize) -> DecideOptions {
    DecideOptions {
        min_tags,
        max_tags,
        scores: true,
        ..DecideOptions::default()
    }
}

pub(crate) fn options(answer: AnswerStyle, decide: DecideOptions) -> ClassifierOptions {
    ClassifierOptions {
        scaffold: Scaffold::chat_ml(),
        template: Template::built_in(answer),
        list: ListStyle::default(),
        answer,
        joining: Joining::Whole,
        budget: Budget::Full,
        id_in_prompt: true,
        long: Long::Condense,
        decision: None,
        asking: Asking::default(),
        evidence: None,
        decide,
    }
}

fn classifier<'m>(
    engine: LlamaEngine<'m>,
    tags: &str,
    options: ClassifierOptions,
) -> Classifier<LlamaEngine<'m>> {
    Classifier::with_engine(engine, TagSet::parse(tags).unwrap(), options).unwrap()
}

/// Decoding as plain as can be: the answer is fed token by token, and before
/// each token its probability is asked for.
struct Plain<'m> {
    engine: LlamaEngine<'m>,
    /// What the prefix in the engine has to be followed by.
    last: Token,
}

impl<'m> Plain<'m> {
    fn new(model: &'m Model, fed: &[Token]) -> Self {
        let mut engine = engine(model);
        let (&last, before) = fed.split_last().unwrap();
        engine.reserve(fed.len(), fed.len() + 64).unwrap();
        engine.set_prefix(before).unwrap();
        Self { engine, last }
    }

    fn next(&mut self, wanted: &[Token]) -> Vec<f64> {
        let wanted = wanted.to_vec();
        let path = Vec::new();
        let answers = self
            .engine
            .log_probs(&[Branch {
                lane: 0,
                path,
                wanted,
            }])
            .unwrap();
        answers[0].iter().map(|&p| f64::from(p)).collect()
    }

    /// The log-probability of `path`.
    fn score(&mut self, path: &[Token]) -> f64 {
        self.engine.start(&[&[]]).unwrap();
        self.engine.append(0, &[self.last]);
        let mut sum = 0.0;
        for &token in path {
            sum += self.next(&[token])[0];
            self.engine.append(0, &[token]);
        }
        sum
    }

    /// The log-probability of each outcome of a slot, among all of them.
    fn scores(&mut self, slot: &[(Outcome, Vec<Vec<Token>>)]) -> Vec<(Outcome, f64)> {
        let mut score = |(outcome, paths): &(Outcome, Vec<Vec<Token>>)| {
            let paths: Vec<f64> = paths.iter().map(|path| self.score(path)).collect();
            (*outcome, log_sum_exp(&paths))
        };
        let scores: Vec<(Outcome, f64)> = slot.iter().map(&mut score).collect();
        let total = log_sum_exp(&scores.iter().map(|&(_, p)| p).collect::<Vec<_>>());
        scores.iter().map(|&(o, p)| (o, p - total)).collect()
    }
}

fn log_sum_exp(values: &[f64]) -> f64 {
    let max = values.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    max + values.iter().map(|v| (v - max).exp()).sum::<f64>().ln()
}

fn place(tags: &TagSet, id: &TagId) -> usize {
    tags.iter().position(|tag| &tag.id == id).unwrap()
}

#[track_caller]
fn assert_close(actual: f64, expected: f64, what: &str) {
    let difference = (actual - expected).abs();
    assert!(difference < TOLERANCE, "{what}: {actual} for {expected}");
}

/// Every outcome once, most probable first, with the expected log-probability.
#[track_caller]
fn assert_ranking(answer: &Classification, tags: &TagSet, expected: &[(Outcome, f64)], what: &str) {
    let ranking = &answer.ranking;
    assert!(ranking.is_sorted_by(|a, b| a.1 >= b.1), "{what}: unsorted");
    assert_eq!(ranking.len(), expected.len(), "{what}");
    for (outcome, log_prob) in expected {
        let id = outcome.map(|tag| tags.get(tag).id.clone());
        let found = ranking.iter().find(|(ranked, _)| *ranked == id);
        assert_close(found.unwrap().1, *log_prob, &format!("{what}, {id:?}"));
    }
}

/// Holds all scores of one answer against plain decoding, slot by slot.
fn assert_plain(model: &Model, tags: &str, options: ClassifierOptions, what: &str) {
    let DecideOptions { min_tags, .. } = options.decide;
    let mut classifier = classifier(engine(model), tags, options);
    for document in DOCUMENTS {
        let answer = classifier.classify("7462", document).unwrap();
        let tags = classifier.tags();
        let prompt = fed(&classifier.prompt("7462", document));
        let answers = answers(model, &classifier, "7462");
        let forced = answers.fed(&[]);
        let chosen: Vec<usize> = answer.tags.iter().map(|id| place(tags, id)).collect();
        for (at, &tag) in chosen.iter().enumerate() {
            let own = answers.tokens(&chosen);
            let (before, length) = (&chosen[..at], answers.fed(&chosen[..at]));
            let written = [&prompt[..], &own[forced..length]].concat();
            let slot = answers.slot(length, before, at >= min_tags);
            let scores = Plain::new(model, &written).scores(&slot);
            let log_prob = |outcome| scores.iter().find(|&&(o, _)| o == outcome).unwrap().1;
            let what = format!("{what}, {document:?}, tag {at}");
            assert_close(answer.log_probs[at], log_prob(Some(tag)), &what);
            let best = scores.iter().map(|s| s.1).fold(f64::NEG_INFINITY, f64::max);
            assert_close(answer.log_probs[at], best, &what);
            if at == 0 {
                assert_ranking(&answer, tags, &scores, &what);
            }
        }
    }
}

/// The answers to a document, by the tokenizer itself.
fn answers<'a>(model: &'a Model, classifier: &'a Classifier<LlamaEngine>, id: &str) -> Answers<'a> {
    Answers {
        tokenizer: model,
        head: answer_head(id),
        literals: classifier.spelling().literals(),
    }
}

/// A text of words and code that the tokenizers know, and of some they do not.
fn random_document(rng: &mut Rng) -> String {
    const WORDS: [&str; 16] = [
        "the ", "tags", "17", "33]", "7462,", "\n\n", "\":[", "{\"id\":", "lamp ", "of ", "灯塔",
        "🗼 ", "3", "### ", "_2", "x ",
    ];
    let words = (0..rng.usize(1..30)).map(|_| *rng.choice(&WORDS).unwrap());
    let text: String = words.collect();
    format!("{text}.")
}

/// A list of ids of one to six digits, short ones more often than long ones.
fn random_list(rng: &mut Rng) -> String {
    let mut ids = BTreeSet::new();
    for _ in 0..rng.usize(2..24) {
        let most = rng.u32(1..=6);
        let digits = rng.u32(1..=most);
        ids.insert(rng.u32(1..10_u32.pow(digits)));
    }
    let mut ids: Vec<u32> = ids.into_iter().collect();
    rng.shuffle(&mut ids);
    let tags: Vec<String> = ids
        .iter()
        .map(|id| format!(r#"{{"id":{id},"name":"n{id}"}}"#))
        .collect();
    format!("[{}]", tags.join(","))
}

/// The tags and the ranking of an answer, and all its numbers bit by bit.
fn bits(answer: &Classification) -> (Vec<Option<TagId>>, Vec<u64>) {
    let chosen = answer.tags.iter().cloned().map(Some);
    let ranked = answer.ranking.iter();
    let ids = chosen.chain(ranked.clone().map(|(id, _)| id.clone()));
    let numbers = answer.log_probs.iter().chain(ranked.map(|(_, p)| p));
    (ids.collect(), numbers.map(|p| p.to_bits()).collect())
}

#[derive(Deserialize)]
struct Fixture {
    id: String,
    wording: String,
    document: String,
    tags: Box<RawValue>,
    cases: Vec<Case>,
}

#[derive(Deserialize)]
struct Case {
    model: String,
    answer: String,
    tokens: Vec<i32>,
    /// In the order of the list, stopping last.
    normalized: Vec<f64>,
}

#[test]
fn scores_are_those_of_plain_decoding() {
    for name in MODELS {
        let model = model(name);
        for answer in ANSWERS {
            for (list, tags) in [NUMBERS, STRINGS, FEW].into_iter().enumerate() {
                let what = format!("{name}, {answer:?}, list {list}");
                let min_tags = if list == 2 { 0 } else { 3 };
                let options = options(answer, with_scores(min_tags, 3));
                assert_plain(&model, tags, options, &what);
            }
        }
    }
}

#[test]
fn the_ranking_with_stopping_is_that_of_plain_decoding() {
    for name in MODELS {
        let model = model(name);
        for answer in ANSWERS {
            let strategy = Strategy::Rank;
            let decide = DecideOptions {
                strategy,
                ..with_scores(0, 3)
            };
            let mut classifier = classifier(engine(&model), NUMBERS, options(answer, decide));
            for document in DOCUMENTS {
                let answer = classifier.classify("a", document).unwrap();
                let fed = fed(&classifier.prompt("a", document));
                let answers = answers(&model, &classifier, "a");
                let slot = answers.slot(answers.fed(&[]), &[], true);
                let scores = Plain::new(&model, &fed).scores(&slot);
                let what = format!("{name}, {document:?}");
                assert_ranking(&answer, classifier.tags(), &scores, &what);
            }
        }
    }
}

#[test]
fn scores_are_those_of_transformers() {
    let text = std::fs::read_to_string(fixture("scores.json")).unwrap();
    let fixture: Fixture = serde_json::from_str(&text).unwrap();
    assert_eq!(fixture.cases.len(), MODELS.len() * ANSWERS.len());
    for case in &fixture.cases {
        let what = format!("{}, {}", case.model, case.answer);
        let model = model(&case.model);
        let answer = match case.answer.as_str() {
            "name" => AnswerStyle::Name,
            _ => AnswerStyle::Id,
        };
        let mut options = options(answer, with_scores(0, 3));
        options.template = Template::parse(&fixture.wording).unwrap();
        let mut classifier = classifier(engine(&model), fixture.tags.get(), options);
        let fed = fed(&classifier.prompt(&fixture.id, &fixture.document));
        let fed: Vec<i32> = fed.iter().map(|token| token.0).collect();
        assert_eq!(
            fed, case.tokens,
            "{what}: the prompt changed; run `models/reference.py scores`"
        );
        let answer = classifier.classify(&fixture.id, &fixture.document).unwrap();
        let tags = classifier.tags();
        let outcomes = (0..tags.len()).map(Some).chain([None]);
        let expected: Vec<(Outcome, f64)> = outcomes.zip(case.normalized.clone()).collect();
        assert_ranking(&answer, tags, &expected, &what);
    }
}

#[test]
fn the_same_tags_come_out_with_and_without_scores() {
    let mut rng = Rng::with_seed(1);
    let mut seen = BTreeSet::new();
    for name in MODELS {
        let model = model(name);
        for round in 0..60 {
            let tags = random_list(&mut rng);
            let answer = ANSWERS[round % 2];
            let most = TagSet::parse(&tags).unwrap().len();
            let with = with_scores(rng.usize(0..=3).min(most), 3);
            let without = DecideOptions {
                scores: false,
                ..with.clone()
            };
            let mut with = classifier(engine(&model), &tags, options(answer, with));
            let mut without = classifier(engine(&model), &tags, options(answer, without));
            let (id, document) = (rng.u16(..).to_string(), random_document(&mut rng));
            let exact = with.classify(&id, &document).unwrap();
            let first = without.classify(&id, &document).unwrap();
            assert_eq!(first.tags, exact.tags, "{name}, {tags}, {id}, {document:?}");
            assert_eq!((first.log_probs, first.ranking), (vec![], vec![]));
            seen.insert(exact.tags.iter().map(TagId::to_string).collect::<Vec<_>>());
        }
    }
    // The answers are not all alike.
    assert!(seen.len() > 60, "{}", seen.len());
}

/// Classifies a document first, and again after others.
fn assert_same_after_others(budget: Budget, strategy: Strategy) {
    let mut rng = Rng::with_seed(2);
    let long: String = (0..32).map(|_| random_document(&mut rng)).collect();
    let others = ["x", &long[..], DOCUMENTS[2], DOCUMENTS[1]];
    for name in MODELS {
        let model = model(name);
        for answer in ANSWERS {
            let decide = DecideOptions {
                strategy,
                ..with_scores(2, 3)
            };
            let options = ClassifierOptions {
                budget,
                ..options(answer, decide)
            };
            let mut classifier = classifier(engine(&model), NUMBERS, options);
            let first = classifier.classify("7462", DOCUMENTS[0]).unwrap();
            for other in others {
                classifier.classify("other", other).unwrap();
                let again = classifier.classify("7462", DOCUMENTS[0]).unwrap();
                assert_eq!(bits(&again), bits(&first), "{name}, {answer:?}");
            }
        }
    }
}

#[test]
fn a_document_gets_the_same_bits_whatever_was_classified_before() {
    assert_same_after_others(Budget::Tokens(256), Strategy::Sequence);
    assert_same_after_others(Budget::Tokens(256), Strategy::Rank);
}

#[test]
fn a_document_gets_the_same_bits_after_the_context_has_grown() {
    assert_same_after_others(Budget::Full, Strategy::Sequence);
}

#[test]
fn the_batch_size_changes_no_tag_and_no_score() {
    let mut rng = Rng::with_seed(3);
    let documents: Vec<String> = (0..4).map(|_| random_document(&mut rng)).collect();
    for name in MODELS {
        let model = model(name);
        let answers = |n_batch| {
            let context = ContextOptions {
                n_batch,
                ..ContextOptions::default()
            };
            let engine = LlamaEngine::new(&model, context);
            let options = options(AnswerStyle::Id, with_scores(3, 3));
            let mut classifier = classifier(engine, NUMBERS, options);
            let answers = documents
                .iter()
                .map(|d| classifier.classify("7", d).unwrap());
            answers.collect::<Vec<_>>()
        };
        let expected = answers(ContextOptions::default().n_batch);
        for n_batch in [1, 33, 64, 100, 2048] {
            for (answer, expected) in answers(n_batch).iter().zip(&expected) {
                let what = format!("{name}, batch of {n_batch}");
                assert_eq!(answer.tags, expected.tags, "{what}");
                for (a, e) in answer.log_probs.iter().zip(&expected.log_probs) {
                    assert_close(*a, *e, &what);
                }
                for (id, log_prob) in &expected.ranking {
                    let found = answer.ranking.iter().find(|(ranked, _)| ranked == id);
                    assert_close(found.unwrap().1, *log_prob, &what);
                }
            }
        }
    }
}
