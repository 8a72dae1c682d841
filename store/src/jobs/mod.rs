//! The statements of a job's life, one file a verb. The tables are described in `migrations/0003_jobs.sql`.
//!
//! submit -> admit -> claim -> finish is the main path; renew, reap, cancel and retry stand beside it; read and list
//! are what people see.

mod admit;
mod cancel;
mod claim;
mod finish;
mod idempotency;
mod lease;
mod list;
mod logs;
mod partitions;
mod read;
mod reap;
mod resume;
mod retry;
mod row;
mod submit;

pub use admit::{Admitted, admit};
pub use cancel::{Cancel, cancel};
pub use claim::{ClaimedJob, claim};
pub use finish::{Finished, Recorded, finish};
pub use idempotency::forget_idempotency_keys;
pub use lease::{cancel_requests, renew};
pub(crate) use list::list_statement;
pub use list::{Filter, list};
pub use logs::{NewLogLine, NewProgress, append_logs, logs, report_progress};
pub use partitions::ensure_partitions;
pub use read::{attempts, read};
pub use reap::{Reaped, reap};
pub use resume::resume;
pub use retry::{Retry, retry};
pub(crate) use submit::submit_in;
pub use submit::{Accepted, Idempotency, Submission, SubmitJob, submit};
