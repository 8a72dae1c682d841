//! The two system calls that the standard library does not offer. All unsafe code of this crate is in this file.

use std::io;

pub(crate) use libc::{SIGKILL, SIGTERM};

/// Sends `signal` to one process. A process that is gone already is no error.
#[expect(unsafe_code, reason = "kill(2) has no safe wrapper in the standard library")]
pub(crate) fn send_signal(pid: u32, signal: i32) -> io::Result<()> {
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

/// Whether this process acts as root.
#[expect(unsafe_code, reason = "geteuid(2) has no safe wrapper in the standard library")]
pub(crate) fn is_root() -> bool {
    // SAFETY: geteuid takes nothing and cannot fail.
    unsafe { libc::geteuid() == 0 }
}
