//! What operators look at.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

/// One audit entry.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct AuditEntry {
    /// Id.
    pub id: Uuid,
    /// When.
    pub at: DateTime<Utc>,
    /// Who: e-mail address of the user, or `system`.
    pub actor: String,
    /// What was done, `module.enable`.
    pub action: String,
    /// To what kind of thing.
    pub subject_kind: String,
    /// To which one.
    pub subject: String,
    /// ok, denied or failed.
    pub outcome: String,
    /// Address that the request came from.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ip: Option<String>,
    /// More.
    #[schema(value_type = Object)]
    pub details: serde_json::Value,
}

/// `GET /health/ready`.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct Health {
    /// ready, degraded or unavailable.
    pub status: String,
    /// Each part and what is wrong with it; `ok` when nothing is.
    pub checks: std::collections::BTreeMap<String, String>,
}
