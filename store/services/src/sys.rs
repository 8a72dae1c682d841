//! The three system calls that the standard library does not offer. All unsafe code of this crate is in this file.

use std::io;
use std::os::unix::process::CommandExt;
use std::process::Command;

pub(crate) use libc::{SIGINT, SIGQUIT};
pub use libc::{SIGKILL, SIGTERM};

/// Makes the kernel send `signal` to the child of `command` when the **thread** that spawned it dies.
///
/// It is set after the child took its user, since a change of user clears it, and the parent is looked at once more
/// afterwards: had it died in between, no signal would ever come.
#[expect(unsafe_code, reason = "pre_exec is the only place between fork and exec, and prctl has no safe wrapper")]
pub(crate) fn die_with_parent(command: &mut Command, signal: i32) {
    let parent = std::process::id();
    let in_child = move || {
        // SAFETY: prctl and getppid are async-signal-safe and touch no memory of ours.
        let (set, now) = unsafe { (libc::prctl(libc::PR_SET_PDEATHSIG, signal), libc::getppid()) };
        if set != 0 {
            return Err(io::Error::last_os_error());
        }
        if u32::try_from(now) != Ok(parent) {
            return Err(io::Error::from_raw_os_error(libc::ESRCH));
        }
        Ok(())
    };
    // SAFETY: the closure allocates nothing, takes no lock and makes two async-signal-safe calls.
    unsafe { command.pre_exec(in_child) };
}

/// Sends `signal` to one process. A process that is gone already is no error.
#[expect(unsafe_code, reason = "kill(2) has no safe wrapper in the standard library")]
pub fn send_signal(pid: u32, signal: i32) -> io::Result<()> {
    // 0 and negative numbers would mean whole process groups.
    let pid = i32::try_from(pid).ok().filter(|pid| *pid > 1).ok_or(io::ErrorKind::InvalidInput)?;
    // SAFETY: kill takes two integers.
    if unsafe { libc::kill(pid, signal) } == 0 {
        return Ok(());
    }
    match io::Error::last_os_error() {
        error if error.raw_os_error() == Some(libc::ESRCH) => Ok(()),
        error => Err(error),
    }
}

/// The user that this process acts as.
#[expect(unsafe_code, reason = "geteuid(2) has no safe wrapper in the standard library")]
pub fn effective_uid() -> u32 {
    // SAFETY: geteuid takes nothing and cannot fail.
    unsafe { libc::geteuid() }
}
