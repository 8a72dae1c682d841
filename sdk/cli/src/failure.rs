//! Errors as people see them: a code, what is wrong, each wrong field, what to do, and the exit code.

use std::fmt;

use faena_client::ClientError;
use faena_contract::ErrorCode;
use faena_contract::api::FieldError;

/// The command ran and what it was about failed.
pub(crate) const FAILED: u8 = 1;
/// The command line, the configuration or a named file is wrong.
pub(crate) const USAGE: u8 = 2;
/// What the command is about does not exist.
pub(crate) const NOT_FOUND: u8 = 3;
/// The server refused.
pub(crate) const REFUSED: u8 = 4;
/// The server, or what it stands on, does not answer.
pub(crate) const UNREACHABLE: u8 = 5;

/// An error that is ready to be shown.
#[derive(Clone, Debug)]
pub(crate) struct Failure {
    pub(crate) code: String,
    pub(crate) detail: String,
    pub(crate) errors: Vec<FieldError>,
    pub(crate) advice: Option<String>,
    pub(crate) trace_id: Option<String>,
    pub(crate) exit: u8,
}

impl Failure {
    /// An error that the command line itself found.
    pub(crate) fn new(code: ErrorCode, detail: impl Into<String>) -> Self {
        Self {
            code: code.as_str().to_owned(),
            detail: detail.into(),
            errors: Vec::new(),
            advice: advice(code).map(str::to_owned),
            trace_id: None,
            exit: exit_of(code),
        }
    }

    /// The same with another sentence about what to do.
    pub(crate) fn advise(mut self, advice: impl Into<String>) -> Self {
        self.advice = Some(advice.into());
        self
    }

    /// A value of the command line or configuration that cannot be used.
    pub(crate) fn invalid(detail: impl Into<String>) -> Self {
        Self::new(ErrorCode::ConfigInvalid, detail)
    }

    /// What is known about any error of a command.
    pub(crate) fn of(error: &anyhow::Error) -> Self {
        let own = error.chain().find_map(|cause| cause.downcast_ref::<Self>());
        if let Some(own) = own {
            return own.clone();
        }
        let client = error.chain().find_map(|cause| cause.downcast_ref::<ClientError>());
        if let Some(client) = client {
            return Self::of_client(client);
        }
        Self::new(platform_code(error), format!("{error:#}"))
    }

    fn of_client(error: &ClientError) -> Self {
        let code = ErrorCode::parse(error.code()).unwrap_or(ErrorCode::Internal);
        let ClientError::Problem(problem) = error else {
            return Self::new(code, chain(error));
        };
        Self {
            code: problem.code.clone(),
            errors: problem.errors.clone(),
            trace_id: problem.trace_id.clone(),
            exit: ErrorCode::parse(&problem.code).map_or_else(|| exit_of_status(problem.status), exit_of),
            ..Self::new(code, problem.detail.clone())
        }
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.code, self.detail)
    }
}

impl std::error::Error for Failure {}

/// The code that an error of one of the platform's crates has.
fn platform_code(error: &anyhow::Error) -> ErrorCode {
    error.chain().find_map(known_code).unwrap_or(ErrorCode::Internal)
}

fn known_code(cause: &(dyn std::error::Error + 'static)) -> Option<ErrorCode> {
    if let Some(error) = cause.downcast_ref::<faena_services::ServiceError>() {
        return ErrorCode::parse(error.code());
    }
    if let Some(error) = cause.downcast_ref::<faena_manifest::PackageError>() {
        return Some(error.code());
    }
    if let Some(error) = cause.downcast_ref::<faena_manifest::KeyError>() {
        return Some(error.code());
    }
    if cause.is::<faena_store::MigrateError>() {
        return Some(ErrorCode::MigrationFailed);
    }
    if is_configuration(cause) {
        return Some(ErrorCode::ConfigInvalid);
    }
    if let Some(error) = cause.downcast_ref::<std::io::Error>() {
        return (error.kind() == std::io::ErrorKind::AddrInUse).then_some(ErrorCode::AddressInUse);
    }
    let store = cause.downcast_ref::<faena_store::StoreError>()?;
    matches!(store, faena_store::StoreError::Unavailable { .. }).then_some(ErrorCode::DatabaseUnavailable)
}

fn is_configuration(cause: &(dyn std::error::Error + 'static)) -> bool {
    cause.is::<faena_telemetry::TelemetryError>()
        || cause.is::<faena_queue::QueueError>()
        || cause.is::<faena_orchestrator::AuthError>()
        || matches!(cause.downcast_ref(), Some(faena_worker::WorkerError::Setting(_)))
}

fn chain(error: &dyn std::error::Error) -> String {
    let causes = std::iter::successors(Some(error), |error| error.source());
    causes.map(ToString::to_string).collect::<Vec<_>>().join(": ")
}

fn exit_of(code: ErrorCode) -> u8 {
    match code {
        ErrorCode::ServerUnreachable | ErrorCode::DatabaseUnavailable => UNREACHABLE,
        ErrorCode::ConfigUnknownKey | ErrorCode::ConfigInvalid | ErrorCode::FileUnreadable => USAGE,
        ErrorCode::NotLoggedIn => REFUSED,
        other => exit_of_status(other.status()),
    }
}

fn exit_of_status(status: u16) -> u8 {
    match status {
        404 => NOT_FOUND,
        400..=499 => REFUSED,
        502..=504 => UNREACHABLE,
        _ => FAILED,
    }
}

/// What to do about the errors that a person meets before any page is at hand.
fn advice(code: ErrorCode) -> Option<&'static str> {
    Some(match code {
        ErrorCode::ServerUnreachable => {
            "start it with `faena up`, or say where it is with FAENA_URL and FAENA_TOKEN or `faena login --url`"
        }
        ErrorCode::NotLoggedIn => "run `faena up` here, log in with `faena login`, or set FAENA_URL and FAENA_TOKEN",
        ErrorCode::DataDirInUse => "stop the other `faena up`, or give another folder with --data-dir",
        ErrorCode::AddressInUse => "stop what listens there, or give another address with --listen",
        ErrorCode::TokenExpired | ErrorCode::NotAuthenticated | ErrorCode::RefreshTokenReused => {
            "log in again with `faena login`, or set FAENA_TOKEN to a token that is valid"
        }
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_exit_code_says_what_kind_of_failure_it_is() {
        let cases = [
            (ErrorCode::JobNotFound, NOT_FOUND),
            (ErrorCode::PermissionDenied, REFUSED),
            (ErrorCode::PayloadInvalid, REFUSED),
            (ErrorCode::ServerUnreachable, UNREACHABLE),
            (ErrorCode::DatabaseUnavailable, UNREACHABLE),
            (ErrorCode::ConfigUnknownKey, USAGE),
            (ErrorCode::DataDirInUse, FAILED),
            (ErrorCode::AttemptTimedOut, FAILED),
        ];
        for (code, exit) in cases {
            assert_eq!(Failure::new(code, "").exit, exit, "{code}");
        }
    }

    #[test]
    fn a_failure_is_found_beneath_its_context() {
        let error = anyhow::Error::new(Failure::invalid("slots must be 1 or more")).context("while starting");
        assert_eq!(Failure::of(&error).code, "FAE-0702");
        let error = anyhow::anyhow!("anything else");
        assert_eq!((Failure::of(&error).code.as_str(), Failure::of(&error).exit), ("FAE-0602", FAILED));
    }
}
