//! Modules, as the installation and as an organization sees them.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use super::JobErrorView;
use crate::ModuleState;

/// A module as the installation sees it.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct Module {
    /// Id.
    pub id: Uuid,
    /// Name, unique on the installation.
    pub name: String,
    /// Where it is in its life.
    #[schema(value_type = String)]
    pub state: ModuleState,
    /// Why the last installation failed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<JobErrorView>,
    /// The version that serves.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub active_version: Option<String>,
    /// Every published version, newest first.
    pub versions: Vec<ModuleVersion>,
    /// When it was first published.
    pub created_at: DateTime<Utc>,
}

/// One published version of a module.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct ModuleVersion {
    /// Semantic version.
    pub version: String,
    /// `sha256:` digest of the package.
    pub digest: String,
    /// Id of the key that signed it.
    pub key_id: String,
    /// Range of host ABI versions that it works with.
    pub abi: String,
    /// Its jobs.
    pub jobs: Vec<String>,
    /// What it asks for.
    pub capabilities: Vec<String>,
    /// When it was published.
    pub created_at: DateTime<Utc>,
}

/// `POST /platform/modules/{name}/enable`.
#[derive(Debug, Default, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct EnableModule {
    /// The version to install; the highest published one when absent.
    #[serde(default)]
    pub version: Option<String>,
}

/// A module as an organization sees it.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct Activation {
    /// Name of the module.
    pub module: String,
    /// State on the installation.
    #[schema(value_type = String)]
    pub state: ModuleState,
    /// The version that serves.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub version: Option<String>,
    /// Whether this organization has switched it on.
    pub active: bool,
    /// The organization's settings for it.
    #[schema(value_type = Object)]
    pub settings: serde_json::Value,
    /// Its jobs, with the schema of each one's payload.
    pub jobs: Vec<JobType>,
}

/// One kind of job that a module offers.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct JobType {
    /// Name, as in `POST /jobs`.
    pub name: String,
    /// What it does.
    pub description: String,
    /// JSON Schema of the payload.
    #[schema(value_type = Object)]
    pub input_schema: serde_json::Value,
}

/// `PUT /modules/{name}/activation`.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SetActivation {
    /// On or off.
    pub active: bool,
    /// Settings for the module; `{}` when absent.
    #[serde(default)]
    #[schema(value_type = Option<Object>)]
    pub settings: Option<serde_json::Value>,
}
