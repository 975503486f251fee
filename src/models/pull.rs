//! From the hub into the cache: resumed where it was cut, held against its checksum.
//!
//! The names are those of Hugging Face's own programs, so that a download which they
//! began is finished here, and the other way round.

use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};
use std::time::Duration;

use crate::models::cache::Cache;
use crate::models::fetch::{Content, Facts, Hub};
use crate::models::fetch_error::FetchError;
use crate::models::hub_file::HubFile;
use crate::models::identity::{Download, Remembered, sha256_of_download};

/// Attempts that bring nothing, one after the other, before it is given up.
const ATTEMPTS: u32 = 5;

/// As long as a server may ask to be left alone.
const LONGEST_WAIT: Duration = Duration::from_mins(1);

/// Bytes that are read at once.
const CHUNK: usize = 1 << 16;

/// A file that is here now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pulled {
    /// Where it lies in the cache.
    pub path: PathBuf,
    /// Whether it was here before.
    pub was_here: bool,
    /// Whether its checksum is known: the hub gives one for large files, or the registry.
    pub verified: bool,
}

/// A hub and the cache that its files go into.
#[derive(Debug)]
pub struct Puller {
    hub: Hub,
    cache: Cache,
    pause: Duration,
    remembered: Option<Remembered>,
}

impl Puller {
    /// The hub and the cache that the environment describes.
    ///
    /// # Errors
    /// [`FetchError`] where the environment forbids it or makes no sense.
    pub fn from_env() -> Result<Self, FetchError> {
        let cache = Cache::from_env().ok_or(FetchError::NoCache)?;
        Ok(Self {
            remembered: Remembered::from_env(),
            ..Self::new(Hub::from_env()?, cache)
        })
    }

    /// A hub's files into a cache.
    #[must_use]
    pub fn new(hub: Hub, cache: Cache) -> Self {
        let pause = Duration::from_secs(1);
        Self {
            hub,
            cache,
            pause,
            remembered: None,
        }
    }

    /// Waits so long after a first failure, and longer after the next.
    #[must_use]
    pub fn pause(mut self, pause: Duration) -> Self {
        self.pause = pause;
        self
    }

    /// Brings a file into the cache, or finds it there. `known` is its SHA-256 where the
    /// registry has it; `tell` is given bytes done and bytes in all.
    ///
    /// # Errors
    /// [`FetchError`]; what had come by then is kept, and the next call goes on from there.
    pub fn pull(
        &self,
        file: &HubFile,
        known: Option<&str>,
        tell: &mut dyn FnMut(u64, u64),
    ) -> Result<Pulled, FetchError> {
        let facts = self.facts(file)?;
        let expected = sha256(&facts).or(known);
        if let (Some(known), Some(actual)) = (known, expected)
            && !known.eq_ignore_ascii_case(actual)
        {
            return Err(FetchError::Changed {
                expected: known.to_owned(),
                actual: actual.to_owned(),
            });
        }
        let folder = self.cache.repository(&file.repository);
        let blob = folder.join("blobs").join(&facts.etag);
        let snapshot = folder.join("snapshots").join(&facts.commit);
        let path = snapshot.join(&file.file);
        let whole = |path: &Path| fs::metadata(path).is_ok_and(|meta| meta.len() == facts.size);
        let was_here = whole(&path) || whole(&blob);
        if !was_here {
            self.bring(file, &facts, expected, &blob, tell)?;
        }
        if !whole(&path) {
            link(&blob, &snapshot, &file.file)?;
        }
        if file.revision() != facts.commit {
            let noted = self.cache.set_commit(file, &facts.commit);
            noted.map_err(|(path, source)| FetchError::Io { path, source })?;
        }
        Ok(Pulled {
            path,
            was_here,
            verified: expected.is_some(),
        })
    }

    /// What the hub says of a file. Whoever cannot be reached at all is not asked again:
    /// somebody sits before the screen.
    fn facts(&self, file: &HubFile) -> Result<Facts, FetchError> {
        let mut patience = Patience::new(self.pause);
        loop {
            match self.hub.facts(file) {
                Err(error @ FetchError::Unreachable { .. }) => return Err(error),
                Err(error) => patience.wait(error)?,
                Ok(facts) => return Ok(facts),
            }
        }
    }

    /// Brings a file's content.
    fn bring(
        &self,
        file: &HubFile,
        facts: &Facts,
        expected: Option<&str>,
        blob: &Path,
        tell: &mut dyn FnMut(u64, u64),
    ) -> Result<(), FetchError> {
        let _lock = self.lock(file, &facts.etag)?;
        let partial = blob.with_added_extension("incomplete");
        prepare(&partial)?;
        let opened = OpenOptions::new().append(true).create(true).open(&partial);
        let mut part = Part {
            out: opened.map_err(at(&partial))?,
            size: facts.size,
            path: &partial,
            tell,
        };
        self.check_space(facts.size.saturating_sub(part.len()?))?;
        self.transfer(file, &mut part)?;
        let download = match expected {
            Some(expected) => Some(verify(&partial, expected)?),
            None => None,
        };
        fs::rename(&partial, blob).map_err(at(blob))?;
        if let (Some(download), Some(remembered)) = (download, &self.remembered) {
            download.remember(blob, remembered);
        }
        Ok(())
    }

    /// Brings what is missing, over as many connections as it takes.
    fn transfer(&self, file: &HubFile, part: &mut Part) -> Result<(), FetchError> {
        let mut patience = Patience::new(self.pause);
        loop {
            let have = part.len()?;
            (part.tell)(have, part.size);
            if have == part.size {
                return Ok(());
            }
            let result = match self.hub.content(file, have) {
                Ok(Content::Body { from, body, host }) => part.take(from, body, host),
                // What is here is no beginning of what is there.
                Ok(Content::NoSuchRange) => part.restart(),
                Err(error) => Err(error),
            };
            if let Err(error) = result {
                if part.len()? > have {
                    patience = Patience::new(self.pause);
                }
                patience.wait(error)?;
            }
        }
    }

    fn check_space(&self, needed: u64) -> Result<(), FetchError> {
        let folder = self.cache.root().to_owned();
        match fs4::available_space(&folder) {
            Ok(free) if free < needed => Err(FetchError::NoSpace {
                folder,
                free,
                needed,
            }),
            // A file system that does not say is no reason to stop.
            _ => Ok(()),
        }
    }

    /// Keeps a second process, of ours or of Hugging Face's, from the same file.
    fn lock(&self, file: &HubFile, etag: &str) -> Result<File, FetchError> {
        let repository = self.cache.repository(&file.repository);
        let folder = self.cache.root().join(".locks");
        let folder = folder.join(repository.file_name().unwrap_or_default());
        let path = folder.join(format!("{etag}.lock"));
        prepare(&path)?;
        let file = File::create(&path).map_err(at(&path))?;
        match file.try_lock() {
            Err(TryLockError::WouldBlock) => Err(FetchError::Busy(path)),
            // Some network drives have no locks.
            _ => Ok(file),
        }
    }
}

/// A file that is not whole yet.
struct Part<'a> {
    out: File,
    size: u64,
    path: &'a Path,
    tell: &'a mut dyn FnMut(u64, u64),
}

impl Part<'_> {
    /// Bytes that are here; what is longer than the file is none of it.
    fn len(&mut self) -> Result<u64, FetchError> {
        let len = self.out.metadata().map_err(at(self.path))?.len();
        if len > self.size {
            self.restart()?;
            return Ok(0);
        }
        Ok(len)
    }

    fn restart(&mut self) -> Result<(), FetchError> {
        self.out.set_len(0).map_err(at(self.path))
    }

    /// Takes what one connection brings.
    fn take(&mut self, from: u64, mut body: impl Read, host: String) -> Result<(), FetchError> {
        if from == 0 {
            self.restart()?;
        }
        let mut done = from;
        let mut chunk = vec![0; CHUNK];
        loop {
            let read = body.read(&mut chunk).unwrap_or(0);
            if read == 0 && done == self.size {
                return Ok(());
            }
            if read == 0 {
                let all = self.size;
                return Err(FetchError::Cut { host, done, all });
            }
            done += read as u64;
            if done > self.size {
                self.restart()?;
                let what = "it sends more than it announced";
                return Err(FetchError::NotTheHub { host, what });
            }
            self.out.write_all(&chunk[..read]).map_err(at(self.path))?;
            (self.tell)(done, self.size);
        }
    }
}

/// How often something is tried again, and after how long.
struct Patience {
    failures: u32,
    pause: Duration,
}

impl Patience {
    fn new(pause: Duration) -> Self {
        let failures = 0;
        Self { failures, pause }
    }

    /// Waits before the next attempt, or gives the error back: because it will not pass,
    /// or has not for too long.
    fn wait(&mut self, error: FetchError) -> Result<(), FetchError> {
        self.failures += 1;
        let pause = error.wait().unwrap_or(self.pause);
        if !error.passes() || self.failures >= ATTEMPTS || pause > LONGEST_WAIT {
            return Err(error);
        }
        std::thread::sleep(pause);
        self.pause *= 2;
        Ok(())
    }
}

/// The hub's checksum, where its etag is one.
fn sha256(facts: &Facts) -> Option<&str> {
    let hex = facts.etag.len() == 64 && facts.etag.bytes().all(|b| b.is_ascii_hexdigit());
    hex.then_some(facts.etag.as_str())
}

/// Holds a whole file against its checksum; one that is wrong is deleted.
fn verify(partial: &Path, expected: &str) -> Result<Download, FetchError> {
    let (actual, download) = sha256_of_download(partial).map_err(at(partial))?;
    if actual.eq_ignore_ascii_case(expected) {
        return Ok(download);
    }
    fs::remove_file(partial).map_err(at(partial))?;
    Err(FetchError::Damaged {
        expected: expected.to_owned(),
        actual,
    })
}

/// Gives a blob its name in a revision: a link, or where there are none, the file itself.
fn link(blob: &Path, snapshot: &Path, name: &str) -> Result<(), FetchError> {
    let path = snapshot.join(name);
    prepare(&path)?;
    if path.symlink_metadata().is_ok() {
        fs::remove_file(&path).map_err(at(&path))?;
    }
    // Up through the folders of the name, the commit, and `snapshots`.
    let up = name.split('/').count() + 1;
    let mut target: PathBuf = std::iter::repeat_n("..", up).collect();
    target.push("blobs");
    target.push(blob.file_name().unwrap_or_default());
    symlink(&target, &path)
        .or_else(|_| fs::rename(blob, &path))
        .map_err(at(&path))
}

#[cfg(unix)]
fn symlink(target: &Path, link: &Path) -> io::Result<()> {
    std::os::unix::fs::symlink(target, link)
}

#[cfg(windows)]
fn symlink(target: &Path, link: &Path) -> io::Result<()> {
    std::os::windows::fs::symlink_file(target, link)
}

/// Makes the folder that a file is to lie in.
fn prepare(path: &Path) -> Result<(), FetchError> {
    let folder = path.parent().unwrap_or(path);
    fs::create_dir_all(folder).map_err(at(folder))
}

fn at(path: &Path) -> impl FnOnce(io::Error) -> FetchError {
    let path = path.to_owned();
    move |source| FetchError::Io { path, source }
}
