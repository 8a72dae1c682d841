//! Where the words of a running job go.

use chrono::{DateTime, Utc};
use faena_contract::LogLevel;

/// Takes what a job says while it runs. Called between two instructions of the module, so it must not block: an
/// implementation puts the value into a channel or a buffer.
pub trait JobSink: Send + Sync {
    /// The job wrote a line. It fits the job's limits.
    fn log(&self, line: LogLine);
    /// The job said how far it is. Only the latest value is worth keeping.
    fn progress(&self, progress: Progress);
}

/// A line of a job's log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LogLine {
    /// When it was written.
    pub at: DateTime<Utc>,
    /// How loud it is.
    pub level: LogLevel,
    /// What it says, as the module wrote it, but without NUL, which PostgreSQL refuses.
    pub message: String,
}

/// How far a job is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Progress {
    /// Parts that are finished.
    pub done: u32,
    /// All parts; 0 if that is not known.
    pub total: u32,
    /// What the job is doing, fit to be shown in one line; may be empty.
    pub message: String,
}
