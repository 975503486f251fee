//! Everything that decides an answer, apart from the document.

/// Named values, in the order they are told in.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Settings {
    values: Vec<(String, String)>,
}

/// The setting that holds the tag list.
pub(super) const TAGS: &str = "tags";

/// The setting that holds what the model is.
const MODEL: &str = "model";

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

    /// The names of the settings that differ, each with its value in `before` and here.
    #[must_use]
    pub fn differences<'s>(&'s self, before: &'s Self) -> Vec<(&'s str, &'s str, &'s str)> {
        let mut names: Vec<&str> = self.names().collect();
        names.extend(before.names().filter(|name| self.get(name).is_none()));
        let value = |settings: &'s Self, name| settings.get(name).unwrap_or("not set");
        names
            .into_iter()
            .map(|name| (name, value(before, name), value(self, name)))
            .filter(|(name, was, is)| match *name {
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn differences_are_told_by_name() {
        let before = Settings::new()
            .with("budget", "300")
            .with("seed", "0")
            .with("old", "1");
        let now = Settings::new().with("budget", "1024").with("seed", "0");
        assert_eq!(now.differences(&now), []);
        let expected = [("budget", "300", "1024"), ("old", "1", "not set")];
        assert_eq!(now.differences(&before), expected);
    }

    #[test]
    fn another_name_makes_no_other_model() {
        let model = |identity, name| Settings::new().with_model(identity, name);
        let before = model("x:1", "a.gguf");
        assert_eq!(model("x:1", "b called c.gguf").differences(&before), []);
        let other = model("x:2", "a.gguf");
        let expected = [("model", "x:1 called a.gguf", "x:2 called a.gguf")];
        assert_eq!(other.differences(&before), expected);
        let old = Settings::new().with("model", "a.gguf 3 78af5f94892f3950");
        assert_eq!(before.differences(&old).len(), 1);
    }
}
