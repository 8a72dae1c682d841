//! The job that the platform runs.

use faena_sdk::{Context, JobError, info};

use crate::{CalculateError, calculate};

faena_sdk::export_jobs! { "calculate" => run }

fn run(_: &Context, payload: &str) -> Result<String, JobError> {
    let result = calculate(payload).map_err(|error| refused(&error))?;
    info!("calculated {} bytes of events into {} bytes of lines", payload.len(), result.len());
    Ok(result)
}

/// What the calculation refuses would be refused again: the job fails for good, with the place and both languages.
fn refused(error: &CalculateError) -> JobError {
    JobError::fail(error.code(), error.message_en())
        .with_details(serde_json::json!({ "path": error.path(), "message_es": error.message_es() }))
}

#[cfg(test)]
mod tests {
    use faena_sdk::Module;

    use super::*;

    #[test]
    fn a_refusal_says_where_and_in_both_languages() {
        let payload = r#"{"plan": {"rules": [{"type": "percent", "rate": "0.1"}]}, "events": [
            {"id": "r1", "type": "refund", "of": "nothing", "amount": "1.00", "at": "2026-05-20T12:00:00Z"}]}"#;
        let error = Jobs::run("calculate", &Context::for_test(), payload).unwrap_err();
        assert_eq!(error.failure().code, "REFUND_OF_UNKNOWN_EVENT");
        assert_eq!(error.failure().details["path"], "/events/0/of");
        assert!(error.failure().details["message_es"].as_str().is_some_and(|text| !text.is_empty()));
    }
}
