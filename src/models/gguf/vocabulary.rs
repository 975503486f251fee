//! The vocabulary of a GGUF file: its marks are kept, of the rest how much there is.

use crate::models::gguf::error::CheckError;
use crate::models::gguf::{Header, Mark, TokenKind};

/// As many marked tokens, such as `<|im_end|>`, are kept.
const MAX_MARKED: usize = 4096;

/// Whether a token is that of a single byte: `<0x0A>`.
fn is_byte_token(text: &[u8]) -> bool {
    let digits = text.strip_prefix(b"<0x").and_then(|t| t.strip_suffix(b">"));
    let is_digit = |b: &u8| b.is_ascii_digit() || (b'A'..=b'F').contains(b);
    digits.is_some_and(|digits| digits.len() == 2 && digits.iter().all(is_digit))
}

/// What the vocabulary's arrays say, until all are read.
#[derive(Default)]
pub(super) struct Vocabulary {
    pub(super) tokens: Option<u64>,
    /// How many of the 256 tokens of single bytes there are.
    bytes: usize,
    pub(super) scores: Option<u64>,
    pub(super) kinds: Option<Vec<u8>>,
    marks: Vec<(u64, String)>,
}

impl Vocabulary {
    /// Takes note of a token's spelling.
    pub(super) fn add(&mut self, id: u64, text: &[u8]) {
        let is_byte = is_byte_token(text);
        self.bytes += usize::from(is_byte);
        let is_mark = matches!(
            (text.first(), text.last()),
            (Some(b'<'), Some(b'>')) | (Some(b'['), Some(b']'))
        );
        let room = self.marks.len() < MAX_MARKED;
        if is_mark && room && text.len() <= 64 && !is_byte {
            let text = String::from_utf8_lossy(text).into_owned();
            self.marks.push((id, text));
        }
    }

    /// Puts the arrays together; llama.cpp reads them by the number of tokens.
    pub(super) fn put_into(self, header: &mut Header) -> Result<(), CheckError> {
        header.tokens = self.tokens.unwrap_or(0);
        let kinds = self.kinds.as_ref().map(|kinds| kinds.len() as u64);
        for count in [self.scores, kinds].into_iter().flatten() {
            if count < header.tokens {
                return Err(CheckError::Damaged("its vocabulary is not complete"));
            }
        }
        // Without them, a character that is in no token ends the process.
        let model = header.text("tokenizer.ggml.model");
        if model == Some("llama") && header.tokens > 0 && self.bytes < 256 {
            return Err(CheckError::Damaged(
                "its vocabulary lacks tokens of single bytes",
            ));
        }
        let kinds = self.kinds.unwrap_or_default();
        let kind = |id: u64| usize::try_from(id).ok().and_then(|id| kinds.get(id));
        let marks = self.marks.into_iter().map(|(id, text)| Mark {
            id,
            text,
            kind: kind(id).map_or(TokenKind::Normal, |&number| TokenKind::of(number)),
        });
        header.marks = marks.collect();
        Ok(())
    }
}
