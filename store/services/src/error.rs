//! What can go wrong with a private server, with the stable code that a person looks up.

use std::io;
use std::path::{Path, PathBuf};

/// Why a private server could not be started or stopped.
#[derive(Debug, thiserror::Error)]
pub enum ServiceError {
    /// A program is not installed, or only in a version that is too old.
    #[error("{program}: {problem}. Install it with `apt-get install postgresql redis-server`, or run deploy/setup.sh")]
    ProgramMissing {
        /// The program that was looked for.
        program: &'static str,
        /// Whether it is missing or too old, and where it was looked for.
        problem: String,
    },
    /// Another process holds the lock of the data folder.
    #[error("the data folder {} is in use by another process: stop that one, or choose another folder", path.display())]
    DataDirInUse {
        /// The folder whose lock is taken.
        path: PathBuf,
    },
    /// The server was started and did not become ready, or could not be started at all.
    #[error("{service} did not start: {reason}{}{log}", if log.is_empty() { "" } else { "\nThe end of its log:\n" })]
    StartFailed {
        /// "PostgreSQL" or "Redis".
        service: &'static str,
        /// What was being done and how it failed.
        reason: String,
        /// The last lines of the server's log; empty when it did not get that far.
        log: String,
    },
    /// A file or folder of the server could not be read, written or given to its user.
    #[error("cannot {operation} {}: {source}", path.display())]
    File {
        /// What was tried, as a verb.
        operation: &'static str,
        /// The file or folder.
        path: PathBuf,
        /// What the operating system answered.
        #[source]
        source: io::Error,
    },
}

impl ServiceError {
    /// The platform's code of this error.
    pub fn code(&self) -> &'static str {
        match self {
            Self::ProgramMissing { .. } => "FAE-0705",
            Self::DataDirInUse { .. } => "FAE-0706",
            Self::StartFailed { .. } | Self::File { .. } => "FAE-0707",
        }
    }

    pub(crate) fn file(operation: &'static str, path: &Path) -> impl FnOnce(io::Error) -> Self {
        move |source| Self::File { operation, path: path.to_owned(), source }
    }

    pub(crate) fn start(service: &'static str, reason: impl Into<String>) -> Self {
        Self::StartFailed { service, reason: reason.into(), log: String::new() }
    }
}
