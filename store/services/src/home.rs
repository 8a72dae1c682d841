//! The folder of one server: `lock`, `password`, `port`, `server.pid`, `server.log` and what the server itself writes.
//!
//! As root, the folder and these files stay root's, and only the data beneath them is the server user's: a server that was
//! broken into must not make root write through a link.

use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::{Read, Seek, SeekFrom, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::time::Duration;

use crate::ServiceError;
use crate::process::ProcessId;
use crate::user::set_mode;

/// A log longer than this is set aside at the next start.
const LOG_LIMIT: u64 = 16 * 1024 * 1024;

/// A server's folder, locked for as long as this value lives.
#[derive(Debug)]
pub(crate) struct Home {
    pub(crate) dir: PathBuf,
    lock: File,
}

impl Home {
    /// Creates the folder with `mode` where it is missing, and locks it.
    pub(crate) fn open(dir: &Path, mode: u32) -> Result<Self, ServiceError> {
        fs::create_dir_all(dir).map_err(ServiceError::file("create", dir))?;
        set_mode(dir, mode)?;
        let dir = fs::canonicalize(dir).map_err(ServiceError::file("find", dir))?;
        let path = dir.join("lock");
        let lock = private_file().open(&path).map_err(ServiceError::file("open", &path))?;
        match lock.try_lock() {
            Ok(()) => Ok(Self { dir, lock }),
            Err(TryLockError::WouldBlock) => Err(ServiceError::DataDirInUse { path: dir }),
            Err(TryLockError::Error(source)) => Err(ServiceError::file("lock", &path)(source)),
        }
    }

    /// The server's password: random, made at the first start.
    pub(crate) fn password(&self) -> Result<String, ServiceError> {
        let path = self.dir.join("password");
        if let Some(password) = fs::read_to_string(&path).ok().filter(|password| password.len() >= 32) {
            return Ok(password);
        }
        let password = random_hex(24).map_err(ServiceError::file("make a password for", &path))?;
        self.write("password", &password)?;
        Ok(password)
    }

    /// Replaces a file as a whole, readable by its owner only.
    pub(crate) fn write(&self, name: &str, text: &str) -> Result<PathBuf, ServiceError> {
        let (path, new) = (self.dir.join(name), self.dir.join(format!("{name}.new")));
        let written = private_file().truncate(true).open(&new).and_then(|mut file| {
            file.write_all(text.as_bytes())?;
            file.sync_all()
        });
        written.and_then(|()| fs::rename(&new, &path)).map_err(ServiceError::file("write", &path))?;
        Ok(path)
    }

    /// The port of the last start.
    pub(crate) fn last_port(&self) -> Option<u16> {
        fs::read_to_string(self.dir.join("port")).ok()?.trim().parse().ok()
    }

    /// Where the identity of the running server is kept.
    pub(crate) fn pid_file(&self) -> PathBuf {
        self.dir.join("server.pid")
    }

    /// Ends the server that an earlier owner of this folder left behind, and says so.
    pub(crate) fn end_leftover(&self, service: &'static str, signals: &[(i32, Duration)]) -> Result<(), ServiceError> {
        let Some(leftover) = ProcessId::read(&self.pid_file()).filter(|leftover| leftover.is_alive()) else {
            return Ok(());
        };
        end(leftover, service, signals, &self.dir)
    }

    /// The log, opened for appending, and how long it is before this start.
    pub(crate) fn open_log(&self) -> Result<(File, u64), ServiceError> {
        let path = self.dir.join("server.log");
        if fs::metadata(&path).is_ok_and(|found| found.len() > LOG_LIMIT) {
            fs::rename(&path, self.dir.join("server.log.1")).map_err(ServiceError::file("set aside", &path))?;
        }
        let log = private_file().append(true).open(&path).map_err(ServiceError::file("open", &path))?;
        let length = log.metadata().map_err(ServiceError::file("read", &path))?.len();
        Ok((log, length))
    }

    /// The last lines that were logged after `start`.
    pub(crate) fn log_since(&self, start: u64) -> String {
        let mut text = Vec::new();
        if let Ok(mut log) = File::open(self.dir.join("server.log")) {
            // An unreadable log only makes the error message poorer.
            let _ = log.seek(SeekFrom::Start(start)).and_then(|_| log.read_to_end(&mut text));
        }
        let text = String::from_utf8_lossy(&text);
        let lines: Vec<_> = text.lines().collect();
        lines.get(lines.len().saturating_sub(15)..).unwrap_or_default().join("\n")
    }
}

impl Drop for Home {
    /// Unlocks by name: a child that is just being forked holds a copy of the descriptor, which would keep the lock.
    fn drop(&mut self) {
        let _ = self.lock.unlock();
    }
}

/// Ends one leftover process and says so.
pub(crate) fn end(
    leftover: ProcessId,
    service: &'static str,
    signals: &[(i32, Duration)],
    dir: &Path,
) -> Result<(), ServiceError> {
    tracing::warn!(service, pid = leftover.pid, dir = %dir.display(), "stopping a server that an earlier run left behind");
    match leftover.end(signals) {
        Ok(true) => Ok(()),
        Ok(false) => Err(ServiceError::start(service, format!("the old server {} does not end", leftover.pid))),
        Err(error) => {
            Err(ServiceError::start(service, format!("cannot stop the old server {}: {error}", leftover.pid)))
        }
    }
}

/// Random bytes from the operating system, as hexadecimal digits.
pub(crate) fn random_hex(bytes: usize) -> std::io::Result<String> {
    let mut random = vec![0; bytes];
    getrandom::fill(&mut random).map_err(std::io::Error::other)?;
    Ok(hex::encode(random))
}

fn private_file() -> OpenOptions {
    let mut options = OpenOptions::new();
    options.create(true).write(true).truncate(false).mode(0o600);
    options
}
