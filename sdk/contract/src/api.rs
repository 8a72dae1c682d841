//! The bodies of the HTTP API, shared by the orchestrator that serves them and the client that reads them.
//! snake_case JSON; unknown fields in a request are an error; payloads and results keep the text they came with.

use std::sync::Arc;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::{JobError, JobState, LogLevel, ModuleState, WaitReason};

/// A page of a list, newest first unless the endpoint says otherwise.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct Page<T> {
    /// The items of this page.
    pub items: Vec<T>,
    /// Give it as `cursor` to get what comes after; absent on the last page.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next_cursor: Option<String>,
}

/// An error as `application/problem+json` (RFC 9457).
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct Problem {
    /// Where the page about this code is, relative to the server.
    #[serde(rename = "type")]
    pub kind: String,
    /// What is wrong, the same for every occurrence of the code.
    pub title: String,
    /// The HTTP status.
    pub status: u16,
    /// The stable code, `FAE-0404`.
    pub code: String,
    /// What is wrong this time and what to do next.
    pub detail: String,
    /// Each thing that is wrong, where there can be several.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub errors: Vec<FieldError>,
    /// W3C trace id, to find the request in logs and traces.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub trace_id: Option<String>,
}

/// One thing that is wrong with a request.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct FieldError {
    /// Index of the job in the batch.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub index: Option<usize>,
    /// JSON pointer into the body or payload; empty for the whole of it.
    pub path: String,
    /// Code of this item's error where it has one of its own.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub code: Option<String>,
    /// What is wrong there.
    pub message: String,
}

/// `POST /auth/login`.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Login {
    /// E-mail address of the user.
    pub email: String,
    /// The password.
    pub password: String,
}

/// `POST /auth/refresh` and `/auth/logout`.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Refresh {
    /// The refresh token of the last answer; it works once.
    pub refresh_token: String,
}

/// The answer to a login or refresh.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct Tokens {
    /// JWT for the `Authorization: Bearer` header.
    pub access_token: String,
    /// Always `Bearer`.
    pub token_type: String,
    /// Seconds until the access token expires.
    pub expires_in: u64,
    /// For `POST /auth/refresh`, once.
    pub refresh_token: String,
}

/// `GET /auth/me`.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct Me {
    /// The user.
    pub user: User,
    /// Role on the installation: admin, operator or viewer.
    pub platform_role: Option<String>,
    /// The organization of this request.
    pub organization: Option<Organization>,
    /// What the caller may do in it, after the limits of an API token.
    pub permissions: Vec<String>,
    /// Every organization of the user.
    pub organizations: Vec<Organization>,
}

/// A person.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct User {
    /// Id.
    pub id: Uuid,
    /// E-mail address, lower case.
    pub email: String,
    /// Name for people.
    pub display_name: String,
    /// Language of texts, `es-MX` or `en`.
    pub locale: String,
}

/// A tenant.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct Organization {
    /// Id.
    pub id: Uuid,
    /// Short name, unique on the installation; accepted wherever an organization is named.
    pub slug: String,
    /// Name for people.
    pub name: String,
    /// The caller's role in it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub role: Option<String>,
    /// When it was made.
    pub created_at: DateTime<Utc>,
}

/// `POST /organizations`.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewOrganization {
    /// Short name: 2 to 40 of `a-z`, `0-9` and `-`.
    pub slug: String,
    /// Name for people.
    pub name: String,
}

/// `POST /members`: adds a user to the organization, making the user when the address is new.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewMember {
    /// E-mail address.
    pub email: String,
    /// Name for people of a new user; the e-mail address when absent.
    #[serde(default)]
    pub display_name: Option<String>,
    /// First password of a new user, at least 12 characters.
    #[serde(default)]
    pub password: Option<String>,
    /// owner, administrator, sales, bot_trainer, agent, scheduler or viewer.
    pub role: String,
}

/// A member of the organization.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct Member {
    /// The user.
    #[serde(flatten)]
    pub user: User,
    /// Role in this organization.
    pub role: String,
    /// Permissions beyond the role's.
    pub permissions: Vec<String>,
    /// Since when.
    pub created_at: DateTime<Utc>,
}

/// `POST /tokens`.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewToken {
    /// What it is for.
    pub name: String,
    /// Permissions, at most the caller's own; all of the caller's when absent.
    #[serde(default)]
    pub permissions: Option<Vec<String>>,
    /// Days until it expires, 1 to 3,650; 90 when absent.
    #[serde(default)]
    pub expires_in_days: Option<u32>,
}

/// An API token, without its secret.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct Token {
    /// Id.
    pub id: Uuid,
    /// What it is for.
    pub name: String,
    /// First characters of the secret, to recognise it.
    pub prefix: String,
    /// What it may do.
    pub permissions: Vec<String>,
    /// When it was made.
    pub created_at: DateTime<Utc>,
    /// When it stops working.
    pub expires_at: DateTime<Utc>,
    /// When it was revoked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub revoked_at: Option<DateTime<Utc>>,
}

/// The answer to `POST /tokens`: the only time that the secret is shown.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct CreatedToken {
    /// The token.
    #[serde(flatten)]
    pub token: Token,
    /// The secret, `fae_...`.
    pub secret: String,
}

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

/// `POST /jobs`.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewJob {
    /// Name of the module.
    pub module: String,
    /// Name of the job in the module.
    pub job: String,
    /// What the job works on, `{}` when absent; checked against the job's schema.
    #[serde(default = "empty_object")]
    #[schema(value_type = Object)]
    pub payload: Arc<RawValue>,
    /// Not before this time.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub run_at: Option<DateTime<Utc>>,
    /// Longest time of one attempt, in seconds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub timeout_s: Option<f64>,
    /// Attempts before it fails for good, 1 to 50.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max_attempts: Option<i16>,
    /// -100 to 100; higher runs first.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub priority: Option<i16>,
    /// Up to 16 words to find the job by.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub tags: Vec<String>,
    /// While a job with this key is alive, submitting it again returns that job.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unique_key: Option<String>,
}

fn empty_object() -> Arc<RawValue> {
    RawValue::from_string("{}".to_owned()).unwrap_or_else(|_| unreachable!("`{{}}` is JSON")).into()
}

/// `POST /jobs/batch`.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewBatch {
    /// 1 to 10,000 jobs; all are accepted or none.
    pub jobs: Vec<NewJob>,
}

/// The answer to `POST /jobs/batch`.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct AcceptedBatch {
    /// One item a job, in the order of the request.
    pub jobs: Vec<AcceptedJob>,
}

/// One accepted job of a batch.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct AcceptedJob {
    /// Its id.
    pub id: Uuid,
    /// False when a living job with the same `unique_key` was found instead.
    pub created: bool,
}

/// A job.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct Job {
    /// Id.
    pub id: Uuid,
    /// Name of the module.
    pub module: String,
    /// Version that runs or ran it; absent until it first starts.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub version: Option<String>,
    /// Name of the job in the module.
    pub job: String,
    /// Where it is in its life.
    #[schema(value_type = String)]
    pub status: JobState,
    /// What it waits for while WAITING.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    pub waiting: Option<WaitReason>,
    /// Attempts so far.
    pub attempts: i16,
    /// Attempts before it fails for good.
    pub max_attempts: i16,
    /// Higher runs first.
    pub priority: i16,
    /// Words to find it by.
    pub tags: Vec<String>,
    /// The key that makes it unique while it lives.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unique_key: Option<String>,
    /// Longest time of one attempt, in seconds.
    pub timeout_s: f64,
    /// How far it says it is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub progress: Option<Progress>,
    /// What it works on; left out of lists.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Object>)]
    pub payload: Option<Arc<RawValue>>,
    /// What it returned; left out of lists.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Object>)]
    pub result: Option<Arc<RawValue>>,
    /// Why it failed, or why the last attempt did.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error: Option<JobErrorView>,
    /// True when somebody asked to cancel it and it has not ended yet.
    pub cancel_requested: bool,
    /// When it was accepted.
    pub created_at: DateTime<Utc>,
    /// Not before this time; when it is pending.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub run_at: Option<DateTime<Utc>>,
    /// When its last attempt started.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub started_at: Option<DateTime<Utc>>,
    /// When it ended.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub finished_at: Option<DateTime<Utc>>,
    /// W3C trace id of the request that submitted it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub trace_id: Option<String>,
}

/// How far a job says it is.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Progress {
    /// Steps done.
    pub done: u32,
    /// Steps in all, 0 when not known.
    pub total: u32,
    /// What it is doing.
    pub message: String,
}

/// A job's error.
pub type JobErrorView = JobError;

/// One attempt of a job.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct Attempt {
    /// Number of the send that led to it.
    pub dispatch: i32,
    /// How it ended: done, retry, failed, cancelled, worker_lost or handed_back.
    pub verdict: String,
    /// Its error.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error: Option<JobErrorView>,
    /// The worker that ran it.
    pub worker: Uuid,
    /// When it started.
    pub started_at: DateTime<Utc>,
    /// When it ended.
    pub finished_at: DateTime<Utc>,
    /// CPU time that it used, in milliseconds.
    pub cpu_ms: f64,
    /// Most memory that it held, in bytes.
    pub memory_bytes: i64,
}

/// One log line of a job.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct LogLine {
    /// Rises over all attempts of the job; the cursor of the list.
    pub seq: i64,
    /// When it was written.
    pub at: DateTime<Utc>,
    /// debug, info, warn or error.
    #[schema(value_type = String)]
    pub level: LogLevel,
    /// The text.
    pub message: String,
}

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
