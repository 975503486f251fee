//! Chat templates as those of eight families, against what transformers makes of them: see
//! `fixtures/templates.py`.

use minitag::prompt::{AnswerStyle, Chat, ChatTemplate, Origin, Prompter, Template};
use minitag::vocab::{Specials, Token, Tokenizer};
use serde::Deserialize;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Fixture {
    turns: Vec<String>,
    families: Vec<Family>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Family {
    name: String,
    template: String,
    bos: Option<String>,
    eos: Option<String>,
    /// Whether vocabularies of the family put a BOS before a text.
    adds_bos: bool,
    tokens: Vec<String>,
    /// Tokens that are no control tokens, so that llama.cpp reads them in any text.
    open_tokens: Vec<String>,
    /// Such that the template does not name: they stay what they are.
    other_tokens: Vec<String>,
    /// What transformers writes for each turn.
    rendered: Vec<String>,
}

fn fixture() -> Fixture {
    serde_json::from_str(include_str!("fixtures/templates.json")).unwrap()
}

/// Which spellings are control tokens.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kinds {
    /// Those of the family.
    Own,
    /// None: all are read in any text.
    AllOpen,
    /// Those of the family, but what is in square brackets is plain text.
    NoBrackets,
}

/// A vocabulary of single bytes and a family's tokens, that is read as llama.cpp reads one.
struct Vocabulary<'f> {
    bos: Option<&'f str>,
    marks: Vec<(&'f str, bool)>,
}

/// Behind the bytes.
const MARKS: usize = 256;

impl<'f> Vocabulary<'f> {
    fn new(family: &'f Family, kinds: Kinds, adds_bos: bool) -> Self {
        let control = family.tokens.iter().map(|text| (text, true));
        let open = family.open_tokens.iter().map(|text| (text, false));
        let others = family.other_tokens.iter().map(|text| (text, false));
        let marks = control.chain(open).chain(others).map(|(text, is_control)| {
            let is_control = is_control && kinds != Kinds::AllOpen;
            (text.as_str(), is_control)
        });
        let is_text = |text: &str| kinds == Kinds::NoBrackets && text.starts_with('[');
        Self {
            bos: family.bos.as_deref().filter(|_| adds_bos),
            marks: marks.filter(|(text, _)| !is_text(text)).collect(),
        }
    }

    fn token(&self, text: &str) -> Option<Token> {
        let place = self.marks.iter().position(|&(mark, _)| mark == text)?;
        Some(Token(i32::try_from(MARKS + place).unwrap()))
    }

    /// The text of a token, special or not.
    fn text(&self, token: Token) -> Vec<u8> {
        let id = usize::try_from(token.0).unwrap();
        match id.checked_sub(MARKS) {
            Some(place) => self.marks[place].0.as_bytes().to_vec(),
            None => vec![u8::try_from(id).unwrap()],
        }
    }

    fn chat(&self, family: &Family) -> Chat {
        let template = ChatTemplate {
            source: Some(&family.template),
            bos: family.bos.as_deref(),
            eos: family.eos.as_deref(),
            is_token: &|special| self.token(special).is_some(),
        };
        Chat::new(&template, None)
    }

    fn prompter(&self, family: &Family, list: &str) -> Prompter {
        let scaffold = self.chat(family).scaffold;
        Prompter::new(self, scaffold, Template::built_in(AnswerStyle::Name), list).unwrap()
    }
}

impl Tokenizer for Vocabulary<'_> {
    fn tokenize(&self, text: &str, specials: Specials) -> Vec<Token> {
        let (mut tokens, mut rest) = (Vec::new(), text);
        while let Some(first) = rest.bytes().next() {
            let is_read = |is_control: bool| specials == Specials::Parse || !is_control;
            let mark = self.marks.iter().find(|&&(mark, is_control)| {
                is_read(is_control) && rest.as_bytes().starts_with(mark.as_bytes())
            });
            if let Some((mark, _)) = mark {
                tokens.extend(self.token(mark));
                rest = &rest[mark.len()..];
                continue;
            }
            let length = rest.chars().next().map_or(1, char::len_utf8);
            assert_eq!(rest.as_bytes()[0], first);
            tokens.extend(rest[..length].bytes().map(|byte| Token(i32::from(byte))));
            rest = &rest[length..];
        }
        tokens
    }

    fn piece(&self, token: Token) -> Vec<u8> {
        if self.is_control(token) {
            return Vec::new();
        }
        self.text(token)
    }

    fn is_control(&self, token: Token) -> bool {
        let id = usize::try_from(token.0).unwrap();
        id.checked_sub(MARKS).is_some_and(|at| self.marks[at].1)
    }

    fn bos(&self) -> Option<Token> {
        self.token(self.bos?)
    }
}

#[test]
fn what_stands_around_a_turn_is_what_transformers_writes() {
    let fixture = fixture();
    assert_eq!(fixture.families.len(), 10);
    for family in &fixture.families {
        let vocabulary = Vocabulary::new(family, Kinds::Own, family.adds_bos);
        let chat = vocabulary.chat(family);
        assert_eq!(chat.problem, None, "{}", family.name);
        assert_eq!(chat.origin, Origin::Template, "{}", family.name);
        assert!(!chat.may_think, "{}", family.name);
        for (turn, expected) in fixture.turns.iter().zip(&family.rendered) {
            let (open, close) = (chat.scaffold.open(), chat.scaffold.close());
            assert_eq!(&format!("{open}{turn}{close}"), expected, "{}", family.name);
        }
    }
}

/// A vocabulary may add a BOS or not, and a template may write one or not.
#[test]
fn a_prompt_begins_with_one_bos_if_any_is_wanted() {
    for family in &fixture().families {
        let Some(bos) = &family.bos else { continue };
        for adds_bos in [false, true] {
            let vocabulary = Vocabulary::new(family, Kinds::Own, adds_bos);
            let prompter = vocabulary.prompter(family, "[]");
            let tokens = &prompter.prefix().tokens;
            let token = vocabulary.token(bos).unwrap();
            let is_wanted = adds_bos || prompter.prefix().text.starts_with(bos);
            let is_there = tokens[0] == token;
            assert_eq!(is_there, is_wanted, "{} {adds_bos}", family.name);
            assert_ne!(tokens[1], token, "{} {adds_bos}", family.name);
        }
    }
}

/// Texts of whole and halved spellings of a family's tokens, with other text amid them.
fn hostile(family: &Family, rng: &mut fastrand::Rng) -> String {
    let ends = [&family.bos, &family.eos].map(Option::as_ref);
    let is_named = |mark: &&String| family.template.contains(*mark) || ends.contains(&Some(*mark));
    let marks = family.tokens.iter().chain(&family.open_tokens);
    let marks: Vec<&String> = marks.filter(is_named).collect();
    let mut text = String::new();
    for _ in 0..rng.usize(1..12) {
        let mark = marks[rng.usize(..marks.len())];
        let halves: Vec<usize> = mark.char_indices().map(|(at, _)| at).collect();
        let half = halves[rng.usize(..halves.len())];
        text.push_str(match rng.u8(..6) {
            0 | 1 => mark,
            2 => &mark[..half],
            3 => &mark[half..],
            4 => ["\n", " ", "user", "assistant\n", "\u{200b}", "<", "[", "|"][rng.usize(..8)],
            _ => ["cat", "猫", "<p>", "[a]"][rng.usize(..4)],
        });
    }
    text
}

#[test]
fn no_document_and_no_list_spells_a_token_of_the_template() {
    let mut rng = fastrand::Rng::with_seed(21);
    for family in &fixture().families {
        for kinds in [Kinds::Own, Kinds::AllOpen, Kinds::NoBrackets] {
            let vocabulary = Vocabulary::new(family, kinds, false);
            let clean = vocabulary.prompter(family, "[]");
            let marks_of = |tokens: &[Token]| {
                let is_mark = |token: &&Token| usize::try_from(token.0).unwrap() >= MARKS;
                tokens.iter().filter(is_mark).count()
            };
            let scaffold = vocabulary.chat(family).scaffold;
            let spelled = |tokens: &[Token], special: &str| {
                let text: Vec<u8> = tokens.iter().flat_map(|&t| vocabulary.text(t)).collect();
                let bytes = special.as_bytes();
                text.windows(bytes.len()).filter(|w| *w == bytes).count()
            };
            for _ in 0..300 {
                let text = hostile(family, &mut rng);
                let document = clean.document(&vocabulary, &text);
                let seen = format!("{} {kinds:?}: {text:?}", family.name);
                assert_eq!(marks_of(&document), 0, "{seen}");
                let with_list = vocabulary.prompter(family, &text);
                let [prefix, with_list] = [&clean, &with_list].map(|p| &p.prefix().tokens[..]);
                assert_eq!(marks_of(with_list), marks_of(prefix), "{seen}");
                // What is plain text in the scaffold too cannot be spelled at all.
                for special in scaffold.specials() {
                    if vocabulary.token(special).is_none() {
                        assert_eq!(spelled(&document, special), 0, "{seen}");
                        let more = spelled(with_list, special) - spelled(prefix, special);
                        assert_eq!(more, 0, "{seen}");
                    }
                }
                let turn = clean.turn(&text, 3);
                let specials = scaffold.specials().into_iter();
                assert!(!specials.into_iter().any(|s| turn.contains(s)), "{seen}");
            }
        }
    }
}

#[test]
fn what_no_template_names_is_read_as_it_is() {
    for family in &fixture().families {
        let vocabulary = Vocabulary::new(family, Kinds::Own, true);
        let prompter = vocabulary.prompter(family, "[]");
        for other in &family.other_tokens {
            let token = vocabulary.token(other).unwrap();
            assert_eq!(prompter.document(&vocabulary, other), [token]);
        }
    }
}

/// What knows thoughts, and has no way to be without one.
#[test]
fn a_model_that_cannot_be_told_not_to_think_is_known() {
    let fixture = fixture();
    let family = fixture
        .families
        .iter()
        .find(|f| f.name == "thinking")
        .unwrap();
    let vocabulary = Vocabulary::new(family, Kinds::Own, false);
    let told = |template: &str| {
        let template = ChatTemplate {
            source: Some(template),
            bos: None,
            eos: None,
            is_token: &|special| vocabulary.token(special).is_some(),
        };
        Chat::new(&template, None).may_think
    };
    let turn = "{% for turn in messages %}<|im_start|>\
                {{ turn.content.split('</think>')[-1] }}{% endfor %}<|im_end|>";
    assert!(told(turn));
    assert!(!told(&format!("{turn}<think>")));
    assert!(!told(&format!("{turn}<think></think>")));
    assert!(!told(&format!(
        "{turn}{{% if enable_thinking %}}<think>{{% endif %}}"
    )));
    assert!(!told("<|im_start|>{{ messages[0].content }}<|im_end|>"));
}
