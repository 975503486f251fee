//! Everything that decides an answer, apart from the document.

use std::fmt;

use crate::models::is_old_identity;

/// What stands for the model if none is asked.
pub const NO_MODEL: &str = "none";

/// Named values, in the order they are told in.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Settings {
    values: Vec<(String, String)>,
}

/// The setting that holds the tag list.
const TAGS: &str = "tags";

/// The setting that holds what the model is.
const MODEL: &str = "model";

/// The setting that says whether scores were computed.
const SCORES: &str = "scores";

/// What stands between a model's identity and its name, which is told but not compared.
const CALLED: &str = " called ";

impl Settings {
    /// No settings yet.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds one.
    #[must_use]
    pub fn with(mut self, name: &str, value: impl Into<String>) -> Self {
        self.values.push((name.to_owned(), value.into()));
        self
    }

    /// Adds the tag list, in a notation that can be parsed again.
    #[must_use]
    pub fn with_tags(self, json: &str) -> Self {
        self.with(TAGS, json)
    }

    /// Adds the model: by what it is told from others, and what it is called, which does not
    /// make it another.
    #[must_use]
    pub fn with_model(self, identity: &str, name: &str) -> Self {
        self.with(MODEL, format!("{identity}{CALLED}{name}"))
    }

    /// The identity and the name of a model's setting; one without a name is its own.
    #[must_use]
    pub fn model(value: &str) -> (&str, &str) {
        value.split_once(CALLED).unwrap_or((value, value))
    }

    /// The tag list.
    #[must_use]
    pub fn tags(&self) -> Option<&str> {
        self.get(TAGS)
    }

    /// Adds whether scores were computed.
    #[must_use]
    pub fn with_scores(self, computed: bool) -> Self {
        self.with(SCORES, if computed { "computed" } else { "none" })
    }

    /// Whether scores were computed.
    #[must_use]
    pub fn has_scores(&self) -> bool {
        self.get(SCORES) == Some("computed")
    }

    /// The settings that differ from what they were before, in the order they are told in.
    #[must_use]
    pub fn differences(&self, before: &Self) -> Vec<Difference> {
        let mut names: Vec<&str> = self.names().collect();
        names.extend(before.names().filter(|name| self.get(name).is_none()));
        let value = |settings: &Self, name| settings.get(name).unwrap_or("not set").to_owned();
        let differences = names.into_iter().map(|name| Difference {
            name: name.to_owned(),
            was: value(before, name),
            is: value(self, name),
        });
        differences
            .filter(|Difference { name, was, is }| match name.as_str() {
                MODEL => Self::model(was).0 != Self::model(is).0,
                _ => was != is,
            })
            .collect()
    }

    /// Names and values, in the order they are told in.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.values
            .iter()
            .map(|(name, value)| (name.as_str(), value.as_str()))
    }

    fn names(&self) -> impl Iterator<Item = &str> {
        self.iter().map(|(name, _)| name)
    }

    fn get(&self, name: &str) -> Option<&str> {
        self.iter()
            .find(|&(known, _)| known == name)
            .map(|(_, value)| value)
    }
}

/// A setting that is another than before.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Difference {
    /// Its name: `max-tags`.
    pub name: String,
    /// What it was.
    pub was: String,
    /// What it is.
    pub is: String,
}

impl Difference {
    /// Whether it is the model.
    #[must_use]
    pub fn is_of_model(&self) -> bool {
        self.name == MODEL
    }

    /// Whether it is the tag list.
    #[must_use]
    pub fn is_of_tags(&self) -> bool {
        self.name == TAGS
    }
}

/// In words.
impl fmt::Display for Difference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { name, was, is } = self;
        match name.as_str() {
            TAGS => f.write_str("the tag list is another"),
            SCORES if was == "none" => f.write_str("the scores were not computed"),
            "prompt" => f.write_str("the prompt template is another"),
            "first" => f.write_str("what is asked first, or its calibration, is another"),
            "calibration" => f.write_str("the calibration is another"),
            "evidence" => f.write_str("what speaks for tags beside the model is another"),
            "learned" => f.write_str("what was learned is another"),
            "id-in-prompt" => f.write_str("the model was shown documents' ids, or is now"),
            "chat" => f.write_str("the chat template is another, or was not used"),
            "spelling" => {
                f.write_str("answers were compared in other tokens by an earlier version")
            }
            MODEL => f.write_str(&other_model(was, is)),
            "version" => write!(f, "the version was `{was}` and is `{is}`"),
            _ => write!(f, "`{name}` was {was} and is {is}"),
        }
    }
}

/// How one model differs from another, by what is noted of them.
fn other_model(was: &str, is: &str) -> String {
    let ((was, old_name), (is, name)) = (Settings::model(was), Settings::model(is));
    let file = |identity: &str| identity.split(" + ").next().map(str::to_owned);
    if was == NO_MODEL {
        format!("no model was asked, and now `{name}` is")
    } else if is == NO_MODEL {
        format!("the model was `{old_name}`, and now none is asked")
    } else if is_old_identity(was) {
        format!(
            "the model was `{was}`, by name, size and beginning as earlier versions told models, \
             which does not show that it is this `{name}`"
        )
    } else if old_name != name {
        format!("the model was `{old_name}` and is `{name}`, with other content")
    } else if file(was) == file(is) {
        format!("the model is still called `{name}`, but an adapter on it is another")
    } else {
        format!("the model is still called `{name}`, but the content of its file is another")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn difference((name, was, is): (&str, &str, &str)) -> Difference {
        let [name, was, is] = [name, was, is].map(str::to_owned);
        Difference { name, was, is }
    }

    #[test]
    fn differences_are_told_by_name() {
        let before = Settings::new()
            .with("budget", "300")
            .with("seed", "0")
            .with("old", "1");
        let now = Settings::new().with("budget", "1024").with("seed", "0");
        assert_eq!(now.differences(&now), []);
        let expected = [("budget", "300", "1024"), ("old", "1", "not set")];
        assert_eq!(now.differences(&before), expected.map(difference));
        let words = now.differences(&before)[0].to_string();
        assert_eq!(words, "`budget` was 300 and is 1024");
    }

    #[test]
    fn another_name_makes_no_other_model() {
        let model = |identity, name| Settings::new().with_model(identity, name);
        let before = model("x:1", "a.gguf");
        assert_eq!(model("x:1", "b called c.gguf").differences(&before), []);
        let other = model("x:2", "a.gguf");
        let expected = [("model", "x:1 called a.gguf", "x:2 called a.gguf")];
        assert_eq!(other.differences(&before), expected.map(difference));
        let old = Settings::new().with("model", "a.gguf 3 78af5f94892f3950");
        assert_eq!(before.differences(&old).len(), 1);
    }
}
