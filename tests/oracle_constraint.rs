//! Every answer is valid, by three judges that share no code with the walk that
//! chose it: a JSON parser, the automaton over bytes, and llama.cpp's own grammar
//! sampler with the grammar that this program prints.

use std::collections::BTreeSet;

use fastrand::Rng;
use llama_cpp_2::llama_backend::LlamaBackend;
use llama_cpp_2::model::LlamaModel;
use llama_cpp_2::model::params::LlamaModelParams;
use llama_cpp_2::sampling::LlamaSampler;
use llama_cpp_2::token::LlamaToken;
use llama_cpp_2::token::data::LlamaTokenData;
use llama_cpp_2::token::data_array::LlamaTokenDataArray;
use llama_cpp_2::token_type::LlamaTokenAttr;
use minitag::classifier::{Asking, Long};
use minitag::constraint::{Joining, Language, gbnf};
use minitag::decide::Combining;
use minitag::engine::llama::{ContextOptions, LlamaEngine, Model};
use minitag::engine::{Branch, Engine};
use minitag::prompt::answer_head;
use minitag::vocab::{Token, spell, tokenize_continuation};
use minitag::{
    AnswerStyle, Budget, Classification, Classifier, ClassifierOptions, DecideOptions, ListStyle,
    Scaffold, Strategy, TagId, TagSet, Template,
};
use serde_json::{Value, json};

use crate::oracle_numbers::{fixture, model};
use crate::oracle_spelling::VOCABULARIES;

const MODELS: [&str; 4] = [
    "tiny-digits.gguf",
    "tiny-multi.gguf",
    "tiny-digits-2.gguf",
    "tiny-multi-2.gguf",
];

/// One model for each tokenizer.
const TOKENIZERS: [&str; 4] = VOCABULARIES;

/// A document for whose answers grammars are read.
const ID: &str = "7462";
const DOCUMENT: &str = "The 17 lamps of the coast.";

const ANSWERS: [AnswerStyle; 2] = [AnswerStyle::Id, AnswerStyle::Name];

/// How much of a document is read, and what is done with a longer one.
const READINGS: [(Budget, Long); 4] = [
    (Budget::Full, Long::Condense),
    (Budget::Tokens(1024), Long::Condense),
    (Budget::Tokens(8), Long::Condense),
    (Budget::Tokens(24), Long::Windows(Combining::Mean)),
];

/// What texts are made of: what JSON and the answer's own notation treat as
/// special, what tokenizers treat as special, and characters of one to four bytes.
const PIECES: [&str; 32] = [
    "\"",
    "\\",
    "\n",
    "\t",
    "\r",
    "\0",
    "\u{1f}",
    "\u{7f}",
    "/",
    "]",
    "}",
    "],",
    "]}",
    ",",
    "[",
    "{",
    ":",
    " ",
    "  ",
    "1",
    "17",
    "7462",
    "a",
    "tags",
    "é",
    "e\u{301}",
    "灯塔",
    "音乐",
    "👩\u{200d}🚀",
    "\u{202e}",
    "\u{10ffff}",
    "<|im_end|>",
];

fn random_text(rng: &mut Rng, pieces: std::ops::RangeInclusive<usize>) -> String {
    let pieces = (0..rng.usize(pieces)).map(|_| *rng.choice(&PIECES).unwrap());
    pieces.collect()
}

/// A document; never one of white space alone.
fn random_document(rng: &mut Rng) -> String {
    format!("{}.", random_text(rng, 0..=12))
}

/// An integer of 1 to 12 digits.
fn random_number(rng: &mut Rng) -> u64 {
    let digits = rng.u32(1..=12);
    rng.u64(10_u64.pow(digits - 1)..10_u64.pow(digits))
}

/// What the ids of a list look like.
#[derive(Clone, Copy, Debug)]
enum Ids {
    Numbers,
    /// Each the beginning of the next, or of another.
    Nested,
    Texts,
    Mixed,
}

impl Ids {
    const ALL: [Self; 4] = [Self::Numbers, Self::Nested, Self::Texts, Self::Mixed];

    fn random(self, rng: &mut Rng) -> Value {
        match self {
            Self::Numbers => json!(random_number(rng)),
            Self::Nested => {
                let digits = [
                    "170123456789",
                    "171717171717",
                    "746274627462",
                    "999999999999",
                ];
                let (all, length) = (rng.choice(digits).unwrap(), rng.usize(1..=12));
                json!(all[..length].parse::<u64>().unwrap())
            }
            Self::Texts => json!(random_text(rng, 0..=3)),
            Self::Mixed => rng
                .choice([Self::Numbers, Self::Nested, Self::Texts])
                .unwrap()
                .random(rng),
        }
    }
}

/// At most `count` tags, with ids and names that are not there yet.
fn random_list(rng: &mut Rng, ids: Ids, count: usize) -> TagSet {
    let (mut seen, mut names, mut tags) = (BTreeSet::new(), BTreeSet::new(), Vec::new());
    for _ in 0..count {
        let (id, name) = (ids.random(rng), random_text(rng, 1..=3));
        let trimmed = name.trim().to_owned();
        if !trimmed.is_empty() && !seen.contains(&id.to_string()) && names.insert(trimmed) {
            seen.insert(id.to_string());
            tags.push(json!({"id": id, "name": name}));
        }
    }
    if tags.is_empty() {
        tags.push(json!({"id": 17, "name": "the only one"}));
    }
    TagSet::parse(&Value::Array(tags).to_string()).unwrap()
}

fn options(answer: AnswerStyle, decide: DecideOptions) -> ClassifierOptions {
    ClassifierOptions {
        scaffold: Scaffold::chat_ml(),
        // The constraint is the same whatever the wording: a short one is faster.
        template: Template::parse("{{tags}}\n{{document}}").unwrap(),
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
    model: &'m Model,
    tags: &TagSet,
    options: ClassifierOptions,
) -> Classifier<LlamaEngine<'m>> {
    let engine = LlamaEngine::new(model, ContextOptions::default());
    Classifier::with_engine(engine, tags.clone(), options).unwrap()
}

fn random_decide(rng: &mut Rng, strategy: Strategy, tags: usize) -> DecideOptions {
    let max_tags = rng.usize(1..=6);
    DecideOptions {
        strategy,
        max_tags,
        min_tags: rng.usize(0..=max_tags.min(tags)),
        threshold: *rng.choice(&[0.0, 0.0, 0.0, 0.0, 0.05]).unwrap(),
        temperature: *rng.choice(&[0.0, 0.0, 0.0, 1.0, 5.0]).unwrap(),
        seed: rng.u64(..),
        permutations: *rng.choice(&[1, 1, 1, 3]).unwrap(),
        enough_lead: *rng.choice(&[None, Some(0.3)]).unwrap(),
        correction: None,
        scores: rng.u8(0..5) == 0,
    }
}

/// An answer as its tags' places in the list.
fn places(tags: &TagSet, answer: &Classification) -> Vec<usize> {
    let place = |id: &TagId| tags.iter().position(|tag| tag.id == *id).unwrap();
    answer.tags.iter().map(place).collect()
}

/// The text that the model writes for these tags, head and end included.
fn written(id: &str, literals: &[String], places: &[usize]) -> String {
    let tags: Vec<&str> = places.iter().map(|&p| literals[p].as_str()).collect();
    format!("{}{}]}}", answer_head(id), tags.join(","))
}

/// What a program that knows JSON and the list, and nothing else, would check.
#[track_caller]
fn assert_valid_json(text: &str, id: &str, literals: &[String], decide: &DecideOptions) {
    let answer: Value = serde_json::from_str(text).unwrap();
    assert_eq!(answer["id"], id, "{text}");
    assert_eq!(answer.as_object().unwrap().len(), 2, "{text}");
    let tags = answer["tags"].as_array().unwrap();
    let all: Vec<Value> = literals
        .iter()
        .map(|l| serde_json::from_str(l).unwrap())
        .collect();
    assert!(tags.iter().all(|tag| all.contains(tag)), "{text}");
    assert!(tags.len() <= decide.max_tags, "{text}");
    assert!(tags.len() >= decide.min_tags, "{text}");
    let different: BTreeSet<String> = tags.iter().map(Value::to_string).collect();
    assert_eq!(different.len(), tags.len(), "{text}");
}

/// Classifies random documents under a random list of about `count` tags; returns
/// how many tags the answers have together.
fn check_list(
    rng: &mut Rng,
    model: &Model,
    (ids, count): (Ids, usize),
    strategy: Strategy,
    documents: usize,
) -> usize {
    let tags = random_list(rng, ids, count);
    let decide = random_decide(rng, strategy, tags.len());
    let style = *rng.choice(&ANSWERS).unwrap();
    let literals = style.literals(&tags);
    let (budget, long) = *rng.choice(&READINGS).unwrap();
    let options = ClassifierOptions {
        budget,
        long,
        ..options(style, decide.clone())
    };
    let mut classifier = classifier(model, &tags, options);
    let mut named = 0;
    for _ in 0..documents {
        let (id, document) = (random_text(rng, 0..=3), random_document(rng));
        let answer = classifier.classify(&id, &document).unwrap();
        let places = places(&tags, &answer);
        let text = written(&id, &literals, &places);
        assert_valid_json(&text, &id, &literals, &decide);
        let head = answer_head(&id);
        let language = Language::new(&head, &literals, decide.min_tags, decide.max_tags);
        assert_eq!(language.read(text.as_bytes()), Some(places), "{text}");
        named += answer.tags.len();
    }
    named
}

/// Lists of every kind under every model: `rounds` short ones, which cost little,
/// and a long one. 16 × (26 × `rounds` + 1) answers.
fn check_answers(seed: u64, strategy: Strategy, rounds: usize) {
    let mut rng = Rng::with_seed(seed);
    let mut named = 0;
    for name in MODELS {
        let model = model(name);
        for ids in Ids::ALL {
            for _ in 0..rounds {
                let count = rng.usize(1..=5);
                named += check_list(&mut rng, &model, (ids, count), strategy, 26);
            }
            let count = rng.usize(20..=60);
            named += check_list(&mut rng, &model, (ids, count), strategy, 1);
        }
    }
    assert!(named > 1000, "few answers have tags: {named} in all");
}

/// A model loaded past this crate, for the grammar sampler alone.
fn raw_model(name: &str) -> LlamaModel {
    // llama.cpp is started once in a process, by the crate's first model; this is only
    // the proof of it that the function asks for. A static is never dropped.
    static STARTED: LlamaBackend = LlamaBackend {};
    drop(model(name));
    LlamaModel::load_from_file(&STARTED, fixture(name), &LlamaModelParams::default()).unwrap()
}

/// llama.cpp's own judgement of an answer, token by token.
struct Judge<'m> {
    model: &'m LlamaModel,
    sampler: LlamaSampler,
}

impl<'m> Judge<'m> {
    #[track_caller]
    fn new(model: &'m LlamaModel, grammar: &str) -> Self {
        let sampler = LlamaSampler::grammar(model, grammar, "root").unwrap();
        Self { model, sampler }
    }

    /// The best of the given tokens among those that may come next.
    fn best(&mut self, logits: impl IntoIterator<Item = (Token, f32)>) -> Option<Token> {
        let data = logits
            .into_iter()
            .map(|(token, logit)| LlamaTokenData::new(LlamaToken(token.0), logit, 0.0));
        let mut array = LlamaTokenDataArray::new(data.collect(), false);
        array.apply_sampler(&mut self.sampler);
        let left = array
            .data
            .iter()
            .filter(|data| data.logit() > f32::NEG_INFINITY);
        let best = left.max_by(|a, b| a.logit().total_cmp(&b.logit()));
        best.map(|data| Token(data.id().0))
    }

    fn allows(&mut self, token: Token) -> bool {
        self.best([(token, 0.0)]).is_some()
    }

    /// Accepts tokens up to the first that is not allowed, whose place it returns.
    fn refused(&mut self, tokens: &[Token]) -> Option<usize> {
        tokens.iter().position(|&token| {
            let allowed = self.allows(token);
            if allowed {
                self.sampler.accept(LlamaToken(token.0));
            }
            !allowed
        })
    }

    /// Accepts tokens, each of which has to be allowed.
    #[track_caller]
    fn accept(&mut self, tokens: &[Token], what: &str) {
        assert_eq!(self.refused(tokens), None, "{what}: {tokens:?}");
    }

    /// Whether the answer may end here.
    fn may_end(&mut self) -> bool {
        let end = self.model.vocab().eos();
        self.allows(Token(end.0))
    }
}

/// A list in which no tag's literal begins another's, in either style.
fn separate_list(rng: &mut Rng) -> TagSet {
    let first = rng.u32(10..60);
    let tags =
        (first..first + rng.u32(2..12)).map(|id| json!({"id": id, "name": format!("n {id}")}));
    TagSet::parse(&Value::Array(tags.collect()).to_string()).unwrap()
}

/// What plain greedy decoding under a grammar writes after the prompt.
fn greedy(
    model: &Model,
    raw: &LlamaModel,
    fed: &[Token],
    vocabulary: &[Token],
    (grammar, language): (&str, &Language),
) -> String {
    let mut engine = LlamaEngine::new(model, ContextOptions::default());
    let mut judge = Judge::new(raw, grammar);
    let head = answer_head(ID);
    judge.accept(&tokenize_continuation(&engine, &head), &head);
    let (last, before) = fed.split_last().unwrap();
    engine.reserve(fed.len(), fed.len() + 256).unwrap();
    engine.set_prefix(before).unwrap();
    engine.start(&[&[]]).unwrap();
    engine.append(0, &[*last]);
    let mut text = head.into_bytes();
    // A complete answer cannot go on; asking for more would end the process.
    while language.read(&text).is_none() {
        let (path, wanted) = (Vec::new(), vocabulary.to_vec());
        let logits = engine
            .log_probs(&[Branch {
                lane: 0,
                path,
                wanted,
            }])
            .unwrap();
        let choices = vocabulary.iter().copied().zip(logits[0].iter().copied());
        let token = judge.best(choices).unwrap();
        if raw.vocab().is_eog(LlamaToken(token.0)) {
            break;
        }
        judge.accept(&[token], "its own choice");
        engine.append(0, &[token]);
        text.extend(spell(&engine, &[token]));
        assert!(text.len() < 1000, "{}", String::from_utf8_lossy(&text));
    }
    String::from_utf8(text).unwrap()
}

/// Which tokens greedy decoding may use.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Vocabulary {
    All,
    /// All but those that stand for one byte: these write the characters that have
    /// a token of their own a second time.
    WithoutBytes,
}

/// The greedy answer to the prompt, under the printed grammar.
fn greedy_answer(
    (model, raw): (&Model, &LlamaModel),
    vocabulary: Vocabulary,
    tags: &TagSet,
    style: AnswerStyle,
    decide: &DecideOptions,
) -> String {
    let (min_tags, max_tags) = (decide.min_tags, decide.max_tags);
    let literals = style.literals(tags);
    let grammar = gbnf(Some(ID), &literals, min_tags, max_tags);
    assert!(grammar.exact);
    let language = Language::new(&answer_head(ID), &literals, min_tags, max_tags);
    let classifier = classifier(model, tags, options(style, decide.clone()));
    let prompt = classifier.prompt(ID, DOCUMENT);
    let segments = [&prompt.prefix, &prompt.document, &prompt.suffix];
    let fed = segments.map(|s| s.tokens.as_slice()).concat();
    let byte = |token: &i32| {
        raw.vocab()
            .attr(LlamaToken(*token))
            .contains(LlamaTokenAttr::Byte)
    };
    let tokens = (0..raw.vocab().n_tokens()).filter(|t| vocabulary == Vocabulary::All || !byte(t));
    let tokens: Vec<Token> = tokens.map(Token).collect();
    greedy(model, raw, &fed, &tokens, (&grammar.text, &language))
}

#[test]
fn sequence_answers_are_valid_whatever_the_list_and_the_document() {
    check_answers(1, Strategy::Sequence, 3);
}

#[test]
fn rank_answers_are_valid_whatever_the_list_and_the_document() {
    check_answers(2, Strategy::Rank, 2);
}

#[test]
#[ignore = "takes many minutes"]
fn a_hundred_thousand_answers_are_valid() {
    check_answers(3, Strategy::Sequence, 121);
    check_answers(4, Strategy::Rank, 121);
}

#[test]
fn llama_cpps_grammar_sampler_accepts_every_answer() {
    let mut rng = Rng::with_seed(3);
    for name in TOKENIZERS {
        let (model, raw) = (model(name), raw_model(name));
        for round in 0..16 {
            let tags = random_list(&mut rng, Ids::ALL[round % 4], 10);
            let decide = DecideOptions {
                max_tags: rng.usize(1..=3),
                temperature: 2.0,
                ..DecideOptions::default()
            };
            let style = ANSWERS[round / 4 % 2];
            let literals = style.literals(&tags);
            let mut classifier = classifier(&model, &tags, options(style, decide.clone()));
            for _ in 0..3 {
                let (id, document) = (random_text(&mut rng, 0..=3), random_document(&mut rng));
                let answer = classifier.classify(&id, &document).unwrap();
                let spelling = classifier.spelling();
                let (_, mut tokens) = spelling.forced(&model, &answer_head(&id));
                tokens.extend(spelling.answer(&model, &places(&tags, &answer)));
                for id in [Some(id.as_str()), None] {
                    let grammar = gbnf(id, &literals, decide.min_tags, decide.max_tags);
                    assert!(grammar.exact);
                    let mut judge = Judge::new(&raw, &grammar.text);
                    judge.accept(&tokens, &grammar.text);
                    assert!(judge.may_end(), "{}", grammar.text);
                }
            }
        }
    }
}

#[test]
fn llama_cpps_grammar_sampler_refuses_what_is_no_answer() {
    let literals = ["1", "17", "33", "\"a\\\"b\""].map(str::to_owned);
    for name in TOKENIZERS {
        let (model, raw) = (model(name), raw_model(name));
        let grammar = gbnf(Some(ID), &literals, 1, 2);
        let valid = |tags: &str| {
            let text = format!("{}{tags}", answer_head(ID));
            let mut judge = Judge::new(&raw, &grammar.text);
            let tokens = tokenize_continuation(&model, &text);
            judge.refused(&tokens).is_none() && judge.may_end()
        };
        for tags in ["1]}", "17]}", "17,1]}", "1,17]}", "\"a\\\"b\",33]}"] {
            assert!(valid(tags), "{name}: {tags}");
        }
        for tags in [
            "]}",
            "1,1]}",
            "17,17]}",
            "1,17,33]}",
            "7]}",
            "171]}",
            "1,]}",
            "1]",
            "1",
            "1 ]}",
            "\"a\\\"b\",\"a\\\"b\"]}",
            "\"a\"]}",
        ] {
            assert!(!valid(tags), "{name}: {tags}");
        }
    }
}

#[test]
fn greedy_decoding_under_the_printed_grammar_gives_valid_answers() {
    let mut rng = Rng::with_seed(4);
    for name in TOKENIZERS {
        let (model, raw) = (model(name), raw_model(name));
        for round in 0..16 {
            let tags = separate_list(&mut rng);
            let style = ANSWERS[round % 2];
            let decide = DecideOptions {
                min_tags: rng.usize(0..=2),
                ..DecideOptions::default()
            };
            let text = greedy_answer((&model, &raw), Vocabulary::All, &tags, style, &decide);
            let literals = style.literals(&tags);
            assert_valid_json(&text, ID, &literals, &decide);
            let language = Language::new(&answer_head(ID), &literals, decide.min_tags, 3);
            let places = language.read(text.as_bytes());
            assert!(places.is_some_and(|p| p.len() >= decide.min_tags), "{text}");
        }
    }
}

/// Where every tag is one token and the number of tags is given, the joint
/// probability of a tag is that of its token: the greedy choice is the best one.
#[test]
fn one_digit_ids_are_chosen_as_greedy_decoding_chooses_them() {
    let mut rng = Rng::with_seed(5);
    let (model, raw) = (model(TOKENIZERS[0]), raw_model(TOKENIZERS[0]));
    for _ in 0..8 {
        let mut ids: Vec<u8> = (0..10).collect();
        rng.shuffle(&mut ids);
        let tags: Vec<Value> = ids[..rng.usize(4..=10)]
            .iter()
            .map(|id| json!({"id": id, "name": format!("n{id}")}))
            .collect();
        let tags = TagSet::parse(&Value::Array(tags).to_string()).unwrap();
        let max_tags = rng.usize(1..=4);
        let decide = DecideOptions {
            min_tags: max_tags,
            max_tags,
            ..DecideOptions::default()
        };
        let text = greedy_answer(
            (&model, &raw),
            Vocabulary::WithoutBytes,
            &tags,
            AnswerStyle::Id,
            &decide,
        );
        let mut classifier = classifier(&model, &tags, options(AnswerStyle::Id, decide));
        let answer = classifier.classify(ID, DOCUMENT).unwrap();
        let literals = AnswerStyle::Id.literals(&tags);
        assert_eq!(written(ID, &literals, &places(&tags, &answer)), text);
    }
}

#[test]
fn llama_cpp_reads_the_largest_exact_grammar() {
    let (model, raw) = (model(TOKENIZERS[0]), raw_model(TOKENIZERS[0]));
    let ids = (1..=92).filter(|id| ![13, 50].contains(id));
    let literals: Vec<String> = ids.map(|id| id.to_string()).collect();
    let grammar = gbnf(Some(ID), &literals, 0, 3);
    assert!(grammar.exact);
    let mut judge = Judge::new(&raw, &grammar.text);
    let answer = written(ID, &literals, &[16, 1, 89]);
    judge.accept(&tokenize_continuation(&model, &answer), &answer);
    assert!(judge.may_end());
}
