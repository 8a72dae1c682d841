//! Which job a module runs.

use crate::bindings;

/// Which job this is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Context {
    /// Id of the job, the same on every attempt.
    pub job_id: String,
    /// Number of this attempt, from 1.
    pub attempt: u32,
    /// Id of the organization that the job belongs to.
    pub organization_id: String,
}

impl Context {
    /// The first attempt of a job that exists nowhere, for native tests.
    pub fn for_test() -> Self {
        Self { job_id: "test".to_owned(), attempt: 1, organization_id: "test".to_owned() }
    }
}

impl From<bindings::Context> for Context {
    fn from(context: bindings::Context) -> Self {
        Self { job_id: context.job_id, attempt: context.attempt, organization_id: context.organization_id }
    }
}
