//! The bodies of the HTTP API, shared by the orchestrator that serves them and the client that reads them.
//! snake_case JSON; unknown fields in a request are an error; payloads and results keep the text they came with.

mod identity;
mod jobs;
mod modules;
mod operations;

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

pub use identity::*;
pub use jobs::*;
pub use modules::*;
pub use operations::*;

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
