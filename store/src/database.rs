//! One handle a database role, and who is asking.

use std::str::FromStr;
use std::time::Duration;

use faena_contract::{OrganizationId, TokenId, UserId};
use sqlx::postgres::{PgConnectOptions, PgPoolOptions};
use sqlx::{AssertSqlSafe, ConnectOptions, PgConnection, PgPool, Postgres, Transaction};

use crate::error::StoreError;

/// Requests of one organization, under row-level security.
#[derive(Clone, Debug)]
pub struct Api(pub(crate) PgPool);

/// Admission, reaper and reconcilers: across organizations, never a payload.
#[derive(Clone, Debug)]
pub struct Dispatcher(pub(crate) PgPool);

/// May call the functions by which a worker acts, and nothing else.
#[derive(Clone, Debug)]
pub struct Worker(pub(crate) PgPool);

/// Login and token look-up.
#[derive(Clone, Debug)]
pub struct Authenticator(pub(crate) PgPool);

/// Who asks, for row-level security and audit.
#[derive(Clone, Debug)]
pub struct Caller {
    /// The organization of the request.
    pub organization: OrganizationId,
    /// The user.
    pub user: UserId,
    /// The API token, when the request came with one.
    pub token: Option<TokenId>,
    /// How audit names the user: the e-mail address.
    pub actor: String,
    /// Address that the request came from.
    pub ip: Option<String>,
}

/// Most connections of one handle.
#[derive(Clone, Copy, Debug)]
pub struct PoolSize(pub u32);

/// A URL for each database role. From one URL alone, whose login must be a member of all roles, each handle switches
/// with `SET ROLE` when it connects.
#[derive(Clone, Debug)]
pub struct RoleUrls {
    /// For [`Api`].
    pub api: String,
    /// For [`Dispatcher`].
    pub dispatcher: String,
    /// For [`Worker`].
    pub worker: String,
    /// For [`Authenticator`].
    pub authenticator: String,
    /// Whether the logins are the roles themselves, rather than one login that switches.
    pub own_logins: bool,
}

impl RoleUrls {
    /// One login for everything.
    pub fn shared(url: &str) -> Self {
        Self {
            api: url.to_owned(),
            dispatcher: url.to_owned(),
            worker: url.to_owned(),
            authenticator: url.to_owned(),
            own_logins: false,
        }
    }

    fn role(&self, role: &'static str) -> Option<&'static str> {
        (!self.own_logins).then_some(role)
    }
}

macro_rules! handle {
    ($handle:ident, $field:ident, $role:literal, $plans:expr) => {
        impl $handle {
            /// Connects as this role; fails at once when the database cannot be reached or refuses the role.
            pub async fn connect(urls: &RoleUrls, size: PoolSize) -> Result<Self, StoreError> {
                connect(&urls.$field, urls.role($role), $plans, size).await.map(Self)
            }

            /// Asks the database for an answer.
            pub async fn ping(&self) -> Result<(), StoreError> {
                sqlx::query("SELECT 1").execute(&self.0).await.map_err(StoreError::from_sqlx("ping"))?;
                Ok(())
            }

            /// Closes every connection.
            pub async fn close(&self) {
                self.0.close().await;
            }
        }
    };
}

/// Planning over partitions costs more than the look-ups of a request themselves, and PostgreSQL would plan them anew each
/// time. What works on batches is planned for its batch instead.
const GENERIC: &str = "force_generic_plan";
const BY_COST: &str = "auto";

handle!(Api, api, "faena_api", GENERIC);
handle!(Dispatcher, dispatcher, "faena_dispatcher", BY_COST);
handle!(Worker, worker, "faena_worker", BY_COST);
handle!(Authenticator, authenticator, "faena_authenticator", GENERIC);

impl Api {
    /// Begins a transaction in which row-level security sees the caller.
    pub(crate) async fn begin(&self, caller: &Caller) -> Result<Transaction<'static, Postgres>, StoreError> {
        // One round trip instead of two. Ids are UUIDs, so that there is nothing to quote.
        let begin = format!(
            "BEGIN; SELECT set_config('faena.organization_id', '{}', true), set_config('faena.user_id', '{}', true)",
            caller.organization, caller.user
        );
        self.0.begin_with(AssertSqlSafe(begin)).await.map_err(StoreError::from_sqlx("begin"))
    }
}

/// Sets what the policies compare with, until the end of the transaction.
pub(crate) async fn enter(
    connection: &mut PgConnection,
    organization: OrganizationId,
    user: UserId,
) -> Result<(), StoreError> {
    sqlx::query("SELECT set_config('faena.organization_id', $1, true), set_config('faena.user_id', $2, true)")
        .bind(organization.to_string())
        .bind(user.to_string())
        .execute(connection)
        .await
        .map_err(StoreError::from_sqlx("enter organization"))?;
    Ok(())
}

async fn connect(url: &str, role: Option<&str>, plans: &str, size: PoolSize) -> Result<PgPool, StoreError> {
    let mut options = PgConnectOptions::from_str(url)
        .map_err(StoreError::from_sqlx("read the database URL"))?
        .application_name("faena");
    // sqlx asks `tracing::enabled!` before each statement, which leaves its answer in the state of per-layer filters: the
    // next span on the thread was then missing from its trace. What a statement does, its caller logs.
    options = options.options([("search_path", "faena"), ("plan_cache_mode", plans)]).disable_statement_logging();
    if let Some(role) = role {
        options = options.options([("role", role)]);
    }
    PgPoolOptions::new()
        .max_connections(size.0)
        .acquire_timeout(Duration::from_secs(5))
        // A broken connection is noticed by its statement; a round trip before each use would cost more than it saves.
        .test_before_acquire(false)
        .connect_with(options)
        .await
        .map_err(StoreError::from_sqlx("connect"))
}
