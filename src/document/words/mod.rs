//! Lists of words in text files beside this one: data, easy to correct.

use std::collections::HashSet;
use std::sync::LazyLock;

/// Names in HTML.
pub(in crate::document) static HTML: &str = include_str!("html.txt");
static ELEMENTS: LazyLock<HashSet<&str>> =
    LazyLock::new(|| listed(HTML, "element").into_iter().collect());

/// What stands behind `key:` in a list, over all its lines, separated by commas.
pub(in crate::document) fn listed(text: &'static str, key: &str) -> Vec<&'static str> {
    let lines = text.lines().filter_map(|line| line.split_once(": "));
    let own = lines.filter(|(name, _)| *name == key);
    own.flat_map(|(_, words)| words.split(", ")).collect()
}

/// Whether HTML has an element of this name, in lower case.
pub(in crate::document) fn is_element(name: &str) -> bool {
    ELEMENTS.contains(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_go_over_several_lines() {
        let text = "# A comment: no, list\na: one, two words\nb: x\na: three\n";
        assert_eq!(listed(text, "a"), ["one", "two words", "three"]);
        assert!(listed(text, "c").is_empty());
    }

    #[test]
    fn all_lists_are_lower_case_and_name_nothing_twice() {
        for (text, keys) in [
            (
                include_str!("topics.txt"),
                &[
                    "about",
                    "minor",
                    "install",
                    "contents",
                    "boilerplate",
                    "filler",
                    "install filler",
                    "install means",
                    "install link",
                ][..],
            ),
            (
                include_str!("images.txt"),
                &["source", "text", "whole text", "empty word"],
            ),
            (include_str!("languages.txt"), &["language", "around"]),
            (HTML, &["element", "address", "text", "look"]),
        ] {
            for key in keys {
                let words = listed(text, key);
                assert!(words.len() > 2, "{key}");
                for (n, word) in words.iter().enumerate() {
                    assert_eq!(*word, word.trim().to_lowercase(), "{key}");
                    assert!(!words[..n].contains(word), "{key}: {word} twice");
                }
            }
        }
    }
}
