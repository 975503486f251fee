//! The text of a record: in it, or in a file that it names.

use std::path::PathBuf;

use crate::document::{self, Format, ReadError, Text};
use crate::runner::outcome::Failure;

/// Where the text of a record is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Content {
    /// Here.
    Text(String),
    /// In a file.
    File(PathBuf),
}

impl Content {
    /// The text, and its markup.
    ///
    /// # Errors
    /// The failure that it comes to where there is no text.
    pub fn read(self) -> Result<(Text, Format), Failure> {
        match self {
            Content::Text(text) => {
                // A text is one whatever it begins with.
                let text = document::clean(&text);
                let format = Format::of(None, &text.text);
                Ok((text, format))
            }
            Content::File(path) => {
                let text = document::open(&path).map_err(|e| {
                    let cause = match &e {
                        ReadError::Io(cause) => format!(": {cause}"),
                        _ => String::new(),
                    };
                    let message = format!("cannot use `{}`: {e}{cause}", path.display());
                    Failure::new(e.kind(), message)
                })?;
                let format = Format::of(Some(&path), &text.text);
                Ok((text, format))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_is_one_whatever_it_begins_with() {
        for text in [
            "GIF89a encoder",
            "BZhello",
            "%PDF-1.7",
            "PK\u{3}\u{4}",
            "a\0b\u{7}",
        ] {
            let (read, _) = Content::Text(text.to_owned()).read().unwrap();
            let seen: String = text.chars().filter(|c| !c.is_control()).collect();
            assert_eq!(read.text, seen);
            assert_eq!(read.removed, text.chars().count() - seen.chars().count());
        }
    }
}
