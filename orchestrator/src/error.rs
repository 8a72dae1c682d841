//! From what went wrong to `application/problem+json`: the only place where problems are made.

use axum::body::Body;
use axum::response::{IntoResponse, Response};
use faena_contract::ErrorCode;
use faena_contract::api::{FieldError, Problem};
use faena_store::{Constraint, StoreError};
use http::{HeaderValue, StatusCode, header};
use thiserror::Error;

/// An error that the caller of the API meets.
#[derive(Debug, Error)]
#[error("{code}: {detail}")]
pub(crate) struct ApiError {
    pub(crate) code: ErrorCode,
    pub(crate) detail: String,
    pub(crate) errors: Vec<FieldError>,
}

pub(crate) type ApiResult<T> = Result<T, ApiError>;

impl ApiError {
    pub(crate) fn new(code: ErrorCode, detail: impl Into<String>) -> Self {
        Self { code, detail: detail.into(), errors: Vec::new() }
    }

    pub(crate) fn with_errors(mut self, errors: Vec<FieldError>) -> Self {
        self.errors = errors;
        self
    }

    /// An error about one field of the body.
    pub(crate) fn at(code: ErrorCode, path: impl Into<String>, message: impl Into<String>) -> Self {
        let message = message.into();
        let error = FieldError { index: None, path: path.into(), code: None, message: message.clone() };
        Self::new(code, message).with_errors(vec![error])
    }

    /// Hides the cause from the caller and logs it once.
    pub(crate) fn internal(error: &dyn std::error::Error) -> Self {
        tracing::error!(error = error_chain(error), "a request failed inside: {error}");
        Self::new(
            ErrorCode::Internal,
            "Something failed inside Faena. The trace id leads to the log line that says what.",
        )
    }
}

impl From<StoreError> for ApiError {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::Unavailable { .. } => {
                tracing::warn!(error = error_chain(&error), "the database does not answer");
                Self::new(
                    ErrorCode::DatabaseUnavailable,
                    "The database does not answer. Nothing was changed; try again in a moment.",
                )
            }
            StoreError::IdempotencyMismatch => Self::new(
                ErrorCode::IdempotencyMismatch,
                "This Idempotency-Key was used with another request. Use a new key for a new request.",
            ),
            StoreError::Refused(constraint) => refused(constraint),
            StoreError::Failed { .. } | StoreError::Corrupt { .. } => Self::internal(&error),
        }
    }
}

fn refused(constraint: Constraint) -> ApiError {
    let (code, detail) = match constraint {
        Constraint::OrganizationSlug => {
            (ErrorCode::SlugTaken, "Another organization has this slug; choose another one.")
        }
        Constraint::OrganizationSlugForm => {
            (ErrorCode::InvalidBody, "A slug has 2 to 40 of a-z, 0-9 and -, and neither begins nor ends with -.")
        }
        Constraint::UserEmail | Constraint::Member => (ErrorCode::AlreadyMember, "This user is a member already."),
        Constraint::UserEmailForm => (ErrorCode::InvalidBody, "This is not an e-mail address."),
        Constraint::Role => (
            ErrorCode::InvalidBody,
            "There is no such role; the roles are owner, administrator, scheduler, sales, bot_trainer, agent and viewer.",
        ),
        Constraint::ModuleVersion => {
            (ErrorCode::VersionExists, "This version was published in the same moment by somebody else.")
        }
    };
    ApiError::new(code, detail)
}

/// The messages of an error and its sources.
pub(crate) fn error_chain(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        text.push_str(": ");
        text.push_str(&cause.to_string());
        source = cause.source();
    }
    text
}

impl IntoResponse for ApiError {
    fn into_response(self) -> Response {
        let status = StatusCode::from_u16(self.code.status()).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let problem = Problem {
            kind: format!("/errors/{}", self.code),
            title: self.code.title().to_owned(),
            status: status.as_u16(),
            code: self.code.as_str().to_owned(),
            detail: self.detail,
            errors: self.errors,
            trace_id: faena_telemetry::current_trace_id(),
        };
        let mut response = Response::new(Body::from(serde_json::json!(problem).to_string()));
        *response.status_mut() = status;
        let headers = response.headers_mut();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/problem+json"));
        if status == StatusCode::UNAUTHORIZED {
            headers.insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
        }
        if status == StatusCode::PAYLOAD_TOO_LARGE {
            // The rest of the body is not read, so that the connection cannot carry another request.
            headers.insert(header::CONNECTION, HeaderValue::from_static("close"));
        } else if status == StatusCode::SERVICE_UNAVAILABLE {
            headers.insert(header::RETRY_AFTER, HeaderValue::from_static("1"));
        } else if status == StatusCode::TOO_MANY_REQUESTS {
            headers.insert(header::RETRY_AFTER, HeaderValue::from_static("300"));
        }
        response
    }
}
