//! Models in several files, as llama.cpp's `llama-gguf-split` makes them:
//! `NAME-00001-of-00003.gguf` and so on.
//!
//! The first file has the metadata, and llama.cpp finds the others by its name. What a plan
//! counts are the tensors of all.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use crate::models::gguf::{CheckError, Header, header};
use crate::models::hub_file::HubFile;

/// The metadata keys of a part: how many there are, which one it is from 0 on, and how many
/// tensors are in all of them.
const COUNT: &str = "split.count";
const NUMBER: &str = "split.no";
const TENSORS: &str = "split.tensors.count";

/// As many parts a model has at most.
const MOST: u64 = 1 << 12;

/// What a part's file is called.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PartName {
    /// What stands before `-00001-of-00003.gguf`, folders included.
    prefix: String,
    /// Which part it is, from 1 on.
    pub number: u64,
    /// How many there are.
    pub count: u64,
}

impl PartName {
    /// Reads a file's name; `None` if it is not that of a part.
    #[must_use]
    pub fn parse(name: &str) -> Option<Self> {
        let stem = name.strip_suffix(".gguf")?;
        let (rest, count) = stem.rsplit_once("-of-")?;
        let (prefix, number) = rest.rsplit_once('-')?;
        let digits = |text: &str| {
            let plain = text.len() == 5 && text.bytes().all(|b| b.is_ascii_digit());
            plain.then(|| text.parse::<u64>().ok()).flatten()
        };
        let (number, count) = (digits(number)?, digits(count)?);
        ((1..=count).contains(&number) && count <= MOST).then(|| Self {
            prefix: prefix.to_owned(),
            number,
            count,
        })
    }

    /// The name of another part.
    #[must_use]
    pub fn part(&self, number: u64) -> String {
        name(&self.prefix, number, self.count)
    }

    /// The names of all parts, in their order.
    pub fn all(&self) -> impl Iterator<Item = String> {
        (1..=self.count).map(|number| self.part(number))
    }
}

impl HubFile {
    /// The file with the other parts of its model, if it is one of several.
    #[must_use]
    pub fn parts(&self) -> Vec<Self> {
        let Some(name) = PartName::parse(&self.file) else {
            return vec![self.clone()];
        };
        let part = |file| Self {
            file,
            ..self.clone()
        };
        name.all().map(part).collect()
    }
}

fn name(prefix: &str, number: u64, count: u64) -> String {
    format!("{prefix}-{number:05}-of-{count:05}.gguf")
}

/// The files of a model: the one that is named, and if it is called as a first part is, the
/// others beside it as far as they are there.
#[must_use]
pub fn files(path: &Path) -> Vec<PathBuf> {
    let mut files = vec![path.to_owned()];
    if let Some((name, folder)) = part_name(path).filter(|(name, _)| name.number == 1) {
        let others = name.all().skip(1).map(|part| folder.join(part));
        files.extend(others.take_while(|path| path.exists()));
    }
    files
}

/// What a file's own name says, with its folder.
fn part_name(path: &Path) -> Option<(PartName, &Path)> {
    let name = PartName::parse(path.file_name()?.to_str()?)?;
    Some((name, path.parent()?))
}

/// The header of the whole model that a file is, or is the first part of.
pub(super) fn whole(path: &Path) -> Result<Header, CheckError> {
    let first = header(path)?;
    let begins_again = || appended(path, &first);
    let count = first.number(COUNT).unwrap_or(0);
    if count <= 1 {
        if begins_again()? {
            return Err(CheckError::Joined);
        }
        return Ok(first);
    }
    let number = first.number(NUMBER).unwrap_or(0).saturating_add(1);
    if begins_again()? {
        return Err(CheckError::JoinedParts { number, count });
    }
    if number != 1 {
        let first = part_name(path).map(|(name, _)| name.part(1));
        return Err(CheckError::NotTheFirst {
            number,
            count,
            first,
        });
    }
    let named = part_name(path).filter(|(name, _)| (name.number, name.count) == (1, count));
    let Some((name, folder)) = named else {
        let stem = path.file_stem().unwrap_or_default().to_string_lossy();
        return Err(CheckError::PartName {
            count,
            expected: self::name(&stem, 1, count),
        });
    };
    let mut all = first;
    for number in 2..=count {
        let file = name.part(number);
        let part = part(&folder.join(&file), number, count).map_err(|source| match source {
            CheckError::Io(error) if error.kind() == io::ErrorKind::NotFound => {
                let file = file.clone();
                CheckError::PartMissing { count, file }
            }
            source => CheckError::Part {
                file: file.clone(),
                source: Box::new(source),
            },
        })?;
        all.add_part(part);
    }
    let tensors = all.table.len() as u64;
    match all.number(TENSORS).filter(|&all| all != tensors) {
        Some(expected) => Err(CheckError::PartTensors { expected, tensors }),
        None => Ok(all),
    }
}

/// A part behind the first.
fn part(path: &Path, number: u64, count: u64) -> Result<Header, CheckError> {
    let part = header(path)?;
    if appended(path, &part)? {
        return Err(CheckError::Joined);
    }
    let says = (part.number(NUMBER), part.number(COUNT));
    if says != (Some(number - 1), Some(count)) {
        return Err(CheckError::OtherPart { number, count });
    }
    Ok(part)
}

/// Whether another GGUF file begins where this one's tensors end.
fn appended(path: &Path, header: &Header) -> Result<bool, CheckError> {
    use std::io::{Read, Seek, SeekFrom};
    let end = header.expected_bytes;
    let size = fs::metadata(path).map_err(CheckError::Io)?.len();
    if size <= end {
        return Ok(false);
    }
    let look = || -> io::Result<Vec<u8>> {
        let mut behind = Vec::new();
        let mut file = fs::File::open(path)?;
        file.seek(SeekFrom::Start(end))?;
        // The last tensor is filled up to the alignment.
        file.take(header.alignment().saturating_add(4).min(1 << 16))
            .read_to_end(&mut behind)?;
        Ok(behind)
    };
    let behind = look().map_err(CheckError::Io)?;
    let padding = behind.iter().take_while(|&&byte| byte == 0).count();
    Ok(behind[padding..].starts_with(b"GGUF"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_part_is_told_by_its_name() {
        let name = PartName::parse("sub/m-Q4-00002-of-00003.gguf").unwrap();
        assert_eq!((name.number, name.count), (2, 3));
        let all: Vec<String> = name.all().collect();
        assert_eq!(all[0], "sub/m-Q4-00001-of-00003.gguf");
        assert_eq!(all.len(), 3);
        for other in [
            "m.gguf",
            "m-00001-of-00003.GGUF",
            "m-1-of-3.gguf",
            "m-00000-of-00003.gguf",
            "m-00004-of-00003.gguf",
            "m-00001-of-99999.gguf",
            "m-+0001-of-00003.gguf",
            "-of-00003.gguf",
        ] {
            assert_eq!(PartName::parse(other), None, "{other}");
        }
    }
}
