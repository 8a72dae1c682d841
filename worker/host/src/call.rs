//! What goes into a call, and how one ends.

use std::sync::Arc;
use std::time::Duration;

use faena_contract::{ErrorCode, JobError, limits};
use serde_json::{Value, json};
use tokio_util::sync::CancellationToken;

use crate::JobSink;

/// One call of a module.
pub struct Call {
    /// Name of the job, one of the module's.
    pub job: String,
    /// The payload, as JSON text.
    pub payload: String,
    /// What the module is told about the job.
    pub context: CallContext,
    /// What the call may use.
    pub limits: Limits,
    /// Takes log lines and progress.
    pub sink: Arc<dyn JobSink>,
    /// Stops the call, whatever the module is doing.
    pub cancel: CancellationToken,
}

/// What a module is told about its job.
#[derive(Clone, Debug)]
pub struct CallContext {
    /// Id of the job.
    pub job_id: String,
    /// Number of the attempt, from 1.
    pub attempt: u32,
    /// Id of the organization.
    pub organization_id: String,
}

/// What a call may use. All of it is enforced.
#[derive(Clone, Debug)]
pub struct Limits {
    /// Linear memory, in bytes.
    pub memory_bytes: u64,
    /// CPU time, checked about every 10 ms.
    pub cpu: Duration,
    /// Time on the wall, waiting included.
    pub wall: Duration,
    /// Result, in bytes.
    pub output_bytes: usize,
    /// One log line, in bytes; a longer one is cut.
    pub log_line_bytes: usize,
    /// Log lines; later ones are dropped and counted.
    pub log_lines: usize,
    /// Log bytes; later lines are dropped and counted.
    pub log_bytes: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            memory_bytes: limits::DEFAULT_MEMORY_BYTES,
            cpu: Duration::from_millis(limits::DEFAULT_CPU_MS),
            wall: Duration::from_millis(limits::DEFAULT_TIMEOUT_MS.unsigned_abs().into()),
            output_bytes: limits::OUTPUT_BYTES,
            log_line_bytes: limits::LOG_LINE_BYTES,
            log_lines: limits::LOG_LINES,
            log_bytes: limits::LOG_BYTES,
        }
    }
}

/// How a call ended, and what it cost.
#[derive(Debug)]
pub struct CallEnd {
    /// The result, which is JSON text, or why there is none.
    pub result: Result<String, CallError>,
    /// What the call used.
    pub usage: Usage,
}

/// What a call used.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Usage {
    /// CPU time of the module and of what the host did for it.
    pub cpu: Duration,
    /// Time on the wall, without waiting for a slot.
    pub wall: Duration,
    /// Most linear memory that the module had at once.
    pub peak_memory_bytes: u64,
}

/// Why a call has no result.
#[derive(Clone, Debug, PartialEq)]
pub enum CallError {
    /// The module says that the job failed for good.
    Failed(ModuleError),
    /// The module asks for another attempt, not before the delay if it gave one.
    Retry(ModuleError, Option<Duration>),
    /// The module panicked or trapped.
    Trapped {
        /// What happened, with the place in the source if the module reported its panic.
        message: String,
        /// Names of the functions that were running, innermost first.
        backtrace: Vec<String>,
    },
    /// The call took longer than this.
    TimedOut(Duration),
    /// The call used more CPU time than this.
    CpuExceeded(Duration),
    /// The module wanted more memory than this many bytes.
    MemoryExceeded(u64),
    /// The module's functions called each other too deeply.
    StackExceeded {
        /// Names of the functions that were running, innermost first.
        backtrace: Vec<String>,
    },
    /// The module returned something that is not JSON.
    OutputInvalid(String),
    /// The module returned more bytes than the limit.
    OutputTooLarge {
        /// What it returned; nothing if it is more than the host even looks at.
        bytes: Option<usize>,
        /// What it may return.
        limit: usize,
    },
    /// Somebody asked for the call to stop.
    Cancelled,
    /// The host failed, not the module.
    HostFailed(String),
}

/// An error in the words of a module, made safe to show and to store.
#[derive(Clone, Debug, PartialEq)]
pub struct ModuleError {
    /// The module's own code.
    pub code: String,
    /// One sentence for people.
    pub message: String,
    /// More for programs; null if there is nothing more.
    pub details: Value,
}

impl CallError {
    /// The error as the API shows it. A cancelled job has none.
    pub fn job_error(&self) -> Option<JobError> {
        use ErrorCode as Code;
        let error = match self {
            Self::Failed(error) | Self::Retry(error, _) => error.job_error(),
            Self::Trapped { message, backtrace } => {
                JobError::platform(Code::ModuleTrapped, message).with_details(backtrace_details(backtrace))
            }
            Self::TimedOut(limit) => {
                let message = format!("the attempt took longer than its time-out of {}", in_words(*limit));
                JobError::platform(Code::AttemptTimedOut, message).with_details(json!({ "timeout_ms": ms(*limit) }))
            }
            Self::CpuExceeded(limit) => {
                let message = format!("the attempt used more than {} of CPU time", in_words(*limit));
                JobError::platform(Code::CpuExceeded, message).with_details(json!({ "limit_ms": ms(*limit) }))
            }
            Self::MemoryExceeded(limit) => {
                let message = format!("the module wanted more than its memory limit of {}", size(*limit));
                JobError::platform(Code::MemoryExceeded, message).with_details(json!({ "limit_bytes": limit }))
            }
            Self::StackExceeded { backtrace } => {
                let message = "the module's functions called each other too deeply: its stack is full";
                JobError::platform(Code::StackExceeded, message).with_details(backtrace_details(backtrace))
            }
            Self::OutputInvalid(message) => JobError::platform(Code::OutputInvalid, message),
            Self::OutputTooLarge { bytes, limit } => output_too_large(*bytes, *limit),
            Self::Cancelled => return None,
            Self::HostFailed(message) => JobError::platform(Code::WorkerInternal, message),
        };
        Some(error)
    }
}

impl ModuleError {
    fn job_error(&self) -> JobError {
        JobError { code: self.code.clone(), message: self.message.clone(), details: self.details.clone() }
    }
}

fn backtrace_details(backtrace: &[String]) -> Value {
    if backtrace.is_empty() { Value::Null } else { json!({ "backtrace": backtrace }) }
}

fn output_too_large(bytes: Option<usize>, limit: usize) -> JobError {
    let message = match bytes {
        Some(bytes) => format!("the module returned {bytes} bytes, the limit is {limit}"),
        None => format!("the module handed over far more than its limit of {limit} bytes"),
    };
    JobError::platform(ErrorCode::OutputTooLarge, message).with_details(json!({ "bytes": bytes, "limit_bytes": limit }))
}

fn ms(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}

fn in_words(duration: Duration) -> String {
    let ms = ms(duration);
    if ms.is_multiple_of(1000) { format!("{} s", ms / 1000) } else { format!("{ms} ms") }
}

fn size(bytes: u64) -> String {
    if bytes.is_multiple_of(1 << 20) { format!("{} MiB", bytes >> 20) } else { format!("{bytes} bytes") }
}
