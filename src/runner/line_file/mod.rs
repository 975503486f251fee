//! A file of lines that is written again from its beginning: what it has already is
//! only compared, and from the first difference on it is replaced.
//!
//! So a run that goes on after another leaves what that one wrote as it is, a line that
//! was cut in two by a crash is put right, and one write hands a whole line over.

mod gzip;

use std::fs::{File, Metadata, OpenOptions};
use std::io::{self, BufReader, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

use crate::runner::line_file::gzip::Members;

/// The file, and how far it is known to be right.
#[derive(Debug)]
pub struct LineFile {
    path: PathBuf,
    is_compressed: bool,
    state: State,
    /// Held as long as this is: the journal's lock does not see a file's second name.
    lock: Option<File>,
}

#[derive(Debug)]
enum State {
    /// Not there yet, or not looked at.
    Closed,
    /// Its first bytes are right.
    Comparing { file: BufReader<File>, right: u64 },
    /// It ends with what was written last.
    Writing { file: File, right: u64 },
    /// It is compressed.
    Compressed(Members),
}

impl LineFile {
    /// The file at a path, which is made with the first line. One whose name ends in `.gz` is
    /// compressed.
    #[must_use]
    pub fn new(path: &Path) -> Self {
        let is_gzip = |ending: &std::ffi::OsStr| ending.eq_ignore_ascii_case("gz");
        Self {
            path: path.to_owned(),
            is_compressed: path.extension().is_some_and(is_gzip),
            state: State::Closed,
            lock: None,
        }
    }

    /// Where it is.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Makes sure that it can be written, and makes it where it is not there.
    ///
    /// # Errors
    /// [`io::Error`] where it cannot.
    pub fn open(&mut self) -> io::Result<()> {
        if matches!(self.state, State::Closed) {
            let is_device = |there: Metadata| !there.is_file();
            if self.is_compressed {
                if self.path.metadata().is_ok_and(is_device) {
                    let message = "it is no file, and what is compressed has to be one";
                    return Err(io::Error::new(io::ErrorKind::InvalidInput, message));
                }
                self.state = State::Compressed(Members::open(&self.path)?);
                return self.lock();
            }
            if self.path.metadata().is_ok_and(is_device) {
                // Nothing is in a pipe or a terminal already, and reading would wait for it.
                return self.begin_writing(0);
            }
            let mut options = OpenOptions::new();
            let file = options.read(true).write(true).create(true).truncate(false);
            let file = BufReader::new(file.open(&self.path)?);
            self.lock()?;
            self.state = State::Comparing { file, right: 0 };
        }
        Ok(())
    }

    /// Keeps other runs away. Where files cannot be locked, the journal alone does.
    fn lock(&mut self) -> io::Result<()> {
        // On other systems a lock would keep this run's own writing away, too.
        #[cfg(unix)]
        {
            let file = File::open(&self.path)?;
            if let Err(std::fs::TryLockError::WouldBlock) = file.try_lock() {
                let message = "another run is writing to it";
                return Err(io::Error::new(io::ErrorKind::ResourceBusy, message));
            }
            self.lock = Some(file);
        }
        Ok(())
    }

    /// The next line, its newline included.
    ///
    /// # Errors
    /// [`io::Error`] where it cannot be written; the file ends with a whole line all
    /// the same.
    pub fn write(&mut self, line: &[u8]) -> io::Result<()> {
        self.open()?;
        let length = line.len() as u64;
        if let State::Comparing { file, right } = &mut self.state {
            let mut there = Vec::with_capacity(line.len());
            file.take(length).read_to_end(&mut there)?;
            if there == line {
                *right += length;
                return Ok(());
            }
            let right = *right;
            self.begin_writing(right)?;
        }
        if let State::Compressed(members) = &mut self.state {
            return members.write(line);
        }
        if let State::Writing { file, right } = &mut self.state {
            if let Err(error) = file.write_all(line) {
                // A full disk takes the half of a line: off with it.
                let _ = file.set_len(*right);
                return Err(error);
            }
            *right += length;
        }
        Ok(())
    }

    /// Sees to it that the file has all lines so far, where no more are written for now.
    ///
    /// # Errors
    /// [`io::Error`] where that fails.
    pub fn pause(&mut self) -> io::Result<()> {
        match &mut self.state {
            State::Compressed(members) => members.pause(),
            _ => Ok(()),
        }
    }

    /// Cuts off what follows the last line. What was written is on the disk then.
    ///
    /// # Errors
    /// [`io::Error`] where that fails.
    pub fn finish(&mut self) -> io::Result<()> {
        if matches!(self.state, State::Closed) && !self.path.exists() {
            return Ok(());
        }
        self.open()?;
        if let State::Comparing { right, .. } = self.state {
            self.begin_writing(right)?;
        }
        match &mut self.state {
            State::Compressed(members) => members.finish(),
            State::Writing { file, .. } if file.metadata()?.is_file() => file.sync_all(),
            _ => Ok(()),
        }
    }

    /// Whether nothing was written or found right.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        match self.state {
            State::Closed => true,
            State::Comparing { right, .. } | State::Writing { right, .. } => right == 0,
            State::Compressed(_) => false,
        }
    }

    /// Cuts off everything behind what is right.
    fn begin_writing(&mut self, right: u64) -> io::Result<()> {
        let mut file = OpenOptions::new().write(true).open(&self.path)?;
        if file.metadata()?.is_file() {
            file.set_len(right)?;
            file.seek(SeekFrom::Start(right))?;
        }
        self.state = State::Writing { file, right };
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    #[cfg(unix)]
    #[test]
    fn a_file_is_of_one_run_under_all_its_names() {
        let folder = tempfile::tempdir().unwrap();
        let [one, link, packed] = ["one", "link", "a.gz"].map(|name| folder.path().join(name));
        let mut first = LineFile::new(&one);
        first.write(b"a\n").unwrap();
        std::os::unix::fs::symlink(&one, &link).unwrap();
        let error = LineFile::new(&link).write(b"b\n").unwrap_err();
        assert_eq!(error.to_string(), "another run is writing to it");
        first.finish().unwrap();
        drop(first);
        LineFile::new(&link).write(b"b\n").unwrap();
        let mut first = LineFile::new(&packed);
        first.open().unwrap();
        assert!(LineFile::new(&packed).open().is_err());
    }

    /// What becomes of a file with `before` in it when `lines` are written.
    fn after(before: &str, lines: &[&str]) -> String {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("out");
        fs::write(&path, before).unwrap();
        let mut file = LineFile::new(&path);
        for line in lines {
            file.write(format!("{line}\n").as_bytes()).unwrap();
        }
        file.finish().unwrap();
        fs::read_to_string(&path).unwrap()
    }

    #[test]
    fn the_file_ends_up_with_the_lines_and_nothing_else() {
        for before in [
            "",
            "a\n",
            "a\nb\nc\n",
            "a\nb",
            "a\nbb\n",
            "x\n",
            "a\nb\nc\nd\n",
        ] {
            assert_eq!(after(before, &["a", "b", "c"]), "a\nb\nc\n", "{before:?}");
        }
        assert_eq!(after("a\nb\n", &[]), "");
    }

    #[test]
    fn what_is_right_is_not_written_again() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("out");
        fs::write(&path, "a\nb\nc\n").unwrap();
        let mut file = LineFile::new(&path);
        file.write(b"a\n").unwrap();
        // Stopped here: what was there is there.
        drop(file);
        assert_eq!(fs::read_to_string(&path).unwrap(), "a\nb\nc\n");
    }
}
