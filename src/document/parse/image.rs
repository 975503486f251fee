//! Images: which are badges, and which have a text that says something.

use std::sync::LazyLock;

use crate::document::parse::text::{has_letters, is_wide};
use crate::document::words::listed;

/// The lists of words, as they stand in the file.
static KNOWN: LazyLock<Known> = LazyLock::new(|| {
    let text = include_str!("../words/images.txt");
    Known {
        sources: listed(text, "source"),
        texts: listed(text, "text"),
        whole: listed(text, "whole text"),
        empty: listed(text, "empty word"),
    }
});

struct Known {
    /// Parts of badges' addresses.
    sources: Vec<&'static str>,
    /// Parts of the texts that stand for badges.
    texts: Vec<&'static str>,
    /// Such texts as a whole.
    whole: Vec<&'static str>,
    /// Words that name the kind of picture and not what is in it.
    empty: Vec<&'static str>,
}

/// Whether an image is a badge, a counter or a button.
pub(super) fn is_badge(source: &str, alt: &str) -> bool {
    let (source, alt) = (source.to_lowercase(), alt.trim().to_lowercase());
    KNOWN.sources.iter().any(|part| source.contains(part))
        || KNOWN.texts.iter().any(|part| alt.contains(part))
        || KNOWN.whole.contains(&alt.as_str())
        || alt.ends_with(" status")
}

/// Whether the text of an image says something.
pub(super) fn says_something(alt: &str) -> bool {
    let wide = alt.chars().filter(|&c| is_wide(c)).count();
    is_text(alt) && (words(alt).count() >= 3 || wide >= 6)
}

/// The name on a logo: its text, without "logo" and the like where it is short.
pub(super) fn name(alt: &str) -> Option<String> {
    let told: Vec<&str> = words(alt).collect();
    let is_name = is_text(alt) && has_letters(&told.join(" "));
    is_name.then(|| {
        if told.len() < 4 {
            told.join(" ")
        } else {
            alt.to_owned()
        }
    })
}

/// The words that tell.
fn words(alt: &str) -> impl Iterator<Item = &str> {
    let is_telling = |word: &&str| {
        let word = word
            .trim_matches(|c: char| !c.is_alphanumeric())
            .to_lowercase();
        !word.is_empty() && !KNOWN.empty.contains(&word.as_str())
    };
    alt.split_whitespace().filter(is_telling)
}

/// Whether a text is one, and not an address or a file's name.
fn is_text(alt: &str) -> bool {
    let extension = alt.rsplit_once('.').map_or("", |(_, extension)| extension);
    let is_file =
        ["png", "svg", "jpg", "jpeg", "gif", "webp"].contains(&extension.to_lowercase().as_str());
    has_letters(alt) && !alt.contains("://") && !is_file
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn badges_are_known_by_address_or_text() {
        assert!(is_badge("https://img.shields.io/npm/v/x", "x"));
        assert!(is_badge("a.png", "Build Status"));
        assert!(is_badge("a.png", "License"));
        assert!(!is_badge("logo.png", "Quokka License Manager"));
    }

    #[test]
    fn a_text_says_something_when_it_has_words_of_its_own() {
        for (alt, says) in [
            ("Quokka logo", false),
            ("the example image", false),
            ("A map of all parcels in town", true),
            ("系统架构示意图", true),
            ("https://a.b/c d e", false),
            ("", false),
        ] {
            assert_eq!(says_something(alt), says, "{alt}");
        }
    }

    #[test]
    fn a_logo_has_a_name() {
        for (alt, is) in [
            ("Quokka logo", Some("Quokka")),
            ("Logo de Quokka", Some("Quokka")),
            ("logo", None),
            ("shot-1.png", None),
            ("", None),
        ] {
            assert_eq!(name(alt).as_deref(), is, "{alt}");
        }
    }
}
