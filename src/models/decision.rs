//! Decision models: files made to answer typed questions about a text, each with one look at it.
//!
//! Their header names a type, which says how a question is asked and where its answer is read.
//! Types and keys are those of llama.cpp (`common_decision_type` in `common/common.h`), whose
//! server answers them at `/v1/systemone`.

use std::collections::BTreeMap;
use std::fmt;

use serde::{Serialize, Serializer};

/// Where the template of the questions stands.
pub const DECISION_TEMPLATE: &str = "tokenizer.chat_template.systemone";

/// What can be asked, as header and template call it.
const QUESTIONS: [&str; 3] = ["choice", "score", "noul"];

/// For how many options a temperature can be, as headers call it.
const BUCKETS: [&str; 7] = ["small", "mid", "large", "2", "3_5", "6_10", "11"];

/// How a decision model is asked and read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum DecisionKind {
    /// One letter for each option, `A` to `Z` and `a` to `z`.
    OpenJev,
    /// One code for each option; the prompt can list several questions about the text.
    Nimble,
    /// One code for each option, in two orders; yes or no on a scale of nine ratings.
    Lev,
    /// Hidden states of the question and of each option.
    Kev,
    /// A marker in front of each option, which an encoder gives a score.
    Laya,
    /// A second network behind the model, for all options together.
    Clef,
    /// None of these.
    Other(String),
}

impl DecisionKind {
    fn of(name: &str) -> Self {
        let known = [
            Self::OpenJev,
            Self::Nimble,
            Self::Lev,
            Self::Kev,
            Self::Laya,
            Self::Clef,
        ];
        let known = known.into_iter().find(|kind| kind.name() == name);
        known.unwrap_or_else(|| Self::Other(name.to_owned()))
    }

    /// As headers call it.
    #[must_use]
    pub fn name(&self) -> &str {
        match self {
            Self::OpenJev => "openjev",
            Self::Nimble => "nimble",
            Self::Lev => "lev",
            Self::Kev => "kev",
            Self::Laya => "laya",
            Self::Clef => "clef",
            Self::Other(name) => name,
        }
    }

    /// Where an answer is read, in words.
    #[must_use]
    pub fn reads(&self) -> &'static str {
        match self {
            Self::OpenJev => "the probability of a letter for each option",
            Self::Nimble => "the probability of a code for each option",
            Self::Lev => {
                "the probability of a code for each option, in two orders; yes or no from nine \
                 ratings"
            }
            Self::Kev => "hidden states of the question and of each option",
            Self::Laya => "scores of an encoder at each option",
            Self::Clef => "scores of a second network behind the model",
            Self::Other(_) => "unknown",
        }
    }

    /// Whether the answer is read from the probabilities of the next token.
    #[must_use]
    pub fn is_read_from_tokens(&self) -> bool {
        matches!(self, Self::OpenJev | Self::Nimble | Self::Lev)
    }

    /// Whether "true" is the first option of a yes/no question.
    #[must_use]
    pub fn is_true_first(&self) -> bool {
        *self == Self::OpenJev
    }
}

impl fmt::Display for DecisionKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl Serialize for DecisionKind {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.name())
    }
}

/// Why a decision model cannot be asked.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum DecisionError {
    /// Its answers stand where this program does not read.
    #[error(
        "it is a decision model of type `{kind}`, which is not run here: its answers are not the \
         probabilities of tokens, but {}", kind.reads()
    )]
    Elsewhere {
        /// Its type.
        kind: DecisionKind,
    },
    /// A type that is not known.
    #[error(
        "it is a decision model of the unknown type `{0}`; `openjev`, `nimble` and `lev` are run \
         here"
    )]
    Unknown(String),
    /// It does not say how it is asked.
    #[error("it is a decision model, but its header does not say `{DECISION_TEMPLATE}`")]
    NoTemplate,
    /// A temperature that is none.
    #[error("its header says `{key}` is {value}; it must be a number above 0")]
    Temperature {
        /// Its key.
        key: String,
        /// What stands there.
        value: String,
    },
}

/// What a decision model's header says of it.
#[derive(Clone, Debug, PartialEq)]
pub struct DecisionModel {
    /// How it is asked and read.
    pub kind: DecisionKind,
    /// What its questions are rendered with; empty if it does not say.
    pub template: String,
    /// What logits are divided by, by question, or by question and number of options.
    pub temperatures: BTreeMap<String, f32>,
    /// A temperature that is none.
    wrong: Option<DecisionError>,
}

impl DecisionModel {
    /// Reads metadata by key; `None` of a model that is none.
    #[must_use]
    pub fn read(metadata: &dyn Fn(&str) -> Option<String>) -> Option<Self> {
        let architecture = metadata("general.architecture")?;
        let kind = DecisionKind::of(&metadata(&format!("{architecture}.decision.type"))?);
        let mut temperatures = BTreeMap::new();
        let mut wrong = None;
        let buckets = BUCKETS.map(|bucket| format!(".{bucket}"));
        for question in QUESTIONS {
            for bucket in [""].into_iter().chain(buckets.iter().map(String::as_str)) {
                let name = format!("{question}{bucket}");
                let key = format!("{architecture}.decision.temperature.{name}");
                let Some(value) = metadata(&key) else {
                    continue;
                };
                match value.parse() {
                    Ok(temperature) if temperature > 0.0 && f32::is_finite(temperature) => {
                        temperatures.insert(name, temperature);
                    }
                    _ => wrong = wrong.or(Some(DecisionError::Temperature { key, value })),
                }
            }
        }
        Some(Self {
            kind,
            template: metadata(DECISION_TEMPLATE).unwrap_or_default(),
            temperatures,
            wrong,
        })
    }

    /// Whether this program can ask it.
    ///
    /// # Errors
    /// [`DecisionError`] says why not.
    pub fn check(&self) -> Result<(), DecisionError> {
        match &self.kind {
            DecisionKind::Other(name) => return Err(DecisionError::Unknown(name.clone())),
            kind if !kind.is_read_from_tokens() => {
                let kind = kind.clone();
                return Err(DecisionError::Elsewhere { kind });
            }
            _ => {}
        }
        if self.template.is_empty() {
            return Err(DecisionError::NoTemplate);
        }
        self.wrong.clone().map_or(Ok(()), Err)
    }

    /// What the logits of a question's options are divided by, for so many options.
    #[must_use]
    pub fn temperature(&self, question: &str, options: usize) -> f64 {
        let bucket = match (&self.kind, options) {
            (DecisionKind::Lev, ..=8) => "small",
            (DecisionKind::Lev, ..=26) => "mid",
            (DecisionKind::Lev, _) => "large",
            (_, ..=2) => "2",
            (_, ..=5) => "3_5",
            (_, ..=10) => "6_10",
            _ => "11",
        };
        let of_options = self.temperatures.get(&format!("{question}.{bucket}"));
        let known = of_options.or_else(|| self.temperatures.get(question));
        known.map_or(1.0, |&temperature| f64::from(temperature))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(pairs: &[(&str, &str)]) -> Option<DecisionModel> {
        DecisionModel::read(&|key| {
            let key = key.replace("x.decision.", "");
            let pair = pairs.iter().find(|(known, _)| *known == key);
            pair.map(|(_, value)| (*value).to_owned())
        })
    }

    const LEV: [(&str, &str); 6] = [
        ("general.architecture", "x"),
        ("type", "lev"),
        (DECISION_TEMPLATE, "{{ state }}"),
        ("temperature.choice", "1.5"),
        ("temperature.choice.mid", "2.5"),
        ("temperature.noul", "0.75"),
    ];

    #[test]
    fn the_closest_temperature_counts() {
        let lev = read(&LEV).unwrap();
        let temperature = |question, options| lev.temperature(question, options);
        assert_eq!(lev.check(), Ok(()));
        let choices = [8, 9, 26, 27].map(|options| temperature("choice", options));
        assert_eq!(choices.map(|t| t.to_string()), ["1.5", "2.5", "2.5", "1.5"]);
        assert_eq!(temperature("noul", 2).to_string(), "0.75");
        assert_eq!(temperature("score", 4).to_string(), "1");
        let of_two = ("temperature.choice.2", "3");
        let openjev = read(&[LEV[0], ("type", "openjev"), of_two, LEV[3]]).unwrap();
        assert_eq!(openjev.temperature("choice", 2).to_string(), "3");
        assert_eq!(openjev.temperature("choice", 3).to_string(), "1.5");
    }

    #[test]
    fn most_models_are_none() {
        assert_eq!(read(&LEV[..1]), None);
        assert_eq!(read(&LEV[1..]), None);
    }

    #[test]
    fn what_cannot_be_asked_is_said() {
        let error = |pairs: &[(&str, &str)]| {
            let with_architecture = [&LEV[..1], pairs].concat();
            let error = read(&with_architecture).unwrap().check().unwrap_err();
            error.to_string()
        };
        assert_eq!(
            error(&[("type", "kev")]),
            "it is a decision model of type `kev`, which is not run here: its answers are not \
             the probabilities of tokens, but hidden states of the question and of each option"
        );
        assert_eq!(
            error(&[("type", "mev")]),
            "it is a decision model of the unknown type `mev`; `openjev`, `nimble` and `lev` are \
             run here"
        );
        assert_eq!(
            error(&[("type", "lev")]),
            "it is a decision model, but its header does not say \
             `tokenizer.chat_template.systemone`"
        );
        for value in ["0", "-1", "inf", "NaN", "warm"] {
            assert_eq!(
                error(&[LEV[1], LEV[2], ("temperature.noul", value)]),
                format!(
                    "its header says `x.decision.temperature.noul` is {value}; it must be a \
                     number above 0"
                )
            );
        }
    }
}
