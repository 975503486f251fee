//! How a text becomes words, words become character n-grams, and inflected forms meet.
//! `models/vectors/words.py` does the same, and the vectors were trained with that.

/// Characters of a word that are looked at.
const LONGEST: usize = 40;

/// Lengths of the n-grams, in characters.
const NGRAMS: [usize; 3] = [3, 4, 5];

/// English endings, longest first where one ends another.
const SUFFIXES: [&str; 24] = [
    "ations", "ation", "ators", "ator", "ings", "ing", "ates", "ate", "ions", "ion", "ities",
    "ity", "ics", "ic", "ers", "er", "ors", "or", "ies", "ed", "es", "s", "e", "y",
];

/// The words of a text, in lower case and in order: runs of letters and digits, cut before a
/// capital that follows a small letter, and where the script changes to or from one without
/// spaces. Of these scripts every two neighbours are a word; a run of Katakana is one.
pub(super) fn words(text: &str) -> Vec<String> {
    let mut words = Vec::new();
    for run in text.split(|c: char| !c.is_alphanumeric()) {
        let mut rest = run;
        while !rest.is_empty() {
            let part = &rest[..hump(rest)];
            rest = &rest[part.len()..];
            let lower: Vec<char> = part.chars().flat_map(char::to_lowercase).collect();
            for piece in lower.chunk_by(|&a, &b| script(a) == script(b)) {
                if script(piece[0]) == Script::Paired && piece.len() > 1 {
                    words.extend(piece.windows(2).map(|two| two.iter().collect::<String>()));
                } else {
                    words.push(piece.iter().take(LONGEST).collect());
                }
            }
        }
    }
    words
}

/// Where the first word of a run like `camelCase` ends.
fn hump(run: &str) -> usize {
    let pairs = run.char_indices().zip(run.chars().skip(1));
    let mut humps = pairs.filter(|((_, a), b)| a.is_lowercase() && b.is_uppercase());
    humps
        .next()
        .map_or(run.len(), |((at, a), _)| at + a.len_utf8())
}

/// How a script is cut into words.
#[derive(PartialEq)]
enum Script {
    /// Written with spaces.
    Spaced,
    /// Written without spaces, though what stands in it is mostly one word.
    Katakana,
    /// Written without spaces: Thai; Hiragana and its marks; Han.
    Paired,
}

fn script(c: char) -> Script {
    match u32::from(c) {
        0x30a0..=0x30ff | 0x31f0..=0x31ff => Script::Katakana,
        0x0e00..=0x0e7f
        | 0x3005..=0x3007
        | 0x3040..=0x309f
        | 0x3400..=0x4dbf
        | 0x4e00..=0x9fff
        | 0xf900..=0xfaff
        | 0x2_0000..=0x3_ffff => Script::Paired,
        _ => Script::Spaced,
    }
}

/// The buckets of the character n-grams of `<word>`, each as often as it occurs. Hashed by
/// FNV-1a, 32 bits (<http://www.isthe.com/chongo/tech/comp/fnv/>).
pub(super) fn ngrams(word: &str, buckets: usize) -> Vec<usize> {
    let marked: Vec<char> = format!("<{word}>").chars().collect();
    let hash = |gram: &[char]| {
        let text: String = gram.iter().collect();
        let hash = text.bytes().fold(0x811c_9dc5_u32, |hash, byte| {
            (hash ^ u32::from(byte)).wrapping_mul(0x0100_0193)
        });
        hash as usize % buckets
    };
    let of_length = |n: usize| marked.windows(n).map(hash);
    NGRAMS.into_iter().flat_map(of_length).collect()
}

/// A word without its English endings; at least four characters stay.
pub(super) fn stem(word: &str) -> &str {
    let mut stem = word;
    // From behind, since most endings differ from a word's in their last letter.
    let has = |stem: &str, end: &str| {
        let mut letters = stem.bytes().rev();
        end.bytes()
            .rev()
            .all(|letter| letters.next() == Some(letter))
    };
    let cut = |stem: &str| {
        let mut ends = SUFFIXES.iter();
        let end = ends.find(|end| has(stem, end) && stem.chars().count() >= end.len() + 4)?;
        Some(stem.len() - end.len())
    };
    while let Some(len) = cut(stem) {
        stem = &stem[..len];
    }
    stem
}

/// The words of a tag's name before the last colon or slash, and those behind it: `use:
/// editing` has a facet and a value.
pub(super) fn name_parts(name: &str) -> (Vec<String>, Vec<String>) {
    let at = name.rfind([':', '/']).map_or(0, |at| at + 1);
    let (facet, value) = (words(&name[..at]), words(&name[at..]));
    if value.is_empty() {
        (Vec::new(), facet)
    } else {
        (facet, value)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_are_cut_into_words() {
        let cut = |text: &str| words(text).join(" ");
        assert_eq!(cut("Read the-docs, v2.0!"), "read the docs v2 0");
        assert_eq!(
            cut("camelCase HTTPServer ÄrgerMaß"),
            "camel case httpserver ärger maß"
        );
        assert_eq!(cut("字字母 abc字"), "字字 字母 abc 字");
        assert_eq!(cut("PCゲームの検索"), "pc ゲーム の検 検索");
        assert_eq!(cut(&"a".repeat(50)), "a".repeat(40));
        assert_eq!(cut("…"), "");
    }

    #[test]
    fn inflected_forms_meet() {
        assert_eq!(stem("searching"), stem("searches"));
        assert_eq!(stem("games"), stem("game"));
        assert_eq!(stem("bus"), "bus");
    }

    #[test]
    fn a_name_has_a_facet_and_a_value() {
        let parts = |name| {
            let (facet, value) = name_parts(name);
            (facet.join(" "), value.join(" "))
        };
        let pair = |a: &str, b: &str| (a.to_owned(), b.to_owned());
        assert_eq!(parts("use: editing"), pair("use", "editing"));
        assert_eq!(parts("os::macos-apis"), pair("os", "macos apis"));
        assert_eq!(parts("web server"), pair("", "web server"));
        assert_eq!(parts("odd:"), pair("", "odd"));
    }
}
