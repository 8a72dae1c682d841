//! What every part of Faena agrees on, with no I/O: ids, the envelope that travels through the queue, how a job
//! ends, the two life cycles, permissions, limits and the registry of error codes.
//!
//! Start at [`job_lifecycle`] and [`module_lifecycle`]: each holds one enum, one transition table and one `next`
//! function. [`error_code`] is the list of everything that can go wrong in front of a person. This crate depends on
//! no other crate of the workspace; everything else may depend on it.

pub mod api;
pub mod capability;
mod envelope;
pub mod error_code;
mod ids;
pub mod job_lifecycle;
pub mod limits;
pub mod module_lifecycle;
mod outcome;
pub mod permission;
mod retry;
mod stored;
pub mod tag;

pub use envelope::Envelope;
pub use error_code::ErrorCode;
pub use ids::{JobId, LeaseId, ModuleId, OrganizationId, PLATFORM_ORGANIZATION, TokenId, UserId, VersionId, WorkerId};
pub use job_lifecycle::{JobState, WaitReason};
pub use module_lifecycle::ModuleState;
pub use outcome::{JobError, LogLevel, Verdict};
pub use retry::RetryPolicy;
pub use stored::{StoredJob, StoredManifest, StoredModule};
