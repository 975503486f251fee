//! What has to hold of whatever is read: one file for each fuzz target.
//!
//! The tests of the program feed the kept inputs to the same functions, so nothing here
//! knows of the fuzzer.

use std::io::Write;

use tempfile::NamedTempFile;

pub mod files;
pub mod gguf;
pub mod html;
pub mod journal;
pub mod learned;
pub mod lora;
pub mod mail;
pub mod markdown;
pub mod markup;
pub mod notebook;
mod reading;
pub mod records;
pub mod requests;
pub mod tags;

/// Panics where something does not hold of these bytes.
pub type Law = fn(&[u8]);

/// The targets, by their names.
pub const ALL: [(&str, Law); 13] = [
    ("files", files::holds),
    ("gguf", gguf::holds),
    ("html", html::holds),
    ("journal", journal::holds),
    ("learned", learned::holds),
    ("lora", lora::holds),
    ("mail", mail::holds),
    ("markdown", markdown::holds),
    ("markup", markup::holds),
    ("notebook", notebook::holds),
    ("records", records::holds),
    ("requests", requests::holds),
    ("tags", tags::holds),
];

/// The bytes as a file, with so many more that are a hole in it.
fn file(bytes: &[u8], hole: u64) -> NamedTempFile {
    let mut file = NamedTempFile::new().unwrap();
    file.write_all(bytes).unwrap();
    file.as_file().set_len(bytes.len() as u64 + hole).unwrap();
    file
}
