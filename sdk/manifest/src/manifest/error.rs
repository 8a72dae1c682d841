//! Why a manifest is refused, where, and how to mend it.

use std::fmt;

use faena_contract::ErrorCode;

/// The first thing that is wrong with a manifest.
///
/// Reads as `line 12: job[1].timeout_s: 0 is not from 0.001 to 86400; ...`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ManifestError {
    /// Where in the manifest, such as `job[1].timeout_s`; empty for the whole text.
    pub path: String,
    /// The line in the text, counted from 1, where it is known.
    pub line: Option<usize>,
    /// What is wrong there.
    pub problem: Problem,
}

/// What is wrong with one place of a manifest.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Problem {
    /// The text is not TOML.
    #[error("not valid TOML: {0}")]
    Syntax(String),
    /// The text is longer than a manifest may be.
    #[error("the manifest has {found} bytes; at most {limit} are allowed, so shorten it")]
    TooLong {
        /// Bytes that it has.
        found: usize,
        /// Bytes that it may have.
        limit: usize,
    },
    /// No such key exists.
    #[error("there is no such key; {advice}")]
    UnknownKey {
        /// What to write instead, such as ``did you mean `timeout_s`?``.
        advice: String,
    },
    /// The key is known, but what it configures is not built yet.
    #[error("this key is known, but its part of Faena is not built yet; remove it")]
    NotBuilt,
    /// An interface that needs no declaration is declared.
    #[error("this interface is always there and needs no declaration; remove the key")]
    AlwaysThere,
    /// A required key is missing.
    #[error("this key is missing; add for example `{example}`")]
    Missing {
        /// A line that sets it.
        example: &'static str,
    },
    /// The value has the wrong type or form.
    #[error("{reason}; write for example `{example}`")]
    Value {
        /// What is wrong with the value.
        reason: String,
        /// A line that sets it well.
        example: &'static str,
    },
    /// Two jobs have one name.
    #[error("job[{first}] has this name already; rename one of the two")]
    DuplicateJob {
        /// Index of the job that had the name first.
        first: usize,
    },
}

impl ManifestError {
    /// The stable code of the error: known but not built is told apart from wrong.
    pub fn code(&self) -> ErrorCode {
        match self.problem {
            Problem::NotBuilt => ErrorCode::FieldNotSupported,
            Problem::Syntax(_)
            | Problem::TooLong { .. }
            | Problem::UnknownKey { .. }
            | Problem::AlwaysThere
            | Problem::Missing { .. }
            | Problem::Value { .. }
            | Problem::DuplicateJob { .. } => ErrorCode::ManifestInvalid,
        }
    }
}

impl fmt::Display for ManifestError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(line) = self.line {
            write!(f, "line {line}: ")?;
        }
        if !self.path.is_empty() {
            write!(f, "{}: ", self.path)?;
        }
        self.problem.fmt(f)
    }
}

impl std::error::Error for ManifestError {}
