//! `faena:host/types`: no functions; what a module says in them becomes ours here.

use std::time::Duration;

use serde_json::Value;

use super::bindings::faena::host::types as wit;
use crate::{CallContext, CallError, ModuleError, text};

/// Longest message of a module that an error carries, in bytes.
const MESSAGE_BYTES: usize = 4 << 10;
/// Largest details of a module that an error carries, in bytes of JSON text.
const DETAILS_BYTES: usize = 64 << 10;

impl wit::Host for crate::state::CallState {}

impl From<CallContext> for wit::Context {
    fn from(context: CallContext) -> Self {
        Self {
            job_id: context.job_id,
            attempt: context.attempt,
            organization_id: context.organization_id,
            ext: String::new(),
        }
    }
}

impl From<wit::JobError> for CallError {
    fn from(error: wit::JobError) -> Self {
        match error {
            wit::JobError::Fail(failure) => {
                Self::Failed(module_error(&failure.code, &failure.message, &failure.details))
            }
            wit::JobError::Retry(retry) => {
                let delay = retry.after_ms.map(|ms| Duration::from_millis(u64::try_from(ms).unwrap_or(0)));
                Self::Retry(module_error(&retry.code, &retry.message, &retry.details), delay)
            }
            wit::JobError::Other(message) => Self::Failed(module_error("", &message, "")),
        }
    }
}

fn module_error(code: &str, message: &str, json: &str) -> ModuleError {
    ModuleError {
        code: text::code(code).into_owned(),
        message: text::shown(message, MESSAGE_BYTES),
        details: details(json),
    }
}

/// What is not JSON, or too much of it, is kept as text.
fn details(json: &str) -> Value {
    if json.is_empty() {
        return Value::Null;
    }
    let parsed = if json.len() <= DETAILS_BYTES { serde_json::from_str(json).ok() } else { None };
    parsed.map_or_else(|| Value::String(text::shown(json, MESSAGE_BYTES)), text::value_without_nul)
}
