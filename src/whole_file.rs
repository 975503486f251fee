//! Files that are there whole or not at all.

use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use tempfile::NamedTempFile;

/// A temporary file beside a path, to take its place once it is complete. Others may read it
/// as they may any file that the user writes.
///
/// # Errors
/// [`io::Error`] where none can be made.
pub fn beside(path: &Path) -> io::Result<NamedTempFile> {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let folder = path.parent().filter(|folder| *folder != Path::new(""));
    let prefix = format!(".{name}.");
    // Opened here, the user's mask takes off what it takes off every file, and an error names
    // no path that the user did not name.
    let open = |path: &Path| fs::File::create_new(path);
    tempfile::Builder::new()
        .prefix(&prefix)
        .suffix(".part")
        .make_in(folder.unwrap_or(Path::new(".")), open)
}

/// Writes a file that is on the disk whole once this returns. One that is there is replaced,
/// and keeps its permissions; behind a link it is the file that the link names, and a device
/// is written to as it is.
///
/// # Errors
/// [`io::Error`] where that fails; what was there is there still.
pub fn write(path: &Path, content: impl AsRef<[u8]>) -> io::Result<()> {
    let path = &real(path);
    let before = fs::metadata(path).ok();
    if before.as_ref().is_some_and(|before| !before.is_file()) {
        return fs::write(path, content);
    }
    let mut file = beside(path)?;
    file.write_all(content.as_ref())?;
    if let Some(before) = before {
        file.as_file().set_permissions(before.permissions())?;
    }
    file.as_file().sync_all()?;
    file.persist(path)?;
    Ok(())
}

/// Whether [`write`] will be able to, before hours are spent on what goes there.
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
        _ => beside(&path).map(drop),
    }
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
            write(&path, content).unwrap();
            assert_eq!(fs::read_to_string(&path).unwrap(), content);
        }
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
        let nowhere = folder.path().join("nope/report.html");
        assert!(check(&nowhere).is_err() && write(&nowhere, "").is_err());
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
        write(&link, "two").unwrap();
        assert!(link.is_symlink());
        assert_eq!(fs::read_to_string(&path).unwrap(), "two");
        let mode = fs::metadata(&path).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
        write(Path::new("/dev/null"), "gone").unwrap();
    }
}
