//! The limits of control groups, by which containers and services are held.
//!
//! Format: <https://docs.kernel.org/admin-guide/cgroup-v2.html>, section `Memory`, and for
//! version 1 <https://docs.kernel.org/admin-guide/cgroup-v1/memory.html>.

use std::fs;
use std::path::{Path, PathBuf};

/// What a group lets its processes take.
pub(super) struct Room {
    /// Bytes that are left, with what the group holds of files, which can be read again.
    pub(super) bytes: u64,
    /// Bytes of swap that are left; `None` where the group does not limit it.
    pub(super) swap: Option<u64>,
    pub(super) group: PathBuf,
}

/// The names of one version's files.
struct Version {
    limit: &'static str,
    usage: &'static str,
    /// Keys in `memory.stat` of what can be read again.
    files: [&'static str; 2],
    swap: Option<(&'static str, &'static str)>,
}

const V1: Version = Version {
    limit: "memory.limit_in_bytes",
    usage: "memory.usage_in_bytes",
    files: ["total_inactive_file", "total_active_file"],
    swap: None,
};

const V2: Version = Version {
    limit: "memory.max",
    usage: "memory.current",
    files: ["inactive_file", "active_file"],
    swap: Some(("memory.swap.max", "memory.swap.current")),
};

/// A limit beyond this is none: version 1 says so of groups without one.
const NO_LIMIT: u64 = 1 << 60;

/// What is left in each group that this process is in, and in those around it, of those
/// that have a limit.
pub(super) fn rooms(root: &Path) -> Vec<Room> {
    let own = fs::read_to_string(root.join("proc/self/cgroup")).unwrap_or_default();
    let mut rooms = Vec::new();
    for line in own.lines() {
        let mut parts = line.splitn(3, ':');
        let (Some(_), Some(controllers), Some(path)) = (parts.next(), parts.next(), parts.next())
        else {
            continue;
        };
        let (mount, version) = match controllers {
            "" => ("sys/fs/cgroup", &V2),
            _ if controllers.split(',').any(|name| name == "memory") => {
                ("sys/fs/cgroup/memory", &V1)
            }
            _ => continue,
        };
        let mount = root.join(mount);
        let own = mount.join(path.trim_start_matches('/'));
        // Up to the mount itself: in a container the path can be one outside of it.
        let around = own
            .ancestors()
            .take_while(|group| group.starts_with(&mount));
        rooms.extend(around.filter_map(|group| version.room(group)));
    }
    rooms
}

impl Version {
    fn room(&self, group: &Path) -> Option<Room> {
        let limit = number(&group.join(self.limit)).filter(|&limit| limit < NO_LIMIT)?;
        let usage = number(&group.join(self.usage)).unwrap_or(0);
        let stat = fs::read_to_string(group.join("memory.stat")).unwrap_or_default();
        let files: u64 = self.files.iter().filter_map(|key| value(&stat, key)).sum();
        let swap = self.swap.and_then(|(limit, usage)| {
            let limit = number(&group.join(limit))?;
            Some(limit.saturating_sub(number(&group.join(usage)).unwrap_or(0)))
        });
        Some(Room {
            bytes: limit.saturating_sub(usage.saturating_sub(files)),
            swap,
            group: group.to_owned(),
        })
    }
}

/// The number in a file; `max` is none.
fn number(path: &Path) -> Option<u64> {
    fs::read_to_string(path).ok()?.trim().parse().ok()
}

/// The number behind a key, in a line of its own.
fn value(text: &str, key: &str) -> Option<u64> {
    let line = text
        .lines()
        .find_map(|line| line.strip_prefix(key)?.strip_prefix(' '))?;
    line.trim().parse().ok()
}
