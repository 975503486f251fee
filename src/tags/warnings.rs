//! What is worth a second look in a list that is valid.

use std::collections::HashMap;

use unicode_normalization::UnicodeNormalization;

use crate::tags::error::shorten;
use crate::tags::{Tag, TagSet};

/// A name longer than this, in characters, is probably a description.
const LONG_NAME: usize = 40;

/// One letter can be written as one character or as several (Unicode's normal forms).
const COMPOSED: &str = "look the same but are composed of different characters";

/// What is valid in a list but probably not meant, each in a sentence: names and ids that are
/// nearly the same, names with spaces around them, with control characters, or as long as a
/// description.
#[must_use]
pub fn warnings(tags: &TagSet) -> Vec<String> {
    let mut warnings = Vec::new();
    let mut folded: HashMap<String, &Tag> = HashMap::new();
    let mut spelled: HashMap<String, (&Tag, String)> = HashMap::new();
    for tag in tags {
        let name = tag.name.trim();
        let short = shorten(name);
        if name != tag.name {
            warnings.push(format!(
                "the name `{}` has spaces around it; the model sees them",
                shorten(&tag.name)
            ));
        }
        if name.chars().any(char::is_control) {
            warnings.push(format!(
                "the name `{short}` has control characters (`·`); the model sees them"
            ));
        }
        if name.chars().count() > LONG_NAME {
            warnings.push(format!(
                "the name `{short}` is very long; a `description` may be what is meant"
            ));
        }
        if let Some(other) = folded.insert(fold(name), tag) {
            let differ = if other.name.trim().nfc().eq(name.nfc()) {
                COMPOSED
            } else {
                "differ only in case or punctuation"
            };
            let other = shorten(other.name.trim());
            warnings.push(format!("the names `{other}` and `{short}` {differ}"));
        }
        let text = tag.id.to_text();
        if text.contains(';') {
            warnings.push(format!(
                "the id {} has a `;`, which separates tags in CSV: it is in quotes there",
                shorten(tag.id.as_json())
            ));
        }
        let composed: String = text.nfc().collect();
        if let Some((other, other_text)) = spelled.insert(composed, (tag, text.clone())) {
            let (one, two) = (shorten(other.id.as_json()), shorten(tag.id.as_json()));
            let differ = if other_text == text {
                "look the same but are a number and a text"
            } else {
                COMPOSED
            };
            warnings.push(format!("the ids {one} and {two} {differ}"));
        }
    }
    warnings
}

/// A name without what two spellings of one thing differ in.
fn fold(name: &str) -> String {
    name.nfkc()
        .filter(|c| c.is_alphanumeric())
        .flat_map(char::to_lowercase)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn near_duplicates_and_odd_names_are_warned_of() {
        let tags = TagSet::parse(
            r#"[{"id":1,"name":"web-app"},{"id":"1","name":"Web App "},{"id":2,"name":"C"},{"id":3,"name":"C++"}]"#,
        );
        assert_eq!(
            warnings(&tags.unwrap()),
            [
                "the name `Web App ` has spaces around it; the model sees them",
                "the names `web-app` and `Web App` differ only in case or punctuation",
                "the ids 1 and \"1\" look the same but are a number and a text",
                "the names `C` and `C++` differ only in case or punctuation",
            ]
        );
        let text = "[{\"id\":\"caf\u{e9}\",\"name\":\"\u{e4}\"},{\"id\":\"cafe\u{301}\",\"name\":\"a\u{308}\"}]";
        assert_eq!(
            warnings(&TagSet::parse(text).unwrap()),
            [
                "the names `\u{e4}` and `a\u{308}` look the same but are composed of different characters",
                "the ids \"caf\u{e9}\" and \"cafe\u{301}\" look the same but are composed of different characters"
            ]
        );
    }

    #[test]
    fn an_ordinary_list_is_not_warned_of() {
        let tags = TagSet::parse(r#"[{"id":1,"name":"ai"},{"id":17,"name":"lib"}]"#).unwrap();
        assert_eq!(warnings(&tags), [""; 0]);
    }
}
