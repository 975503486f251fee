//! A look at a GGUF file before llama.cpp loads it.
//!
//! On some broken files llama.cpp ends the process, and where it does not, it
//! does not say what is wrong.

use std::path::Path;

use crate::models::architectures::KNOWN;
use crate::models::gguf::{CheckError, Header};
use crate::models::split;

/// Layers and experts that llama.cpp has room for; more end the process.
const MAX_LAYERS: u64 = 512;
const MAX_EXPERTS: u64 = 1024;

/// Reads the header of a GGUF file; of the first part of a split model, that of the whole.
///
/// # Errors
/// [`CheckError`] says in words what is wrong with the file.
pub fn check(path: &Path) -> Result<Header, CheckError> {
    let header = split::whole(path)?;
    usable(&header)?;
    Ok(header)
}

/// Whether llama.cpp can make a model of it.
fn usable(header: &Header) -> Result<(), CheckError> {
    let architecture = header.architecture.as_str();
    if architecture == "clip" {
        return Err(CheckError::NotAModel(
            "the picture reader of a model (mmproj)",
        ));
    }
    if header.text("general.type") == Some("adapter") {
        return Err(CheckError::Adapter);
    }
    if KNOWN.binary_search(&architecture).is_err() {
        return Err(CheckError::Architecture(architecture.to_owned()));
    }
    if header.tokens == 0 {
        return Err(CheckError::Missing("tokenizer.ggml.tokens".to_owned()));
    }
    within(header, "block_count", MAX_LAYERS)?;
    if !heads_fit(header) {
        return Err(CheckError::Damaged(
            "its numbers of attention heads do not fit together",
        ));
    }
    match within(header, "expert_count", MAX_EXPERTS) {
        Err(error @ CheckError::OutOfRange { value: 1.., .. }) => Err(error),
        // Most models have none.
        _ => Ok(()),
    }
}

/// Whether the heads of keys and values are as many as the architecture needs; where a
/// number differs from layer to layer, nothing is said.
fn heads_fit(header: &Header) -> bool {
    let number = |name: &str| header.number(&format!("{{arch}}.attention.{name}"));
    let (Some(heads), Some(shared)) = (number("head_count"), number("head_count_kv")) else {
        return true;
    };
    match header.architecture.as_str() {
        "minicpm3" => heads > 0 && heads == shared,
        // Layers without attention have 0.
        _ => shared == 0 || heads % shared == 0,
    }
}

/// Whether a number of the model's shape is there and possible.
fn within(header: &Header, name: &str, most: u64) -> Result<(), CheckError> {
    let key = format!("{}.{name}", header.architecture);
    match header.number(&key) {
        None => Err(CheckError::Missing(key)),
        Some(value) if (1..=most).contains(&value) => Ok(()),
        Some(value) => Err(CheckError::OutOfRange { key, value, most }),
    }
}

#[cfg(test)]
mod tests {
    use std::io;

    use super::*;
    use crate::models::gguf::read;

    #[track_caller]
    fn error(bytes: &[u8]) -> String {
        let header = read(io::Cursor::new(bytes), bytes.len() as u64);
        let result = header.and_then(|header| usable(&header));
        result.unwrap_err().to_string()
    }

    fn tiny() -> Vec<u8> {
        std::fs::read("tests/fixtures/tiny-digits.gguf").unwrap()
    }

    /// The fixture with other bytes in place of some that are as many.
    #[track_caller]
    fn with(old: &[u8], new: &[u8]) -> Vec<u8> {
        assert_eq!(old.len(), new.len());
        let mut bytes = tiny();
        let at = bytes.windows(old.len()).position(|window| window == old);
        bytes[at.unwrap()..][..new.len()].copy_from_slice(new);
        bytes
    }

    #[test]
    fn a_sound_file_passes() {
        let header = check("tests/fixtures/tiny-digits.gguf".as_ref()).unwrap();
        assert_eq!(header.architecture, "minicpm3");
    }

    #[test]
    fn the_known_architectures_are_sorted() {
        assert!(KNOWN.is_sorted());
    }

    #[test]
    fn what_is_wrong_is_said_in_words() {
        assert_eq!(
            error(b"version https://git-lfs.github.com/spec/v1\n"),
            "it is a git-lfs pointer of 43 bytes, not the model itself"
        );
        assert_eq!(
            error(b"<!DOCTYPE html>"),
            "it is not a GGUF file: it begins with `<!DO` instead of `GGUF`"
        );
        assert_eq!(
            error(b"PK\x03\x04data"),
            "it is a PyTorch or zip file, not a GGUF file; \
             llama.cpp's `convert_hf_to_gguf.py` makes one"
        );
        assert_eq!(
            error(b"\x40\0\0\0\0\0\0\0{\"__metadata__\":"),
            "it is a safetensors file, not a GGUF file; \
             llama.cpp's `convert_hf_to_gguf.py` makes one"
        );
        assert_eq!(error(b""), "it is empty");
        assert_eq!(
            error(b"GGUF\0\0\0\x03aaaaaaaaaaaa"),
            "it is a big-endian GGUF file, which llama.cpp does not read here"
        );
        assert_eq!(
            error(b"GGUF\x09\0\0\0"),
            "it has GGUF version 9; versions 2 and 3 are known"
        );
    }

    #[test]
    fn what_llama_cpp_cannot_load_is_said_in_words() {
        assert_eq!(
            error(&with(
                b"\x08\0\0\0\x08\0\0\0\0\0\0\0minicpm3",
                b"\x08\0\0\0\x08\0\0\0\0\0\0\0minicpm9"
            )),
            "its architecture `minicpm9` is not one that llama.cpp knows"
        );
        assert_eq!(
            error(&with(b"tokenizer.ggml.tokens", b"tokenizer.ggml.tokenS")),
            "its header does not say `tokenizer.ggml.tokens`"
        );
        assert_eq!(
            error(&with(
                b"block_count\x04\0\0\0\x03\0",
                b"block_count\x04\0\0\0\0\x04"
            )),
            "its header says `minicpm3.block_count` is 1024; it must be from 1 to 512"
        );
        assert_eq!(
            error(&with(b"minicpm3.block_count", b"minicpm3.block_Count")),
            "its header does not say `minicpm3.block_count`"
        );
        assert_eq!(
            error(&with(
                b"head_count_kv\x04\0\0\0\x04",
                b"head_count_kv\x04\0\0\0\x02"
            )),
            "its header is damaged: its numbers of attention heads do not fit together"
        );
        assert_eq!(
            error(&with(b"<0x41>", b"<0x4x>")),
            "its header is damaged: its vocabulary lacks tokens of single bytes"
        );
        // Two tokens of one spelling end llama.cpp's process.
        assert_eq!(
            error(&with(b"<0x01>", b"<0x02>")),
            "its header is damaged: its vocabulary has a token twice"
        );
        assert_eq!(
            error(&with(
                b"token_type\x09\0\0\0\x05",
                b"token_type\x09\0\0\0\x06"
            )),
            "its header is damaged: its vocabulary is of a wrong type"
        );
    }

    #[test]
    fn a_file_cut_anywhere_is_said_to_be_cut() {
        let whole = tiny();
        for end in (8..whole.len()).step_by(997) {
            assert!(
                error(&whole[..end]).starts_with("it is cut short"),
                "at {end}"
            );
        }
    }
}
