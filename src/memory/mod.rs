//! How much memory this process may still take, and how much it has.
//!
//! What cannot be told is `None`, and never a guess.

#[cfg(target_os = "linux")]
mod cgroup;
#[cfg(target_os = "linux")]
mod linux;

use std::fmt;
use std::path::PathBuf;

use crate::layout::size;

/// What is free for this process.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Free {
    /// Bytes that can be had without swapping: free, or held for what can be read again.
    pub bytes: u64,
    /// Bytes that can be swapped out beyond that.
    pub swap: u64,
    /// The control group whose limit this is; `None` where it is the machine's.
    pub group: Option<PathBuf>,
}

impl Free {
    /// With swap.
    #[must_use]
    pub fn all(&self) -> u64 {
        self.bytes.saturating_add(self.swap)
    }
}

/// In words: `2.3 GiB and 1.0 GiB of swap`.
impl fmt::Display for Free {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", size(self.bytes))?;
        if self.swap > 0 {
            write!(f, " and {} of swap", size(self.swap))?;
        }
        match &self.group {
            Some(group) => write!(f, ", in the control group `{}`", group.display()),
            None => Ok(()),
        }
    }
}

/// What is free now: on the machine, and in each control group (version 1 and 2) that this
/// process is in; the least counts.
#[cfg(target_os = "linux")]
#[must_use]
pub fn free() -> Option<Free> {
    linux::free("/".as_ref())
}

/// What is free now on the machine.
#[cfg(not(target_os = "linux"))]
#[must_use]
pub fn free() -> Option<Free> {
    let mut system = sysinfo::System::new();
    system.refresh_memory();
    let (bytes, swap) = (system.available_memory(), system.free_swap());
    // Where the system does not tell, it is 0.
    (bytes > 0).then_some(Free {
        bytes,
        swap,
        group: None,
    })
}

/// Bytes of memory that the machine has in all.
#[cfg(target_os = "linux")]
#[must_use]
pub fn total() -> Option<u64> {
    linux::kilobytes(&std::fs::read_to_string("/proc/meminfo").ok()?, "MemTotal:")
}

/// Bytes of memory that the machine has in all.
#[cfg(not(target_os = "linux"))]
#[must_use]
pub fn total() -> Option<u64> {
    let mut system = sysinfo::System::new();
    system.refresh_memory();
    Some(system.total_memory()).filter(|&bytes| bytes > 0)
}

/// Bytes of code that is read in as it is used, of copies of a document and of what the
/// allocator keeps, as measured on Linux (docs/models.md).
const LATER: u64 = 7 << 20;

/// Bytes that this process, which has loaded no model yet, will hold beside one.
#[must_use]
pub fn program() -> Option<u64> {
    Some(status("VmRSS:")?.saturating_add(LATER))
}

/// The most bytes that this process ever held in memory.
#[must_use]
pub fn peak() -> Option<u64> {
    status("VmHWM:")
}

#[cfg(target_os = "linux")]
fn status(key: &str) -> Option<u64> {
    linux::kilobytes(&std::fs::read_to_string("/proc/self/status").ok()?, key)
}

#[cfg(not(target_os = "linux"))]
fn status(_: &str) -> Option<u64> {
    None
}
