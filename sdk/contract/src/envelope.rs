//! What travels through Redis: enough to claim a job, and nothing of its content.

use serde::{Deserialize, Serialize};

use crate::JobId;

/// One send of one job. The payload stays in PostgreSQL; the claim there decides whether this send still counts.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Envelope {
    /// The job to claim.
    #[serde(rename = "j")]
    pub job: JobId,
    /// Number of this send; a claim with an older number finds nothing.
    #[serde(rename = "d")]
    pub dispatch: i32,
    /// When it was sent, by the database's clock, in milliseconds since the Unix epoch.
    #[serde(rename = "s")]
    pub sent_at_ms: i64,
    /// W3C `traceparent` of the request that submitted the job.
    #[serde(rename = "t", default, skip_serializing_if = "Option::is_none")]
    pub traceparent: Option<String>,
}
