//! The same for a compressed file, which is a row of gzip members, each closed by itself.
//!
//! A member ends with the line that makes it long enough, so that where members end follows
//! from the lines alone: a run that goes on writes the same bytes as one that was never
//! stopped. Lines whose member is not full are in the file when the run ends; a crash takes
//! them out of it, but not out of the journal.

use std::fs::{File, OpenOptions};
use std::io::{self, BufReader, Read, Seek, SeekFrom, Write};
use std::path::Path;

use flate2::Compression;
use flate2::bufread::GzDecoder;
use flate2::write::GzEncoder;

/// A member with so many bytes of lines is full.
const MEMBER: usize = 256 << 10;

/// How far a compressed file is known to be right.
#[derive(Debug)]
pub(super) struct Members {
    file: File,
    /// Up to here it has full members that are right.
    right: u64,
    /// The lines behind that: what the next member will have in it.
    lines: Vec<u8>,
    /// What is there already behind the full members; `None` where nothing is compared any
    /// more.
    there: Option<There>,
}

/// A member that is there already.
#[derive(Debug, Default)]
struct There {
    /// Its content.
    content: Vec<u8>,
    /// Where it ends in the file.
    end: u64,
}

impl Members {
    /// Opens the file, and makes it where it is not there.
    pub(super) fn open(path: &Path) -> io::Result<Self> {
        let mut options = OpenOptions::new();
        let options = options.read(true).write(true).create(true).truncate(false);
        let mut members = Self {
            file: options.open(path)?,
            right: 0,
            lines: Vec::new(),
            there: None,
        };
        members.there = members.look(0);
        Ok(members)
    }

    /// The member at a place of the file; `None` where there is no whole one.
    fn look(&mut self, at: u64) -> Option<There> {
        self.file.seek(SeekFrom::Start(at)).ok()?;
        let file = BufReader::new(self.file.try_clone().ok()?);
        let mut content = Vec::new();
        let mut decoder = GzDecoder::new(file);
        decoder.read_to_end(&mut content).ok()?;
        let end = decoder.into_inner().stream_position().ok()?;
        Some(There { content, end })
    }

    /// The next line.
    pub(super) fn write(&mut self, line: &[u8]) -> io::Result<()> {
        let before = self.lines.len();
        self.lines.extend_from_slice(line);
        let is_same = |there: &There| there.content.get(before..self.lines.len()) == Some(line);
        if !self.there.as_ref().is_some_and(is_same) {
            self.there = None;
        }
        if self.lines.len() < MEMBER {
            return Ok(());
        }
        match self.there.take() {
            Some(there) if there.content.len() == self.lines.len() => {
                self.right = there.end;
                self.there = self.look(there.end);
            }
            _ => self.end_member()?,
        }
        self.lines.clear();
        Ok(())
    }

    /// Writes the lines that wait as a member, in the place of whatever is there.
    fn end_member(&mut self) -> io::Result<()> {
        let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
        encoder.write_all(&self.lines)?;
        let member = encoder.finish()?;
        self.file.set_len(self.right)?;
        self.file.seek(SeekFrom::Start(self.right))?;
        if let Err(error) = self.file.write_all(&member) {
            // A full disk takes the half of a member: off with it.
            let _ = self.file.set_len(self.right);
            return Err(error);
        }
        self.right += member.len() as u64;
        Ok(())
    }

    /// Sees to it that the file has all lines so far, though another run may go on with it.
    /// What it has of a longer run before stays there.
    pub(super) fn pause(&mut self) -> io::Result<()> {
        if self.there.is_some() || self.lines.is_empty() {
            return Ok(());
        }
        let right = self.right;
        self.end_member()?;
        // It is not full: the next line takes its place.
        self.right = right;
        Ok(())
    }

    /// Cuts off what follows the last line.
    pub(super) fn finish(&mut self) -> io::Result<()> {
        let length = self.file.metadata()?.len();
        let is_right = match &self.there {
            Some(there) => there.content == self.lines && there.end == length,
            None => self.lines.is_empty() && self.right == length && length > 0,
        };
        if !is_right {
            if self.lines.is_empty() && self.right > 0 {
                self.file.set_len(self.right)?;
            } else {
                // Even without lines: an empty file is not one of gzip.
                self.end_member()?;
            }
            self.lines.clear();
            self.there = None;
        }
        self.file.sync_all()
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use flate2::read::MultiGzDecoder;

    use super::*;

    fn lines() -> Vec<String> {
        let mut random = fastrand::Rng::with_seed(7);
        let line = |n: usize| format!("{n} {}\n", random.u64(..));
        (0..30_000).map(line).collect()
    }

    fn write(path: &Path, lines: &[String], finish: bool) {
        let mut members = Members::open(path).unwrap();
        for line in lines {
            members.write(line.as_bytes()).unwrap();
        }
        if finish {
            members.finish().unwrap();
        } else {
            members.pause().unwrap();
        }
    }

    fn read(path: &Path) -> String {
        let mut text = String::new();
        let mut decoder = MultiGzDecoder::new(File::open(path).unwrap());
        decoder.read_to_string(&mut text).unwrap();
        text
    }

    #[test]
    fn a_run_that_goes_on_ends_in_the_same_bytes() {
        let folder = tempfile::tempdir().unwrap();
        let (whole, other) = (folder.path().join("a.gz"), folder.path().join("b.gz"));
        let lines = lines();
        write(&whole, &lines, true);
        let expected = fs::read(&whole).unwrap();
        assert_eq!(read(&whole), lines.concat());
        for stopped in [0, 1, 999, 14_000, 29_999, 30_000] {
            let _ = fs::remove_file(&other);
            write(&other, &lines[..stopped], false);
            if stopped > 0 {
                assert_eq!(read(&other), lines[..stopped].concat());
            }
            write(&other, &lines, true);
            assert_eq!(fs::read(&other).unwrap(), expected, "{stopped}");
        }
        // A run that is stopped earlier than the one before takes nothing away.
        write(&whole, &lines[..20_000], false);
        assert_eq!(fs::read(&whole).unwrap(), expected);
    }

    #[test]
    fn what_is_damaged_longer_or_foreign_is_put_right() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.gz");
        let lines = lines();
        write(&path, &lines, true);
        let expected = fs::read(&path).unwrap();
        let mut flipped = expected.clone();
        flipped[expected.len() / 2] ^= 1;
        let cut = |n: usize| expected[..n].to_vec();
        for there in [
            cut(0),
            cut(1),
            cut(expected.len() / 3),
            cut(expected.len() - 1),
            flipped,
            [&expected[..], b"more"].concat(),
            [&expected[..], &expected[..]].concat(),
            b"{\"id\":\"1\"}\n".to_vec(),
        ] {
            fs::write(&path, &there).unwrap();
            write(&path, &lines, true);
            assert_eq!(fs::read(&path).unwrap(), expected, "{} bytes", there.len());
        }
        write(&path, &[], true);
        assert_eq!(read(&path), "");
        assert!(path.metadata().unwrap().len() > 0);
    }
}
