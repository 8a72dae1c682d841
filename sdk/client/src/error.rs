//! Why a call failed.

use faena_contract::ErrorCode;
use faena_contract::api::Problem;
use url::Url;

/// Why a call failed.
#[derive(Debug, thiserror::Error)]
pub enum ClientError {
    /// The address of the server cannot be used.
    #[error("`{url}` is no address of a Faena server: {reason}")]
    InvalidUrl {
        /// The address as it was given.
        url: String,
        /// What is wrong with it.
        reason: String,
    },
    /// TLS or the connection pool could not be set up.
    #[error("the HTTP client cannot be set up")]
    SetUp(#[source] reqwest::Error),
    /// The server did not answer.
    #[error("no answer from {url}")]
    Unreachable {
        /// Where it was looked for.
        url: Url,
        /// How that failed.
        #[source]
        source: reqwest::Error,
    },
    /// The server refused the call or failed.
    #[error("{}: {}", .0.code, .0.detail)]
    Problem(Box<Problem>),
    /// Something that is not Faena answered, or a Faena of another version.
    #[error("{url} answered {status} with something that this version does not understand: {reason}")]
    Unexpected {
        /// What was called.
        url: Url,
        /// The HTTP status.
        status: u16,
        /// What could not be read.
        reason: String,
    },
    /// The request cannot be written as JSON.
    #[error("the request cannot be written as JSON")]
    Request(#[source] serde_json::Error),
}

impl ClientError {
    /// The server's code, or the one for what happened on the way to it.
    pub fn code(&self) -> &str {
        match self {
            Self::Problem(problem) => &problem.code,
            Self::Unreachable { .. } => ErrorCode::ServerUnreachable.as_str(),
            Self::InvalidUrl { .. } => ErrorCode::ConfigInvalid.as_str(),
            Self::SetUp(_) | Self::Unexpected { .. } | Self::Request(_) => ErrorCode::Internal.as_str(),
        }
    }

    /// The problem, when the server answered with this code.
    pub fn is(&self, code: ErrorCode) -> bool {
        matches!(self, Self::Problem(problem) if problem.code == code.as_str())
    }
}
