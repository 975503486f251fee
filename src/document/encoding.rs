//! Which encoding bytes are in, where it is not UTF-8.
//!
//! A byte order mark decides. Without one, what is valid UTF-8 is UTF-8, and what is
//! UTF-8 but for a few places is too: a guess would turn all its letters into others.
//! Then counts what a page or a mail declares, and only then is guessed, with the detector
//! of Firefox.

use chardetng::{EncodingDetector, Iso2022JpDetection, Utf8Detection};
use encoding_rs::{Encoding, GB18030, GBK, ISO_2022_JP, UTF_8, UTF_16BE, UTF_16LE};
use memchr::{memchr, memmem};

/// As much is looked at for a guess.
const SAMPLE: usize = 1 << 20;
/// As much of a text is looked at for a declaration.
const HEAD: usize = 4 << 10;

/// The encoding of bytes, and the length of their byte order mark.
pub(super) fn of(bytes: &[u8]) -> (&'static Encoding, usize) {
    if let Some(marked) = Encoding::for_bom(bytes) {
        return marked;
    }
    let found = utf16(bytes).unwrap_or_else(|| match std::str::from_utf8(bytes) {
        Ok(_) if is_iso_2022_jp(bytes) => ISO_2022_JP,
        Ok(_) => UTF_8,
        Err(error) => by_sample(around(bytes, error.valid_up_to()), declared(bytes)),
    });
    (found, 0)
}

/// Whether bytes of ASCII have what other characters are switched to with.
pub(super) fn switches(bytes: &[u8]) -> bool {
    memchr(0x1b, bytes).is_some() || memmem::find(bytes, b"~{").is_some()
}

/// The encoding of bytes, where it is one that shows and that is not read.
pub(super) fn not_read(bytes: &[u8]) -> Option<&'static str> {
    let has = |mark: &[u8]| memmem::find(bytes, mark).is_some();
    if is_utf32(bytes) {
        Some("UTF-32")
    } else if !bytes.is_ascii() || !switches(bytes) {
        None
    } else if has(b"\x1b$)C") {
        Some("ISO-2022-KR")
    } else if has(b"\x1b$)A") || has(b"\x1b$)G") {
        Some("ISO-2022-CN")
    } else {
        is_hz(bytes).then_some("HZ-GB-2312")
    }
}

/// UTF-32, with a mark or without one: of most characters two bytes of four are NUL.
fn is_utf32(bytes: &[u8]) -> bool {
    let units = bytes[..bytes.len().min(4096)].chunks_exact(4);
    let is_most = |is_one: fn(&[u8]) -> bool| {
        let count = units.clone().filter(|unit| is_one(unit)).count();
        units.len() > 1 && count * 4 >= units.len() * 3
    };
    is_most(|unit| matches!(unit, [a, b, 0, 0] if (*a, *b) != (0, 0)))
        || is_most(|unit| matches!(unit, [0, 0, a, b] if (*a, *b) != (0, 0)))
}

/// Whether each `~{` of a text is followed by pairs of bytes that stand for Chinese characters,
/// and a `~}`.
fn is_hz(bytes: &[u8]) -> bool {
    let text = String::from_utf8_lossy(bytes);
    let mut parts = text.split("~{").skip(1).peekable();
    let is_chinese = |part: &str| {
        let Some((inside, _)) = part.split_once("~}") else {
            return false;
        };
        let pairs = inside.as_bytes().chunks(2);
        let is_pair = |pair: &[u8]| matches!(pair, [0x21..=0x77, 0x21..=0x7e]);
        !inside.is_empty() && pairs.clone().all(is_pair)
    };
    parts.peek().is_some() && parts.all(is_chinese)
}

/// Whether bytes, all of them ASCII, switch to Japanese characters and back.
fn is_iso_2022_jp(bytes: &[u8]) -> bool {
    let switches = |at: &[u8]| matches!(at, [0x1b, b'$', b'B' | b'@'] | [0x1b, b'(', b'I' | b'J']);
    bytes.contains(&0x1b)
        && bytes.is_ascii()
        && bytes.windows(3).any(switches)
        && ISO_2022_JP
            .decode_without_bom_handling_and_without_replacement(bytes)
            .is_some()
}

/// The encoding that a page, or a mail, says that it is in.
fn declared(bytes: &[u8]) -> Option<&'static Encoding> {
    let head = &bytes[..bytes.len().min(HEAD)];
    let head = String::from_utf8_lossy(head).to_ascii_lowercase();
    let is_xml = head.trim_start().starts_with("<?xml");
    let from = if is_xml && let Some(at) = head.find("encoding=") {
        at + "encoding=".len()
    } else {
        let is_said = |mark: &&&str| head.contains(**mark);
        ["<meta", "content-type:"].iter().find(is_said)?;
        head.find("charset=")? + "charset=".len()
    };
    let label = head[from..].trim_start_matches(['"', '\'', ' ']);
    let is_part = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | ':' | '.');
    let label = &label[..label.find(|c| !is_part(c)).unwrap_or(label.len())];
    // The bytes of a declaration in UTF-16 would not have been found.
    let found = Encoding::for_label_no_replacement(label.as_bytes())?;
    (found.is_ascii_compatible() && found != UTF_8).then_some(found)
}

/// The bytes before and behind a place, from a character's beginning on.
fn around(bytes: &[u8], at: usize) -> &[u8] {
    let from = at.saturating_sub(SAMPLE / 2);
    let is_inside = |byte: &&u8| (0x80..0xc0).contains(*byte);
    let inside = bytes[from..at].iter().take_while(is_inside).count();
    let to = bytes.len().min(at + SAMPLE / 2);
    &bytes[from + inside..to]
}

/// The encoding of bytes that are not all UTF-8.
fn by_sample(sample: &[u8], declared: Option<&'static Encoding>) -> &'static Encoding {
    if is_mostly_utf8(sample) {
        UTF_8
    } else {
        declared.unwrap_or_else(|| legacy(sample))
    }
}

/// UTF-16 without a mark: of European text every other byte is NUL.
fn utf16(bytes: &[u8]) -> Option<&'static Encoding> {
    let sample = &bytes[..bytes.len().min(4096) & !1];
    let nuls = |parity: usize| {
        sample
            .iter()
            .skip(parity)
            .step_by(2)
            .filter(|&&b| b == 0)
            .count()
    };
    let (even, odd) = (nuls(0), nuls(1));
    let units = sample.len() / 2;
    let is_most = |nuls: usize| units >= 2 && nuls * 10 >= units * 6;
    match (is_most(even), is_most(odd)) {
        (true, false) if odd == 0 => Some(UTF_16BE),
        (false, true) if even == 0 => Some(UTF_16LE),
        _ => None,
    }
}

/// Whether UTF-8 explains bytes better than any other encoding, errors and all.
fn is_mostly_utf8(sample: &[u8]) -> bool {
    let (mut letters, mut errors) = (0, 0);
    for chunk in sample.utf8_chunks() {
        letters += chunk.valid().chars().filter(|c| !c.is_ascii()).count();
        errors += usize::from(!chunk.invalid().is_empty());
    }
    // Cut off in its last character.
    let cut = errors == 1
        && std::str::from_utf8(sample)
            .is_err_and(|e| e.error_len().is_none() && e.valid_up_to() + 1 < sample.len());
    letters >= 2 * errors || cut
}

/// The most likely encoding of bytes that are not UTF-8.
fn legacy(sample: &[u8]) -> &'static Encoding {
    let mut detector = EncodingDetector::new(Iso2022JpDetection::Deny);
    detector.feed(sample, true);
    let found = detector.guess(None, Utf8Detection::Deny);
    // The one contains the other.
    if found == GBK { GB18030 } else { found }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_few_bad_bytes_leave_utf_8_what_it_is() {
        assert_eq!(of(b"\xc3\xa4\xc3\xb6 \xff"), (UTF_8, 0));
        assert_ne!(of(b"\xe4\xf6 \xfc").0, UTF_8);
        assert_eq!(of("漢字".repeat(99).as_bytes()), (UTF_8, 0));
    }

    #[test]
    fn what_is_declared_counts() {
        let russian = encoding_rs::KOI8_R.encode("Чайка").0;
        for head in [
            "<meta charset=koi8-r>",
            "<META http-equiv=Content-Type content='text/html; charset=KOI8-R'>",
            "<?xml version='1.0' encoding=\"koi8-r\"?>",
            "From: a\nContent-Type: text/plain; charset=\"koi8-r\"\n\n",
        ] {
            let bytes = [head.as_bytes(), &russian].concat();
            assert_eq!(of(&bytes), (encoding_rs::KOI8_R, 0), "{head}");
        }
        // Not where the bytes say otherwise, and not where nobody declares anything.
        assert_eq!(of("<meta charset=koi8-r>äöü".as_bytes()), (UTF_8, 0));
        assert_ne!(
            of(&[b"charset=koi8-r ", &russian[..]].concat()).0,
            encoding_rs::KOI8_R
        );
        assert_ne!(of(b"<meta charset=utf-16>caf\xe9 \xe9t\xe9").0, UTF_16LE);
    }

    #[test]
    fn iso_2022_jp_is_known_by_its_switches() {
        let (bytes, ..) = ISO_2022_JP.encode("a 城の見学会 b");
        assert_eq!(of(&bytes), (ISO_2022_JP, 0));
        assert_eq!(of(b"\x1b[1mbold\x1b[0m"), (UTF_8, 0));
        assert_eq!(of(b"\x1b$B\x1b broken"), (UTF_8, 0));
    }

    #[test]
    fn anything_has_an_encoding_and_can_be_decoded() {
        let mut random = fastrand::Rng::with_seed(4);
        for _ in 0..2000 {
            let mut bytes = vec![0; random.usize(0..200)];
            random.fill(&mut bytes);
            if random.bool() {
                bytes.retain(|&byte| byte > 31);
            }
            let (encoding, mark) = of(&bytes);
            let (text, _) = encoding.decode_without_bom_handling(&bytes[mark..]);
            assert!(bytes.len() <= 3 || !text.is_empty());
        }
    }
}
