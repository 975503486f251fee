//! The tokens of answers against the tokenizer itself: each answer's whole text is given to
//! it, with everything that may follow, and nothing is taken for granted of how it cuts.

use std::collections::BTreeSet;

use fastrand::Rng;
use minitag::classifier::Prompt;
use minitag::constraint::{Candidate, Joining, Spelling, joined_pieces};
use minitag::decide::{Decision, Evidence, decide};
use minitag::engine::llama::{ContextOptions, LlamaEngine, Model};
use minitag::engine::{Branch, Engine};
use minitag::prompt::answer_head;
use minitag::vocab::{Token, spell, tokenize_continuation};
use minitag::{AnswerStyle, Classifier, DecideOptions, TagSet};
use serde_json::{Value, json};

use crate::oracle_numbers::model;
use crate::oracle_scores::options;

/// One model for each vocabulary.
pub(crate) const VOCABULARIES: [&str; 4] = [
    "tiny-digits.gguf",
    "tiny-multi.gguf",
    "tiny-joined.gguf",
    "tiny-bytes.gguf",
];

const ANSWERS: [AnswerStyle; 2] = [AnswerStyle::Id, AnswerStyle::Name];

/// A tag's place in the list; `None` for no more tags.
pub(crate) type Outcome = Option<usize>;

/// The answers to one document, as texts and as what the tokenizer makes of them.
pub(crate) struct Answers<'a> {
    pub(crate) tokenizer: &'a Model,
    pub(crate) head: String,
    pub(crate) literals: &'a [String],
}

impl Answers<'_> {
    /// The tokens of the answer with these tags.
    pub(crate) fn tokens(&self, tags: &[usize]) -> Vec<Token> {
        let written: Vec<&str> = tags.iter().map(|&t| self.literals[t].as_str()).collect();
        let text = format!("{}{}]}}", self.head, written.join(","));
        let tokens = tokenize_continuation(self.tokenizer, &text);
        assert_eq!(spell(self.tokenizer, &tokens), text.as_bytes());
        tokens
    }

    /// How many tokens write what is common to all answers that begin with these tags,
    /// whether they end there or go on.
    pub(crate) fn fed(&self, chosen: &[usize]) -> usize {
        let end = self.tokens(chosen);
        let more = self.others(chosen).into_iter();
        let all = more.map(|next| self.tokens(&[chosen, &[next]].concat()));
        all.map(|other| common(&end, &other)).min().unwrap_or(0)
    }

    fn others(&self, chosen: &[usize]) -> Vec<usize> {
        let all = 0..self.literals.len();
        all.filter(|tag| !chosen.contains(tag)).collect()
    }

    /// What can be written at the slot behind some tags, behind so many tokens: the ways to
    /// write each outcome.
    pub(crate) fn slot(
        &self,
        fed: usize,
        chosen: &[usize],
        may_stop: bool,
    ) -> Vec<(Outcome, Vec<Vec<Token>>)> {
        let others = self.others(chosen);
        // With `more` bytes behind the tag itself.
        let paths = |tag: usize, more: usize| -> Vec<Vec<Token>> {
            let answer = [chosen, &[tag]].concat();
            let written: Vec<&str> = answer.iter().map(|&t| self.literals[t].as_str()).collect();
            let end = self.head.len() + written.join(",").len() + more;
            // Whatever tag of the list follows, one that was chosen before included: what an
            // end is counts the same in every slot.
            let next = (0..self.literals.len()).filter(|&next| next != tag);
            let longer = next.map(|next| self.tokens(&[&answer[..], &[next]].concat()));
            let all = longer.chain([self.tokens(&answer)]);
            let cut: BTreeSet<Vec<Token>> = all
                .map(|tokens| {
                    let reaches = |n: &usize| spell(self.tokenizer, &tokens[..*n]).len() >= end;
                    let length = (fed..=tokens.len()).find(reaches).unwrap();
                    tokens[fed..length].to_vec()
                })
                .collect();
            cut.into_iter().collect()
        };
        let complete: Vec<(usize, Vec<Vec<Token>>)> =
            others.iter().map(|&tag| (tag, paths(tag, 0))).collect();
        let all = 0..self.literals.len();
        // Tags that were chosen before count, too: 1 is told from 17 in every slot.
        let rivals: Vec<(usize, Vec<Vec<Token>>)> = all.map(|tag| (tag, paths(tag, 0))).collect();
        let begins = |tag: usize, path: &Vec<Token>| {
            let mut others = rivals.iter().filter(|&&(other, _)| other != tag);
            others.any(|(_, paths)| paths.iter().any(|other| other.starts_with(path)))
        };
        let mut outcomes: Vec<(Outcome, Vec<Vec<Token>>)> = complete
            .into_iter()
            .map(|(tag, ways)| {
                let open = ways.iter().any(|way| begins(tag, way));
                (Some(tag), if open { paths(tag, 1) } else { ways })
            })
            .collect();
        if may_stop {
            outcomes.push((None, vec![self.tokens(chosen)[fed..].to_vec()]));
        }
        outcomes
    }
}

fn common(one: &[Token], other: &[Token]) -> usize {
    let pairs = one.iter().zip(other);
    pairs.take_while(|(one, other)| one == other).count()
}

pub(crate) fn fed(prompt: &Prompt) -> Vec<Token> {
    let segments = [&prompt.prefix, &prompt.document, &prompt.suffix];
    segments.map(|s| s.tokens.as_slice()).concat()
}

/// Words, some of which begin or end with what a vocabulary may join with quotes and commas.
const NAMES: [&str; 28] = [
    "ai",
    "api",
    "web app",
    "c",
    "c++",
    ".net",
    "#",
    "a]",
    "[b",
    "x,y",
    "\"q\"",
    "say \"hi\"",
    "the",
    "tags",
    "灯塔",
    "音乐 player",
    "é",
    "back\\slash",
    "7",
    "17",
    "{}",
    ":",
    "- x",
    "x -",
    "cheese",
    "learning",
    "text editor",
    "text editors",
];

/// A list with names out of [`NAMES`] and ids of every kind.
fn random_list(rng: &mut Rng) -> TagSet {
    let mut names = NAMES.to_vec();
    rng.shuffle(&mut names);
    let names = &names[..rng.usize(1..9)];
    let kind = rng.u8(0..3);
    let mut seen = BTreeSet::new();
    let tags: Vec<Value> = names
        .iter()
        .filter_map(|name| {
            let most = rng.u32(1..=4);
            let number = rng.u32(0..10_u32.pow(most));
            let is_number = kind == 0 || kind == 2 && rng.bool();
            let id = if is_number {
                json!(number)
            } else {
                json!(name)
            };
            seen.insert(id.to_string())
                .then(|| json!({"id": id, "name": name}))
        })
        .collect();
    TagSet::parse(&Value::Array(tags).to_string()).unwrap()
}

/// Some tags of a list, none twice.
fn random_tags(rng: &mut Rng, length: usize) -> Vec<usize> {
    let mut all: Vec<usize> = (0..length).collect();
    rng.shuffle(&mut all);
    all.truncate(rng.usize(0..=length.min(3)));
    all
}

#[test]
fn what_is_fed_and_compared_are_the_tokenizers_own_tokens() {
    let mut rng = Rng::with_seed(1);
    let mut joined = 0;
    for name in VOCABULARIES {
        let model = model(name);
        for round in 0..60 {
            let tags = random_list(&mut rng);
            let literals = ANSWERS[round % 2].literals(&tags);
            let spelling = Spelling::new(&model, &literals, Joining::Whole).unwrap();
            let head = answer_head(["7462", "a \"b\" ,", "路径/README.md"][round % 3]);
            let (_, forced) = spelling.forced(&model, &head);
            let answers = Answers {
                tokenizer: &model,
                head,
                literals: &literals,
            };
            assert_eq!(forced.len(), answers.fed(&[]), "{name}: {literals:?}");
            for _ in 0..6 {
                let chosen = random_tags(&mut rng, literals.len());
                let tokens = [&forced[..], &spelling.answer(&model, &chosen)].concat();
                assert_eq!(
                    tokens,
                    answers.tokens(&chosen),
                    "{name}: {literals:?} {chosen:?}"
                );
                let (mut at, mut fed) = (spelling.first(), forced.len());
                for (slot, &tag) in chosen.iter().enumerate() {
                    let what = format!("{name}: {literals:?}, {:?}", &chosen[..slot]);
                    assert_slot(&at, &answers.slot(fed, &chosen[..slot], true), &what);
                    fed += at.stable(tag).len();
                    joined += usize::from(at.paths(Candidate::Tag(tag)).len() > 1);
                    at = spelling.after(&model, &at, tag);
                }
            }
        }
    }
    assert!(joined > 200, "few ends are joined: {joined}");
}

#[track_caller]
fn assert_slot(
    at: &minitag::constraint::Continuations,
    slot: &[(Outcome, Vec<Vec<Token>>)],
    what: &str,
) {
    for (outcome, paths) in slot {
        let candidate = outcome.map_or(Candidate::Stop, Candidate::Tag);
        assert_eq!(at.paths(candidate), paths, "{what}: {outcome:?}");
    }
}

/// The natural-log probability of each token of `answer` behind `fed`, by plain decoding.
fn teacher_forcing(model: &Model, fed: &[Token], answer: &[Token]) -> f64 {
    let mut engine = LlamaEngine::new(model, ContextOptions::default());
    let (&last, before) = fed.split_last().unwrap();
    engine.reserve(fed.len(), fed.len() + 256).unwrap();
    engine.set_prefix(before).unwrap();
    engine.start(&[&[]]).unwrap();
    engine.append(0, &[last]);
    let mut sum = 0.0;
    for &token in answer {
        let (path, wanted) = (Vec::new(), vec![token]);
        let branch = Branch {
            lane: 0,
            path,
            wanted,
        };
        sum += f64::from(engine.log_probs(&[branch]).unwrap()[0][0]);
        engine.append(0, &[token]);
    }
    sum
}

/// The sum of an answer's raw log-probabilities, slot by slot; `None` where it did not end by
/// stopping.
fn raw(decision: &Decision, tags: usize) -> Option<f64> {
    let ended = decision.slots.len() == decision.tags.len() + 1;
    let chosen = decision.tags.iter().map(|&tag| Candidate::Tag(tag));
    let chosen = chosen.chain([Candidate::Stop]);
    let slots = decision.slots.iter().zip(&decision.certainty.masses);
    let raw = chosen.zip(slots).map(|(choice, (slot, mass))| {
        let found = slot.iter().find(|(candidate, _)| *candidate == choice);
        found.unwrap().1 + mass.ln()
    });
    (ended && tags > 0).then(|| raw.sum())
}

#[test]
fn the_slots_of_an_answer_add_up_to_the_probability_of_its_text() {
    let mut rng = Rng::with_seed(2);
    let mut compared = [0; 4];
    for (vocabulary, name) in VOCABULARIES.into_iter().enumerate() {
        let model = model(name);
        for round in 0..40 {
            let tags = random_list(&mut rng);
            let answer = ANSWERS[round % 2];
            let drawn = DecideOptions {
                max_tags: 4,
                temperature: 3.0,
                seed: rng.u64(..),
                scores: true,
                ..DecideOptions::default()
            };
            let engine = LlamaEngine::new(&model, ContextOptions::default());
            let options = options(answer, drawn.clone());
            let mut classifier = Classifier::with_engine(engine, tags, options).unwrap();
            let prompt = classifier.prompt("7", "The lamps of the coast.");
            classifier.follow(&[&prompt], &[]).unwrap();
            let literals = classifier.spelling().literals().to_vec();
            let spelling = Spelling::new(&model, &literals, Joining::Whole).unwrap();
            // The same sequence once more, and the decision itself.
            let engine = classifier.engine_mut();
            engine.start(&[&prompt.document.tokens]).unwrap();
            engine.append(0, &prompt.suffix.tokens);
            let decision = decide(engine, &[&Evidence::default()], &spelling, &drawn)
                .unwrap()
                .remove(0);
            let Some(raw) = raw(&decision, literals.len()) else {
                continue;
            };
            let answers = Answers {
                tokenizer: &model,
                head: answer_head("7"),
                literals: &literals,
            };
            let tokens = answers.tokens(&decision.tags);
            let forced = answers.fed(&[]);
            let expected = teacher_forcing(&model, &fed(&prompt), &tokens[forced..]);
            let what = format!("{name}: {literals:?}, {:?}", decision.tags);
            assert!(
                (raw - expected).abs() < 1e-4 * expected.abs().max(1.0),
                "{what}: {raw} for {expected}"
            );
            compared[vocabulary] += 1;
        }
    }
    assert!(compared.iter().all(|&n| n > 8), "{compared:?}");
}

#[test]
fn vocabularies_say_what_they_join() {
    let joined = |name| joined_pieces(&model(name)).join(" ");
    assert_eq!(joined("tiny-digits.gguf"), "\": \", \":[ \",\" ]}");
    let answers = "{\" \":\" \",\" \":[\" \"]} \":[ ]} \":[]}";
    assert_eq!(joined("tiny-joined.gguf"), answers);
    assert_eq!(joined("tiny-bytes.gguf"), answers);
}
