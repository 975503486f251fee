//! Files that are there whole or not at all.

use std::fs;
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};

use tempfile::NamedTempFile;

/// Who may read a file that was not there before.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Readers {
    /// Whoever may read any other file that the user makes.
    All,
    /// The user alone, since there is a document's text in it.
    Owner,
}

/// A temporary file beside a path, to take its place once it is complete.
///
/// # Errors
/// [`io::Error`] where none can be made.
pub fn beside(path: &Path, readers: Readers) -> io::Result<NamedTempFile> {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let folder = path.parent().filter(|folder| *folder != Path::new(""));
    let mut options = fs::File::options();
    options.read(true).write(true).create_new(true);
    #[cfg(unix)]
    if readers == Readers::Owner {
        use std::os::unix::fs::OpenOptionsExt;
        options.mode(0o600);
    }
    // Opened here, an error names no path that the user did not name.
    tempfile::Builder::new()
        .prefix(&format!(".{name}."))
        .suffix(".part")
        .make_in(folder.unwrap_or(Path::new(".")), |path| options.open(path))
}

/// Writes a file that is on the disk whole once this returns. One that is there is replaced,
/// and keeps its permissions; behind a link it is the file that the link names, and a device
/// is written to as it is.
///
/// # Errors
/// [`io::Error`] where that fails; what was there is there still.
pub fn write(path: &Path, content: impl AsRef<[u8]>, readers: Readers) -> io::Result<()> {
    let path = &real(path);
    let before = fs::metadata(path).ok();
    if before.as_ref().is_some_and(|before| !before.is_file()) {
        return fs::write(path, content);
    }
    let mut file = beside(path, readers)?;
    file.write_all(content.as_ref())?;
    if let Some(before) = before {
        file.as_file().set_permissions(before.permissions())?;
    }
    file.as_file().sync_all()?;
    file.persist(path)?;
    Ok(())
}

/// Lines for a file that is there once it is complete, or for stdout.
#[derive(Debug)]
pub enum Lines<'a> {
    /// Each line is there at once.
    Stdout(io::StdoutLock<'static>),
    /// A file for this user alone.
    File {
        /// Where it will be.
        path: &'a Path,
        /// What is written until then.
        file: BufWriter<NamedTempFile>,
    },
}

impl<'a> Lines<'a> {
    /// Lines for a path; `-` is stdout.
    ///
    /// # Errors
    /// [`io::Error`] if there can be no such file.
    pub fn new(path: &'a Path) -> io::Result<Self> {
        if path == Path::new("-") {
            return Ok(Self::Stdout(io::stdout().lock()));
        }
        let file = BufWriter::new(beside(path, Readers::Owner)?);
        Ok(Self::File { path, file })
    }

    /// Adds a line.
    ///
    /// # Errors
    /// [`io::Error`] if that fails.
    pub fn write(&mut self, line: &str) -> io::Result<()> {
        match self {
            Self::Stdout(out) => writeln!(out, "{line}"),
            Self::File { file, .. } => writeln!(file, "{line}"),
        }
    }

    /// Ends the file, which is there then.
    ///
    /// # Errors
    /// [`io::Error`] if that fails: what was there before is there still.
    pub fn finish(self) -> io::Result<()> {
        match self {
            Self::Stdout(mut out) => out.flush(),
            Self::File { path, file } => {
                let file = file.into_inner().map_err(io::IntoInnerError::into_error)?;
                file.persist(path).map(drop).map_err(|error| error.error)
            }
        }
    }
}

/// Whether [`write()`] will be able to, before hours are spent on what goes there.
///
/// # Errors
/// [`io::Error`] where it will not.
pub fn check(path: &Path) -> io::Result<()> {
    let path = real(path);
    if path.exists() {
        fs::OpenOptions::new().append(true).open(&path)?;
    }
    match fs::metadata(&path) {
        Ok(there) if !there.is_file() => Ok(()),
        _ => beside(&path, Readers::Owner).map(drop),
    }
}

/// A folder for this user alone, made where there is none.
///
/// # Errors
/// [`io::Error`] where it cannot be, or anybody can write to it: what is in it is trusted.
pub fn private_folder(folder: &Path) -> io::Result<()> {
    fs::create_dir_all(folder)?;
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        let mode = folder.metadata()?.permissions().mode();
        if mode & 0o002 != 0 {
            let message = format!("`{}` can be written by anybody", folder.display());
            return Err(io::Error::new(io::ErrorKind::PermissionDenied, message));
        }
        if mode & 0o077 != 0 {
            fs::set_permissions(folder, fs::Permissions::from_mode(0o700))?;
        }
    }
    Ok(())
}

fn real(path: &Path) -> PathBuf {
    path.canonicalize().unwrap_or_else(|_| path.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_there_and_nothing_beside_it() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("report.html");
        check(&path).unwrap();
        assert!(!path.exists());
        for content in ["one", "another"] {
            write(&path, content, Readers::All).unwrap();
            assert_eq!(fs::read_to_string(&path).unwrap(), content);
        }
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
        let nowhere = folder.path().join("nope/report.html");
        assert!(check(&nowhere).is_err() && write(&nowhere, "", Readers::All).is_err());
        assert!(check(folder.path()).is_err());
    }

    #[cfg(unix)]
    #[test]
    fn links_stay_links_and_permissions_stay() {
        use std::os::unix::fs::PermissionsExt;
        let folder = tempfile::tempdir().unwrap();
        let (path, link) = (folder.path().join("a"), folder.path().join("b"));
        fs::write(&path, "one").unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).unwrap();
        std::os::unix::fs::symlink(&path, &link).unwrap();
        write(&link, "two", Readers::All).unwrap();
        assert!(link.is_symlink());
        assert_eq!(fs::read_to_string(&path).unwrap(), "two");
        let mode = fs::metadata(&path).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
        write(Path::new("/dev/null"), "gone", Readers::All).unwrap();
        let (all, owner) = (folder.path().join("c"), folder.path().join("d"));
        write(&all, "", Readers::All).unwrap();
        write(&owner, "", Readers::Owner).unwrap();
        let mode = |path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
        let ordinary = folder.path().join("e");
        fs::write(&ordinary, "").unwrap();
        assert_eq!((mode(&all), mode(&owner)), (mode(&ordinary), 0o600));
    }
}
