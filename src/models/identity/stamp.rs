//! By what it is seen that a file is the one that was read before, without reading it again.

use std::fs::Metadata;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use serde::{Deserialize, Serialize};

/// Within so long after a change another one may bear the same time: the system's clock for
/// files ticks some hundred times a second.
const TICK: Duration = Duration::from_millis(50);

/// The same where times are whole seconds, or two.
const COARSE: Duration = Duration::from_secs(3);

/// Seconds since 1970, and nanoseconds.
type Time = (i64, i64);

/// A file's size and times. The time of the last change of any kind cannot be set back by a
/// program that restores the other one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Stamp {
    pub(super) size: u64,
    pub(super) modified: Time,
    pub(super) changed: Time,
    pub(super) inode: u64,
}

impl Stamp {
    #[cfg(unix)]
    pub(super) fn of(meta: &Metadata) -> Self {
        use std::os::unix::fs::MetadataExt;
        Self {
            size: meta.len(),
            modified: (meta.mtime(), meta.mtime_nsec()),
            changed: (meta.ctime(), meta.ctime_nsec()),
            inode: meta.ino(),
        }
    }

    #[cfg(not(unix))]
    pub(super) fn of(meta: &Metadata) -> Self {
        let since = |time: std::io::Result<SystemTime>| {
            let since = time.ok().and_then(|t| t.duration_since(UNIX_EPOCH).ok());
            let since = since.unwrap_or_default();
            let seconds = i64::try_from(since.as_secs()).unwrap_or(i64::MAX);
            (seconds, i64::from(since.subsec_nanos()))
        };
        let modified = since(meta.modified());
        Self {
            size: meta.len(),
            modified,
            changed: modified,
            inode: 0,
        }
    }

    /// Whether it is the stamp of a file that nobody has written to meanwhile. Inodes do not
    /// count: file systems over a network may number them anew at any moment.
    pub(super) fn is_unchanged(&self, later: &Self) -> bool {
        let times = |stamp: &Self| (stamp.size, stamp.modified, stamp.changed);
        times(self) == times(later)
    }

    /// Whether a file with this stamp that was read at a time cannot have been changed
    /// afterwards without getting another one.
    pub(super) fn is_settled(&self, read: SystemTime) -> bool {
        let (seconds, nanoseconds) = self.changed;
        let Ok(read) = read.duration_since(UNIX_EPOCH) else {
            return false;
        };
        let margin = if nanoseconds == 0 { COARSE } else { TICK };
        let seconds = u64::try_from(seconds).unwrap_or(0);
        let nanoseconds = u64::try_from(nanoseconds).unwrap_or(0);
        let changed = Duration::from_secs(seconds).checked_add(Duration::from_nanos(nanoseconds));
        let since = changed.and_then(|changed| read.checked_sub(changed));
        since.is_some_and(|since| since > margin)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_write_is_seen_by_size_or_time() {
        let folder = tempfile::tempdir().unwrap();
        let before = Stamp::of(&folder.path().metadata().unwrap());
        let (inode, size, modified) = (before.inode + 1, before.size + 1, (1, 2));
        assert!(before.is_unchanged(&Stamp { inode, ..before }));
        assert!(!before.is_unchanged(&Stamp { size, ..before }));
        assert!(!before.is_unchanged(&Stamp { modified, ..before }));
        assert!(!before.is_unchanged(&Stamp {
            changed: modified,
            ..before
        }));
    }

    #[test]
    fn what_was_changed_just_now_is_not_trusted() {
        let stamp = |seconds, nanoseconds| Stamp {
            size: 1,
            modified: (0, 0),
            changed: (seconds, nanoseconds),
            inode: 1,
        };
        let at = |milliseconds| UNIX_EPOCH + Duration::from_millis(milliseconds);
        for (changed, read, settled) in [
            (stamp(100, 1), 100_020, false),
            (stamp(100, 1), 100_100, true),
            // Whole seconds.
            (stamp(100, 0), 100_100, false),
            (stamp(100, 0), 103_100, true),
            // A clock that was put back.
            (stamp(200, 1), 100_000, false),
            (stamp(-5, 1), 100_000, true),
            (stamp(i64::MAX, 1), 100_000, false),
        ] {
            assert_eq!(changed.is_settled(at(read)), settled, "{changed:?} {read}");
        }
    }
}
