//! Streams of text in any encoding, read as UTF-8.

use std::io::{self, Read};

use encoding_rs::{Decoder, DecoderResult, Encoding, UTF_8};
use memchr::memrchr;

use crate::document::encoding;
use crate::document::guess::{self, Guess, NotRead, UNDECODABLE};

/// As much of an input is held, and looked at for its encoding where that is guessed.
const HELD: usize = 64 << 10;

/// The encoding of a name, as browsers know them: `windows-1252`, `latin1`, `utf-16le`.
#[must_use]
pub fn encoding_named(name: &str) -> Option<&'static Encoding> {
    Encoding::for_label_no_replacement(name.as_bytes())
}

/// How the encoding of an input is known.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Encoded {
    /// A byte order mark tells, and UTF-16 shows; else it is UTF-8.
    #[default]
    Unicode,
    /// So too, and what is not UTF-8 is guessed.
    Guessed,
    /// It was said.
    As(&'static Encoding),
}

/// An input as UTF-8, without a byte order mark. Where bytes cannot be decoded, there is a
/// byte that UTF-8 never has.
#[derive(Debug)]
pub struct Utf8Reader<R> {
    input: R,
    /// What was read and not yet given: `held[given..]`.
    held: Vec<u8>,
    given: usize,
    /// Whether reading more would wait for somebody.
    is_live: bool,
    has_ended: bool,
    /// What was decoded and not yet given: `decoded[taken..]`.
    decoded: Vec<u8>,
    taken: usize,
    state: State,
    guess: Option<Guess>,
}

enum State {
    /// Nothing is known.
    Begin(Encoded),
    /// All was ASCII so far.
    Ascii,
    /// UTF-8: given as it is.
    Utf8,
    /// One of a byte a character, but for lines that are UTF-8.
    Lines(&'static Encoding),
    /// Another one.
    Other(Box<Decoder>),
}

impl std::fmt::Debug for State {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Begin(_) => "Begin",
            Self::Ascii => "Ascii",
            Self::Utf8 => "Utf8",
            Self::Lines(_) => "Lines",
            Self::Other(_) => "Other",
        })
    }
}

impl<R: Read> Utf8Reader<R> {
    /// The text of an input. Of one that is live, no more is read ahead than there is.
    pub fn new(input: R, encoded: Encoded, is_live: bool) -> Self {
        Self {
            input,
            held: Vec::new(),
            given: 0,
            is_live,
            has_ended: false,
            decoded: Vec::new(),
            taken: 0,
            state: State::Begin(encoded),
            guess: None,
        }
    }

    /// What was guessed so far.
    #[must_use]
    pub fn guess(&self) -> Option<&Guess> {
        self.guess.as_ref()
    }

    /// Reads until so many bytes are held.
    fn hold(&mut self, wanted: usize) -> io::Result<()> {
        if self.given > 0 {
            self.held.drain(..self.given);
            self.given = 0;
        }
        while self.held.len() < wanted && !self.has_ended {
            let before = self.held.len();
            self.held.resize(HELD.max(wanted), 0);
            let read = loop {
                match self.input.read(&mut self.held[before..]) {
                    Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                    read => break read,
                }
            };
            self.held.truncate(before + *read.as_ref().unwrap_or(&0));
            self.has_ended = read? == 0;
        }
        Ok(())
    }

    /// Looks at the first bytes.
    fn begin(&mut self, encoded: Encoded) -> io::Result<()> {
        self.hold(if self.is_live { 4 } else { HELD })?;
        if !matches!(encoded, Encoded::As(_)) {
            guess::check(&self.held).map_err(not_read)?;
        }
        let encoding = match (encoded, Encoding::for_bom(&self.held)) {
            (Encoded::As(encoding), Some((marked, mark))) if encoding == marked => {
                self.given = mark;
                Some(encoding)
            }
            (Encoded::As(encoding), _) => Some(encoding),
            (_, Some((marked, mark))) => {
                self.given = mark;
                Some(marked)
            }
            (_, None) => {
                let found = encoding::of(&self.held).0;
                let is_wide = found == encoding_rs::UTF_16LE || found == encoding_rs::UTF_16BE;
                if is_wide {
                    self.guessed(found);
                }
                is_wide.then_some(found)
            }
        };
        self.state = match encoding {
            Some(encoding) => State::of(encoding),
            None if encoded == Encoded::Guessed => State::Ascii,
            None => State::Utf8,
        };
        Ok(())
    }

    /// Guesses the encoding where the bytes that are held tell something.
    fn find_out(&mut self) -> io::Result<()> {
        if !guess::tells(&self.held[self.given..]) {
            return Ok(());
        }
        if !self.is_live {
            self.hold(HELD)?;
        }
        let held = &self.held[self.given..];
        let found = guess::found(held).map_err(not_read)?;
        if found != UTF_8 {
            self.guessed(found);
        } else if held.is_ascii() {
            return Ok(());
        }
        self.state = if found.is_single_byte() {
            State::Lines(found)
        } else {
            State::of(found)
        };
        Ok(())
    }

    fn guessed(&mut self, found: &'static Encoding) {
        let encoding = found.name();
        self.guess = Some(Guess {
            encoding,
            is_mixed: false,
        });
    }
}

fn not_read(error: NotRead) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, error)
}

impl State {
    fn of(encoding: &'static Encoding) -> Self {
        if encoding == UTF_8 {
            Self::Utf8
        } else {
            Self::Other(Box::new(encoding.new_decoder_without_bom_handling()))
        }
    }
}

impl<R: Read> Read for Utf8Reader<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if let State::Begin(encoded) = self.state {
            self.begin(encoded)?;
        }
        let is_empty = self.given == self.held.len() && self.taken == self.decoded.len();
        if matches!(self.state, State::Utf8) && is_empty {
            return self.input.read(buffer);
        }
        loop {
            let decoded = &self.decoded[self.taken..];
            if !decoded.is_empty() {
                let length = give(decoded, buffer);
                self.taken += length;
                return Ok(length);
            }
            if self.given == self.held.len() {
                self.hold(1)?;
            }
            if matches!(self.state, State::Ascii) {
                self.find_out()?;
            }
            if let State::Lines(encoding) = self.state {
                if self.given == self.held.len() {
                    return Ok(0);
                }
                self.decode_lines(encoding)?;
                continue;
            }
            if !matches!(self.state, State::Other(_)) {
                let length = give(&self.held[self.given..], buffer);
                self.given += length;
                return Ok(length);
            }
            self.decode();
        }
    }
}

impl<R: Read> Utf8Reader<R> {
    /// Decodes the lines that are held.
    fn decode_lines(&mut self, encoding: &'static Encoding) -> io::Result<()> {
        let last = |held: &[u8]| memrchr(b'\n', held).map(|at| at + 1);
        let mut end = last(&self.held[self.given..]);
        while end.is_none() && !self.has_ended && self.held.len() - self.given < HELD {
            self.hold(self.held.len() - self.given + 1)?;
            end = last(&self.held[self.given..]);
        }
        let held = &self.held[self.given..];
        let held = &held[..end.unwrap_or(held.len())];
        self.decoded.clear();
        self.taken = 0;
        let is_mixed = guess::decode_lines(held, encoding, &mut self.decoded);
        if let Some(guess) = &mut self.guess {
            guess.is_mixed |= is_mixed;
        }
        self.given += held.len();
        Ok(())
    }

    /// Decodes what is held.
    fn decode(&mut self) {
        let State::Other(decoder) = &mut self.state else {
            return;
        };
        self.taken = 0;
        self.decoded.resize(HELD, 0);
        let (held, room) = (&self.held[self.given..], HELD - 1);
        let is_last = self.has_ended;
        let buffer = &mut self.decoded[..room];
        let (result, read, mut written) =
            decoder.decode_to_utf8_without_replacement(held, buffer, is_last);
        self.given += read;
        if let DecoderResult::Malformed(..) = result {
            self.decoded[written] = UNDECODABLE;
            written += 1;
        }
        self.decoded.truncate(written);
        if is_last && result == DecoderResult::InputEmpty {
            // A decoder that has finished must not be asked again.
            self.state = State::Utf8;
        }
    }
}

/// Copies as many bytes as there is room for.
fn give(bytes: &[u8], buffer: &mut [u8]) -> usize {
    let length = bytes.len().min(buffer.len());
    buffer[..length].copy_from_slice(&bytes[..length]);
    length
}

#[cfg(test)]
mod tests {
    use std::io::BufRead;
    use std::io::BufReader;

    use encoding_rs::WINDOWS_1252;

    use super::*;

    fn read(bytes: &[u8], encoded: Encoded) -> Vec<u8> {
        let mut text = Vec::new();
        let mut reader = Utf8Reader::new(bytes, encoded, false);
        reader.read_to_end(&mut text).unwrap();
        text
    }

    fn utf16(text: &str) -> Vec<u8> {
        text.encode_utf16().flat_map(u16::to_le_bytes).collect()
    }

    #[test]
    fn marks_tell_the_encoding_and_are_no_text() {
        for encoded in [Encoded::Unicode, Encoded::Guessed] {
            assert_eq!(
                read(b"\xef\xbb\xbfa\xc3\xa4", encoded),
                "a\u{e4}".as_bytes()
            );
            let marked = [b"\xff\xfe".to_vec(), utf16("id,\u{e4}\n")].concat();
            assert_eq!(read(&marked, encoded), "id,\u{e4}\n".as_bytes());
            assert_eq!(read(&utf16("id,text\n"), encoded), b"id,text\n");
            assert_eq!(read(b"", encoded), b"");
        }
        let said = Encoded::As(UTF_8);
        assert_eq!(read(b"\xef\xbb\xbfa", said), b"a");
    }

    #[test]
    fn what_is_not_utf_8_is_guessed_however_late_it_comes() {
        for before in [0, 10, HELD - 1, HELD, 3 * HELD + 7] {
            let text = "a".repeat(before) + " Ein Gr\u{fc}\u{df}programm f\u{fc}r \u{c4}pfel ";
            let text = text.repeat(3);
            let bytes = WINDOWS_1252.encode(&text).0;
            assert_eq!(read(&bytes, Encoded::Guessed), text.as_bytes(), "{before}");
            assert_eq!(read(text.as_bytes(), Encoded::Guessed), text.as_bytes());
            assert_eq!(read(&bytes, Encoded::As(WINDOWS_1252)), text.as_bytes());
            // Who writes JSON means UTF-8: what is none stays visible.
            assert_eq!(read(&bytes, Encoded::Unicode), bytes.as_ref());
        }
    }

    #[test]
    fn what_cannot_be_decoded_is_no_utf_8() {
        let bytes = [b"\xff\xfe".to_vec(), utf16("a"), vec![0, 0xd8], utf16("b")].concat();
        assert_eq!(read(&bytes, Encoded::Guessed), b"a\xffb");
    }

    #[test]
    fn a_live_input_is_given_as_it_comes() {
        let mut reader = BufReader::new(Utf8Reader::new(
            b"{\"a\":1}\n".chain(&b"{\"a\":2}\n"[..]),
            Encoded::Unicode,
            true,
        ));
        assert_eq!(reader.fill_buf().unwrap(), b"{\"a\":1}\n");
    }
}
