//! What a statement can answer besides rows. Constraint names are mapped here and nowhere else.

use thiserror::Error;

/// An error of the store.
#[derive(Debug, Error)]
pub enum StoreError {
    /// The database cannot be reached, or does not answer in time.
    #[error("the database does not answer ({operation})")]
    Unavailable {
        /// What was being done.
        operation: &'static str,
        /// Why.
        #[source]
        source: sqlx::Error,
    },
    /// A named constraint refused the change.
    #[error("refused by constraint {0:?}")]
    Refused(Constraint),
    /// The idempotency key was used with another request.
    #[error("the idempotency key was used with another request")]
    IdempotencyMismatch,
    /// A statement failed, which is a bug or a broken database.
    #[error("statement failed ({operation})")]
    Failed {
        /// What was being done.
        operation: &'static str,
        /// Why.
        #[source]
        source: sqlx::Error,
    },
    /// A stored value does not read as what it must be, which is a bug.
    #[error("a stored value of {what} is not valid: {value}")]
    Corrupt {
        /// Table and column.
        what: &'static str,
        /// The value.
        value: String,
    },
}

/// The constraints that a request can run into.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Constraint {
    /// The slug of an organization is taken or malformed.
    OrganizationSlug,
    /// The slug has the wrong form.
    OrganizationSlugForm,
    /// The e-mail address is taken.
    UserEmail,
    /// The e-mail address has the wrong form.
    UserEmailForm,
    /// The version of the module is published already.
    ModuleVersion,
    /// The role does not exist.
    Role,
    /// The member does not exist, or exists already.
    Member,
}

fn constraint(name: &str) -> Option<Constraint> {
    Some(match name {
        "organization_slug_key" => Constraint::OrganizationSlug,
        "organization_slug_form" => Constraint::OrganizationSlugForm,
        "app_user_email_key" => Constraint::UserEmail,
        "app_user_email_form" => Constraint::UserEmailForm,
        "module_version_version_key" => Constraint::ModuleVersion,
        "member_role_fkey" => Constraint::Role,
        "member_pkey" => Constraint::Member,
        _ => return None,
    })
}

impl StoreError {
    /// Wraps the error of the named operation.
    pub(crate) fn from_sqlx(operation: &'static str) -> impl Fn(sqlx::Error) -> Self {
        move |source| match &source {
            sqlx::Error::Database(error) => {
                if let Some(constraint) = error.constraint().and_then(constraint) {
                    return Self::Refused(constraint);
                }
                match error.code().as_deref() {
                    Some("FA208") => Self::IdempotencyMismatch,
                    // Shutting down, starting up, or out of connections.
                    Some("57P01" | "57P02" | "57P03" | "53300") => Self::Unavailable { operation, source },
                    _ => Self::Failed { operation, source },
                }
            }
            sqlx::Error::Io(_) | sqlx::Error::PoolTimedOut | sqlx::Error::PoolClosed | sqlx::Error::Tls(_) => {
                Self::Unavailable { operation, source }
            }
            _ => Self::Failed { operation, source },
        }
    }

    /// True for a deadlock or serialization failure, where doing the same again is right.
    pub fn is_transient(&self) -> bool {
        let Self::Failed { source: sqlx::Error::Database(error), .. } = self else { return false };
        matches!(error.code().as_deref(), Some("40P01" | "40001"))
    }
}

/// Runs `attempt` again, a few times, while it fails for a deadlock or serialization failure.
pub(crate) async fn retrying<T, F, Fut>(mut attempt: F) -> Result<T, StoreError>
where
    F: FnMut() -> Fut,
    Fut: Future<Output = Result<T, StoreError>>,
{
    for _ in 0..4 {
        match attempt().await {
            Err(error) if error.is_transient() => tracing::debug!(%error, "statement deadlocked, running it again"),
            other => return other,
        }
    }
    attempt().await
}
