//! Which process is meant: a pid alone is not enough, since the kernel gives it to somebody else after a while.

use std::fs;
use std::io;
use std::path::Path;
use std::time::{Duration, Instant};

use crate::sys;

/// A process by pid and start time (clock ticks since boot), which no other process ever shares.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ProcessId {
    /// The process id.
    pub pid: u32,
    start: u64,
}

impl ProcessId {
    /// The process that has this pid now; nobody if it is gone or only waits to be reaped.
    pub fn of(pid: u32) -> Option<Self> {
        let stat = fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
        // The second field is the program's name in parentheses and may hold spaces and parentheses itself.
        let (_, after_name) = stat.rsplit_once(')')?;
        let mut fields = after_name.split_whitespace();
        let state = fields.next()?;
        let start = fields.nth(18)?.parse().ok()?; // field 22 of the line
        (!matches!(state, "Z" | "X" | "x")).then_some(Self { pid, start })
    }

    /// Whether this very process still runs.
    pub fn is_alive(self) -> bool {
        Self::of(self.pid) == Some(self)
    }

    /// Reads what [`Self::write`] wrote.
    pub(crate) fn read(file: &Path) -> Option<Self> {
        Self::parse(&fs::read_to_string(file).ok()?)
    }

    /// Keeps the identity in a file, for whoever has to find a leftover.
    pub(crate) fn write(self, file: &Path) -> io::Result<()> {
        fs::write(file, self.to_text())
    }

    /// The text form, also a part of folder names.
    pub fn to_text(self) -> String {
        format!("{}-{}", self.pid, self.start)
    }

    /// Understands [`Self::to_text`].
    pub fn parse(text: &str) -> Option<Self> {
        let (pid, start) = text.trim().split_once('-')?;
        Some(Self { pid: pid.parse().ok()?, start: start.parse().ok()? })
    }

    /// Ends a process that need not be our child: each signal in turn, with its patience, until it is gone.
    pub(crate) fn end(self, signals: &[(i32, Duration)]) -> io::Result<bool> {
        for (signal, patience) in signals {
            if self.is_alive() {
                sys::send_signal(self.pid, *signal)?;
            }
            if wait_until(*patience, || !self.is_alive()) {
                return Ok(true);
            }
        }
        Ok(!self.is_alive())
    }
}

/// Whether the command line of `pid` has `argument` as one whole argument.
pub(crate) fn has_argument(pid: u32, argument: &[u8]) -> bool {
    let line = fs::read(format!("/proc/{pid}/cmdline")).unwrap_or_default();
    line.split(|byte| *byte == 0).any(|found| found == argument)
}

/// Looks every few milliseconds until `done` or until the time is up; tells whether it is done.
pub(crate) fn wait_until(patience: Duration, mut done: impl FnMut() -> bool) -> bool {
    let deadline = Instant::now() + patience;
    loop {
        if done() {
            return true;
        }
        if Instant::now() >= deadline {
            return false;
        }
        std::thread::sleep(Duration::from_millis(10));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_process_is_itself_and_not_a_later_one_with_its_pid() {
        let me = ProcessId::of(std::process::id()).unwrap();
        assert!(me.is_alive());
        assert_eq!(ProcessId::parse(&me.to_text()), Some(me));
        assert!(!ProcessId { start: me.start + 1, ..me }.is_alive());
    }

    #[test]
    fn a_zombie_does_not_count_as_alive() {
        let mut child = std::process::Command::new("true").spawn().unwrap();
        let pid = child.id();
        assert!(wait_until(Duration::from_secs(5), || ProcessId::of(pid).is_none()));
        child.wait().unwrap();
    }
}
