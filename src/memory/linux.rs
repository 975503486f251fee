//! The files in which Linux tells of memory.

use std::fs;
use std::path::Path;

use crate::memory::{Free, cgroup};

/// What is free, as the files below a root say, which is `/` but for tests.
pub(super) fn free(root: &Path) -> Option<Free> {
    let meminfo = fs::read_to_string(root.join("proc/meminfo")).ok()?;
    let mut free = Free {
        bytes: kilobytes(&meminfo, "MemAvailable:")?,
        swap: kilobytes(&meminfo, "SwapFree:").unwrap_or(0),
        group: None,
    };
    for room in cgroup::rooms(root) {
        free.swap = free.swap.min(room.swap.unwrap_or(u64::MAX));
        if room.bytes < free.bytes {
            free.bytes = room.bytes;
            free.group = Some(room.group);
        }
    }
    Some(free)
}

/// The bytes in a line such as `MemTotal:  24604956 kB`.
pub(super) fn kilobytes(text: &str, key: &str) -> Option<u64> {
    let line = text.lines().find_map(|line| line.strip_prefix(key))?;
    let kilobytes: u64 = line.trim().strip_suffix("kB")?.trim().parse().ok()?;
    kilobytes.checked_mul(1024)
}

#[cfg(test)]
mod tests {
    use super::*;

    const MEMINFO: &str =
        "MemTotal:       8000 kB\nMemAvailable:   6000 kB\nSwapFree:       500 kB\n";

    /// The files below a root, by their paths.
    fn files(files: &[(&str, &str)]) -> tempfile::TempDir {
        let root = tempfile::tempdir().unwrap();
        for (path, text) in files {
            let path = root.path().join(path);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, text).unwrap();
        }
        root
    }

    fn told(all: &[(&str, &str)]) -> (u64, u64, bool) {
        let free = free(files(all).path()).unwrap();
        (free.bytes, free.swap, free.group.is_some())
    }

    #[test]
    fn without_groups_it_is_the_machine() {
        let machine = ("proc/meminfo", MEMINFO);
        assert_eq!(told(&[machine]), (6000 << 10, 500 << 10, false));
        assert_eq!(free(files(&[]).path()), None);
    }

    #[test]
    fn the_narrowest_group_of_version_2_counts_and_its_files_can_be_read_again() {
        let base = [
            ("proc/meminfo", MEMINFO),
            ("proc/self/cgroup", "0::/user/run\n"),
            ("sys/fs/cgroup/user/run/memory.max", "max\n"),
            ("sys/fs/cgroup/user/memory.max", "1000000\n"),
            ("sys/fs/cgroup/user/memory.current", "900000\n"),
            (
                "sys/fs/cgroup/user/memory.stat",
                "anon 5\nactive_file 100000\ninactive_file 300000\n",
            ),
            ("sys/fs/cgroup/user/memory.swap.max", "0\n"),
        ];
        assert_eq!(told(&base), (500_000, 0, true));
    }

    #[test]
    fn groups_of_version_1_are_read_and_huge_limits_are_none() {
        let group = "4:cpu,cpuacct:/\n7:memory:/docker/1a\n";
        let mut all = vec![
            ("proc/meminfo", MEMINFO),
            ("proc/self/cgroup", group),
            // In a container the group itself is where it is mounted.
            ("sys/fs/cgroup/memory/memory.limit_in_bytes", "2000000\n"),
            ("sys/fs/cgroup/memory/memory.usage_in_bytes", "1500000\n"),
            (
                "sys/fs/cgroup/memory/memory.stat",
                "total_inactive_file 200000\n",
            ),
        ];
        assert_eq!(told(&all), (700_000, 500 << 10, true));
        all[2].1 = "9223372036854771712\n";
        assert_eq!(told(&all), (6000 << 10, 500 << 10, false));
    }
}
