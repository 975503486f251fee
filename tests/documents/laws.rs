//! What holds for every document: the budget, the order, the same again, windows that
//! leave nothing out, and no panic, no overflow and no endless work on hostile ones.

use std::time::{Duration, Instant};

use minitag::document::{Condensed, Fate, Format, condense, decode, windows};

use super::readmes::QUOKKA;
use super::{FORMATS, assert_lawful, assert_words_in_order, condensed, words};

#[test]
fn a_document_with_anything_in_it_is_never_empty() {
    for text in [
        "https://only.example/an-address\n",
        "# License\n\nMIT",
        "# Contents\n\n- [a](#a)\n- [b](#b)",
        "| a | b |\n|---|---|\n| c | d |",
        "English | 中文",
        "![](x.png)",
        "🎉🎉🎉",
        "[x]: https://x.example",
        "<!-- nothing else -->",
        "<script>let x</script>",
        "---",
        "\u{200b}",
        "```\n```",
    ] {
        for format in FORMATS {
            for budget in [0, 1, 2, 5, 100] {
                let condensed = condensed(text, format, budget);
                assert!(
                    !condensed.text.is_empty(),
                    "{text:?} as {format:?} in {budget}"
                );
            }
        }
    }
    for text in ["", " \n\t\n"] {
        let condensed = condense(text, Format::Markdown, Some(9), &words);
        assert_eq!(condensed, Condensed::default());
    }
}

/// Tokenizers as different as they come: by characters, by words, by bytes, and one
/// for which the whole is more than its parts.
const COUNTERS: [fn(&str) -> usize; 4] = [
    |text| text.chars().count(),
    words,
    |text| text.len().div_ceil(4),
    |text| text.len() / 3 + text.len() * text.len() / 4000,
];

/// Bits of all the markup there is, and of what markup is made of, between bars.
pub(super) const ALPHABET: &str = concat!(
    "# ¦## ¦\n¦\n\n¦- ¦* ¦1. ¦> ¦```¦`¦|¦|-|\n¦[¦](¦)¦![¦<¦>¦</¦<div>¦</div>¦<table>¦<td>¦<pre>¦",
    "<ul><li>¦<nav>¦<main>¦<!--¦-->¦<h1>¦</h1>¦<br>¦<img alt=\"a b c\">¦<a href=#x>¦</a>¦",
    "&amp;¦&#¦**¦_¦~~¦---¦===¦+++¦:a:¦:¦::¦.. ¦.. image:: x\n¦`_¦= ¦[source]\n¦----\n¦|===\n¦",
    "image::x[y]\n¦{a}¦#+TITLE: ¦#+BEGIN_SRC\n¦[[¦]]¦https://a.example ¦www.¦License\n¦",
    "Features\n¦Install\n¦English | 中文\n¦字¦。¦（¦é¦e\u{301}¦👩‍👩‍👧¦\u{202e}¦\0¦\t¦    ¦ ¦",
    "word ¦Word. ¦e.g. ¦12 ¦\r\n¦\u{fffd}¦\\¦$¦^¦[^1]¦[^1]: ¦\u{a0}¦\u{2003}¦\u{85}¦\u{2028}¦İ¦ẞ¦ﬁ¦",
    "link:a[b]¦:role:`a`¦`a <b>`_¦#+END_SRC\n¦:END:\n¦:PROPERTIES:\n¦|a|b|\n¦+--+\n¦<code class=language-a>",
);

#[test]
fn any_mixture_of_markup_is_lawful() {
    let mut random = fastrand::Rng::with_seed(4);
    let alphabet: Vec<&str> = ALPHABET.split('¦').collect();
    for round in 0..3000 {
        let bits = 0..random.usize(0..120);
        let text: String = bits
            .map(|_| alphabet[random.usize(0..alphabet.len())])
            .collect();
        let budget = random.usize(0..80);
        assert_obeys(&text, round, budget);
    }
}

#[test]
fn damaged_documents_are_lawful() {
    let mut random = fastrand::Rng::with_seed(7);
    for round in 0..600 {
        let mut text: Vec<char> = QUOKKA.chars().collect();
        for _ in 0..random.usize(1..30) {
            let (from, to) = (random.usize(0..text.len()), random.usize(0..text.len()));
            match random.u8(0..3) {
                0 => drop(text.remove(from)),
                1 => text.swap(from, to),
                _ => text.insert(from, text[to]),
            }
        }
        let text: String = text[..random.usize(0..=text.len())].iter().collect();
        assert_obeys(&text, round, random.usize(0..200));
    }
}

#[test]
fn lines_in_any_order_are_kept_word_by_word() {
    let mut random = fastrand::Rng::with_seed(5);
    for round in 0..300 {
        let mut lines: Vec<&str> = QUOKKA.lines().collect();
        random.shuffle(&mut lines);
        let text = lines[..random.usize(0..=lines.len())].join("\n");
        for budget in [None, Some(random.usize(0..100))] {
            let format = FORMATS[round % FORMATS.len()];
            assert_words_in_order(&text, &condense(&text, format, budget, &words));
        }
    }
}

#[test]
fn any_bytes_are_refused_or_read() {
    let mut random = fastrand::Rng::with_seed(6);
    let mut read = 0;
    for round in 0..3000 {
        let mut bytes = vec![0; random.usize(0..300)];
        random.fill(&mut bytes);
        match round % 3 {
            0 => {}
            1 => bytes.retain(|&byte| byte > 0),
            // Text with some of its bytes changed.
            _ => {
                let mut text = QUOKKA.as_bytes()[..random.usize(1..QUOKKA.len())].to_vec();
                for byte in bytes {
                    let at = random.usize(0..text.len());
                    text[at] = byte;
                }
                bytes = text;
            }
        }
        if let Ok(text) = decode(&bytes) {
            assert_obeys(&text.text, round, random.usize(0..100));
            assert!(text.replaced <= text.replaced_bytes && text.replaced_bytes <= bytes.len());
            read += 1;
        }
    }
    assert!(read > 1000, "{read}");
}

#[test]
fn what_nobody_sees_is_taken_out_wherever_it_stands() {
    let mut random = fastrand::Rng::with_seed(8);
    let invisible: Vec<char> = [
        '\u{1}', '\u{1b}', '\u{7f}', '\u{9b}', '\u{200b}', '\u{feff}',
    ]
    .into_iter()
    .chain('\u{202a}'..='\u{202e}')
    .chain('\u{2066}'..='\u{2069}')
    .chain('\u{e0020}'..='\u{e007f}')
    .collect();
    for _ in 0..300 {
        // Not at the head: there U+FEFF is a mark of the encoding.
        let mut text: Vec<char> = QUOKKA.chars().collect();
        let many = random.usize(0..50);
        for _ in 0..many {
            let at = random.usize(1..text.len());
            text.insert(at, invisible[random.usize(0..invisible.len())]);
        }
        let decoded = decode(text.iter().collect::<String>().as_bytes()).unwrap();
        assert_eq!((decoded.text.as_str(), decoded.removed), (QUOKKA, many));
    }
}

/// All laws, for one of the formats and one of the tokenizers.
#[track_caller]
fn assert_obeys(text: &str, round: usize, budget: usize) {
    let format = FORMATS[round % FORMATS.len()];
    let counter = round / FORMATS.len() % COUNTERS.len();
    let count = COUNTERS[counter];
    let condensed = condense(text, format, Some(budget), &count);
    assert_lawful(text, &condensed, budget, &count);
    assert_in_order(text, &condensed);
    let again = condense(text, format, Some(budget), &count);
    assert_eq!(condensed, again, "not the same again");
    // Windows add up the tokens of their parts.
    if counter < COUNTERS.len() - 1 {
        assert_covers(text, budget.max(1), &count);
    }
}

/// Windows leave nothing out, go forward, and fit unless they are one grapheme.
#[track_caller]
fn assert_covers(text: &str, window: usize, count: &dyn Fn(&str) -> usize) {
    let mut covered = 0;
    let mut last = 0..0;
    for range in windows(text, window, window / 8, count) {
        assert!(range.start <= covered && range.start >= last.start && range.end > last.end);
        let part = &text[range.clone()];
        let fits = count(part) <= window || part.chars().count() <= MAX_GRAPHEME;
        assert!(fits, "{} tokens of {window} in {part:?}", count(part));
        covered = range.end;
        last = range;
    }
    assert_eq!(covered, text.len());
}

/// More characters in a grapheme than any test here has.
const MAX_GRAPHEME: usize = 8;

/// What is kept stands in the document, letter by letter and in the same order, and nothing
/// is made up. Letter by letter because markup may stand inside a word. Not asked where markup stands for letters or moves them: references to characters, front
/// matter, attributes, and the language of code.
#[track_caller]
fn assert_in_order(text: &str, condensed: &Condensed) {
    let moves = ["&", "{", "`", "=", "\0", "\\", "$", "---", "+++"];
    if moves.iter().any(|markup| text.contains(markup)) {
        return;
    }
    let mut letters = text.chars().filter(|c| c.is_alphanumeric());
    let kept = condensed
        .pieces
        .iter()
        .filter(|piece| piece.fate == Fate::Kept);
    let kept = kept.flat_map(|piece| piece.text.chars());
    for c in kept.filter(|c| c.is_alphanumeric()) {
        let found = letters.any(|letter| letter == c);
        assert!(
            found,
            "{c:?} of {:?} is out of order in {text:?}",
            condensed.text
        );
    }
}

#[test]
fn nothing_overflows_or_takes_long() {
    let deep = 100_000;
    let many = |unit: &str| unit.repeat(deep);
    for (name, text) in [
        ("divisions", many("<div>")),
        ("bold", many("<b><i>") + &many("</b>")),
        ("quotes", many(">")),
        ("brackets", many("[")),
        ("round brackets", many("(")),
        ("brackets behind a full stop", ".".to_owned() + &many("(")),
        ("asterisks", many("*")),
        ("backticks", many("`a")),
        ("bars", many("|")),
        ("attributes of a tag", many("<a b=c ")),
        ("flags", many("🇩")),
        ("carriage returns", many("\r")),
        ("marks of direction", many("\u{202e}a")),
        ("feeds", many("<rss><channel><content>")),
        (
            "messages",
            "A: b\n".to_owned() + &many("Content-Type: message/rfc822\n\n"),
        ),
        (
            "directives",
            numbered(2000, |n| " ".repeat(n) + ".. a:: b\n"),
        ),
        ("links", many("[a](")),
        ("images", many("![")),
        ("logos", many("![a](b)\n\n")),
        ("lists", many("- ") + "a\n" + &many("b\n")),
        ("numbered lists", many("1. ") + "a\n" + &many("b\n")),
        ("indentation", numbered(2000, |n| " ".repeat(n) + "- a\n")),
        ("tables", many("<table><tr><td>a")),
        ("emphasis", many("**a_ ")),
        ("comments", many("<!--")),
        ("addresses", many("http://a ")),
        ("entities", many("&amp;")),
        ("abbreviations", many("e.g. ")),
        ("accents", many("\u{301}")),
        ("one line of 5 MB", "word ".repeat(1_000_000)),
        ("one word", "a".repeat(1_000_000)),
        ("wide letters", "字".repeat(300_000)),
        ("an open fence", "```\n".to_owned() + &many("code\n")),
        ("open fences", many("```a\n~~~\n")),
        ("rows", "|a|b|\n|-|-|\n".to_owned() + &many("|1|2|\n")),
        (
            "headings",
            numbered(20_000, |n| format!("## h {n}\ntext {n}\n")),
        ),
        (
            "attributes",
            numbered(deep, |n| format!(":a{}: {{a{n}}}{{a{n}}}\n", n + 1)),
        ),
    ] {
        for format in FORMATS {
            let start = Instant::now();
            let count = |text: &str| text.len().div_ceil(4);
            let condensed = condense(&text, format, Some(1024), &count);
            assert_lawful(&text, &condensed, 1024, &count);
            // Far more than is needed, and far less than anything quadratic takes.
            let (took, limit) = (start.elapsed(), Duration::from_mins(1));
            assert!(took < limit, "{name} as {format:?}: {took:?}");
        }
        let start = Instant::now();
        assert_covers(&text, 1024, &|text: &str| text.len().div_ceil(4));
        let (took, limit) = (start.elapsed(), Duration::from_mins(1));
        assert!(took < limit, "{name} in windows: {took:?}");
    }
}

/// Lines that differ.
fn numbered(lines: usize, line: impl Fn(usize) -> String) -> String {
    (0..lines).map(line).collect()
}
