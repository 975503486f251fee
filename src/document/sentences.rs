//! Sentences, in scripts with and without spaces, and cuts that hurt no character.

use std::ops::Range;

use unicode_segmentation::UnicodeSegmentation;

use crate::document::parse::{is_letter, is_wide};

/// A sentence longer than this is handed out in parts, so that a text without full
/// stops can be read in parts as well.
const MAX_CHARS: usize = 400;

/// Brackets and quotation marks that open.
const OPENING: [char; 8] = ['「', '『', '（', '《', '【', '“', '‘', '〈'];

/// Words whose full stop ends no sentence.
const ABBREVIATIONS: [&str; 23] = [
    "e.g", "i.e", "vs", "etc", "cf", "approx", "inc", "ltd", "mr", "mrs", "dr", "st", "no", "fig",
    "resp", "incl", "ca", "z", "z.b", "u.a", "d.h", "bzw", "т.е",
];

/// The sentences of a text. A line feed ends one.
pub(super) fn sentences(text: &str) -> Vec<&str> {
    let mut found = Vec::new();
    for line in text.split('\n') {
        let mut start = 0;
        for end in sentence_ends(line) {
            if !is_glued(line, end) && !ends_with_abbreviation(&line[start..end]) {
                // The standard counts an opening bracket to the sentence before.
                let sentence = line[start..end].trim_end_matches(OPENING);
                push_parts(sentence, &mut found);
                start += sentence.len();
            }
        }
        push_parts(&line[start..], &mut found);
    }
    found
}

/// Where the sentences of a text stand in it, in bytes: in order, none of them empty, with
/// only white space between. A line feed ends a sentence.
#[must_use]
pub fn sentence_ranges(text: &str) -> Vec<Range<usize>> {
    let mut end = 0;
    let place = |sentence: &str| {
        let start = end + text[end..].find(sentence)?;
        end = start + sentence.len();
        Some(start..end)
    };
    sentences(text).into_iter().filter_map(place).collect()
}

/// So many characters without a letter are the end of a sentence.
const MAX_RUN: usize = 200;

/// Where the sentences of a text end, by the Unicode standard.
pub(super) fn sentence_ends(text: &str) -> Vec<usize> {
    // The standard looks for the next letter behind each bracket that follows a full
    // stop: there must not be many.
    let mut run = 0;
    let parts = text.split_inclusive(|c| {
        run = if is_letter(c) { 0 } else { run + 1 };
        run > 0 && run % MAX_RUN == 0
    });
    let mut found = Vec::new();
    let mut end = 0;
    for mut rest in parts {
        while !rest.is_empty() {
            let len = first_end(rest);
            rest = &rest[len..];
            end += len;
            found.push(end);
        }
    }
    found
}

/// Where the first sentence of a text ends.
fn first_end(text: &str) -> usize {
    // Most characters end nothing, and the standard's tables are slow: they are asked
    // only from the word on that is before the first that might.
    let may_end = |c: char| match c {
        '.' | '!' | '?' | '\r' | '\n' => true,
        _ => !c.is_ascii() && !is_letter(c),
    };
    let Some(at) = text.find(may_end) else {
        return text.len();
    };
    let from = text[..at].rfind(' ').unwrap_or(0);
    let sentence = text[from..].split_sentence_bounds().next();
    sentence.map_or(text.len(), |sentence| from + sentence.len())
}

fn push_parts<'t>(sentence: &'t str, found: &mut Vec<&'t str>) {
    let mut rest = sentence.trim();
    while !rest.is_empty() {
        let (head, tail) = cut(rest, MAX_CHARS);
        found.push(head);
        rest = tail;
    }
}

/// Whether no space follows where one should: `assert!(x)` goes on behind its mark.
fn is_glued(line: &str, at: usize) -> bool {
    let before = line[..at].chars().next_back();
    let after = line[at..].chars().next();
    before.is_some_and(|c| c.is_ascii() && !c.is_whitespace()) && after.is_some_and(|c| !is_wide(c))
}

fn ends_with_abbreviation(sentence: &str) -> bool {
    let Some(sentence) = sentence.trim_end().strip_suffix('.') else {
        return false;
    };
    let last = sentence.rsplit([' ', '(']).next().unwrap_or_default();
    let is_initial = last.len() == 1 && last.starts_with(|c: char| c.is_ascii_uppercase());
    // Only short words are looked up, and only these cost an allocation.
    is_initial || last.len() <= 6 && ABBREVIATIONS.contains(&last.to_lowercase().as_str())
}

/// Cuts a text after at most so many characters, at a good place. The first part is
/// empty only where the text is.
pub(super) fn cut(text: &str, max_chars: usize) -> (&str, &str) {
    let Some((limit, _)) = text.char_indices().nth(max_chars.max(1)) else {
        return (text.trim(), "");
    };
    let (head, tail) = text.split_at(good_place(text, limit));
    (head.trim(), tail.trim())
}

/// Where to cut a text, in bytes and up to a limit: at a word's end, or where there is
/// none near, at a grapheme's. It is 0 only where the limit is.
pub(super) fn good_place(text: &str, limit: usize) -> usize {
    let (head, tail) = text.split_at(limit);
    let ends_word = tail.is_empty() || tail.starts_with(char::is_whitespace);
    let ends_wide = head.chars().next_back().is_some_and(is_wide);
    let at_space = head
        .rfind(char::is_whitespace)
        .filter(|&at| at > 0 && at >= limit / 2);
    match at_space {
        _ if ends_word => limit,
        Some(at) if !ends_wide => at,
        _ => grapheme_floor(text, limit),
    }
}

/// The last grapheme boundary up to `limit`, or where the first grapheme alone is
/// longer, `limit` itself: a pile of accents may be cut.
fn grapheme_floor(text: &str, limit: usize) -> usize {
    /// No honest grapheme is longer.
    const NEAR: usize = 64;
    let from = text.floor_char_boundary(limit.saturating_sub(NEAR));
    let to = text.floor_char_boundary(limit.saturating_add(NEAR));
    let bounds = text[from..to]
        .grapheme_indices(true)
        .map(|(at, _)| from + at);
    bounds
        .take_while(|&at| at <= limit)
        .last()
        .filter(|&at| at > from)
        .unwrap_or(limit)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sentences_end_as_readers_expect() {
        for (text, expected) in [
            ("One. Two! Three?", &["One.", "Two!", "Three?"][..]),
            (
                "Runs on Node.js v1.2, e.g. at home. Fast.",
                &["Runs on Node.js v1.2, e.g. at home.", "Fast."],
            ),
            (
                "Written by A. Smith. Yes.",
                &["Written by A. Smith.", "Yes."],
            ),
            (
                "这是库。很快！好吗？是",
                &["这是库。", "很快！", "好吗？", "是"],
            ),
            (
                "速いです。「はい。」と言う",
                &["速いです。", "「はい。」", "と言う"],
            ),
            ("Läuft z. B. daheim. Ja.", &["Läuft z. B. daheim.", "Ja."]),
            ("빠릅니다. 좋아요.", &["빠릅니다.", "좋아요."]),
            ("Use assert!(x). Done.", &["Use assert!(x).", "Done."]),
            ("你好!世界?是", &["你好!", "世界?", "是"]),
            ("a\nb", &["a", "b"]),
            ("", &[]),
        ] {
            assert_eq!(sentences(text), expected, "{text}");
        }
    }

    #[test]
    fn between_the_places_of_sentences_there_is_only_white_space() {
        for text in [
            "A. A.  A.\n\n- B, e.g. C\n",
            " 这是库。很快！\n",
            "",
            &"ab ".repeat(900),
        ] {
            let mut end = 0;
            for range in sentence_ranges(text) {
                assert!(!range.is_empty() && text[end..range.start].trim().is_empty());
                end = range.end;
            }
            assert_eq!(text[end..].trim(), "", "{text}");
        }
    }

    #[test]
    fn ends_are_those_of_the_standard() {
        let bits = [
            "a", "B", "word ", " ", ".", ". ", "!", "?", "\n", "\r\n", "\r", "\u{85}", "\u{2029}",
            "字", "。", "「", "」", "(", ")", "\"", "’", "…", "e\u{301}", "\u{301}", "\u{200b}",
            "1", "1.5", ",", "-", "\t", "\u{a0}", "É", "ß", "Ⅳ", "؟", "।", "한", "か", "\u{2024}",
            "\u{feff}", "𝔸", "ª", ":", "\u{b}",
        ];
        let mut random = fastrand::Rng::with_seed(4);
        for _ in 0..20_000 {
            let text: String = (0..random.usize(0..20))
                .map(|_| bits[random.usize(0..bits.len())])
                .collect();
            let mut end = 0;
            let standard = text.split_sentence_bounds().map(|sentence| {
                end += sentence.len();
                end
            });
            assert_eq!(
                sentence_ends(&text),
                standard.collect::<Vec<_>>(),
                "{text:?}"
            );
        }
    }

    #[test]
    fn brackets_without_end_take_no_time() {
        let text = ".".to_owned() + &"(".repeat(1_000_000);
        let ends = sentence_ends(&text);
        assert_eq!(ends.len(), text.len().div_ceil(MAX_RUN));
        assert_eq!(ends.last(), Some(&text.len()));
    }

    #[test]
    fn long_sentences_come_in_parts_that_lose_nothing() {
        for word in ["word ", "字", "ab\u{301}"] {
            let text = word.repeat(1000);
            let parts = sentences(&text);
            assert!(
                parts
                    .iter()
                    .all(|p| p.chars().count() <= MAX_CHARS && !p.is_empty())
            );
            let joint = if word.ends_with(' ') { " " } else { "" };
            assert_eq!(parts.join(joint), text.trim());
        }
    }

    #[test]
    fn cuts_are_at_words_or_graphemes() {
        assert_eq!(cut("hello world", 8), ("hello", "world"));
        assert_eq!(cut("hello", 5), ("hello", ""));
        assert_eq!(cut("e\u{301}e\u{301}", 3), ("e\u{301}", "e\u{301}"));
        assert_eq!(cut("a", 0), ("a", ""));
        assert_eq!(cut(&"\u{301}".repeat(300), 3).0.chars().count(), 3);
    }
}
