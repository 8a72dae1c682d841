//! Brings the schema up to date.

use std::str::FromStr;

use sqlx::postgres::PgConnectOptions;
use sqlx::{AssertSqlSafe, ConnectOptions, Connection, Executor};
use thiserror::Error;

const ROLES_SQL: &str = include_str!("../../migrations/roles.sql");
static MIGRATIONS: sqlx::migrate::Migrator = sqlx::migrate!("../migrations");

/// The database roles that a process logs in as.
pub const ROLES: [&str; 4] = ["faena_api", "faena_dispatcher", "faena_worker", "faena_authenticator"];

/// The schema could not be brought up to date.
#[derive(Debug, Error)]
pub enum MigrateError {
    /// The database cannot be reached or the login may not do this.
    #[error("{0}: the login of a migration must own the database and be allowed to create roles")]
    Database(&'static str, #[source] sqlx::Error),
    /// A migration failed or was changed after it ran.
    #[error("a migration did not run")]
    Migration(#[source] sqlx::migrate::MigrateError),
}

/// Creates the roles where they are missing and runs the migrations that have not run, as their owner. Safe to repeat
/// and to run from two processes at once.
pub async fn migrate(url: &str) -> Result<(), MigrateError> {
    let options = PgConnectOptions::from_str(url).map_err(|error| MigrateError::Database("read the URL", error))?;
    let options = options.disable_statement_logging();
    let mut connection = options.connect().await.map_err(|error| MigrateError::Database("connect", error))?;
    let step = |name| move |error| MigrateError::Database(name, error);
    connection.execute("SELECT pg_advisory_lock(7340012)").await.map_err(step("lock"))?;
    connection.execute(ROLES_SQL).await.map_err(step("create the roles"))?;
    connection
        .execute("CREATE SCHEMA IF NOT EXISTS faena AUTHORIZATION faena_migrator")
        .await
        .map_err(step("create the schema"))?;
    connection.execute("SET ROLE faena_migrator; SET search_path = faena").await.map_err(step("set the role"))?;
    MIGRATIONS.run_direct(None, &mut connection, false).await.map_err(MigrateError::Migration)?;
    connection.close().await.map_err(step("close"))
}

/// Lets one of [`ROLES`] log in with this password.
pub async fn set_role_password(url: &str, role: &'static str, password: &str) -> Result<(), MigrateError> {
    run_quoted(url, "SELECT format('ALTER ROLE %I LOGIN PASSWORD %L', $1, $2)", role, password).await
}

/// Makes `login`, or gives it this password again, as a member of the api role and of nothing else: for programs that
/// look into a database whose roles are not this installation's to change.
pub async fn make_api_login(url: &str, login: &str, password: &str) -> Result<(), MigrateError> {
    let make = "SELECT format('DO $do$ BEGIN CREATE ROLE %1$I IN ROLE faena_api; EXCEPTION WHEN duplicate_object THEN NULL; END $do$', $1)
                    || format('; ALTER ROLE %I LOGIN INHERIT PASSWORD %L', $1, $2)
                    || format('; GRANT CONNECT ON DATABASE %I TO %I', current_database(), $1)";
    run_quoted(url, make, login, password).await
}

/// Runs the statement that `template` makes of the two words: these statements take no parameters, so that the server
/// itself must do the quoting.
async fn run_quoted(url: &str, template: &'static str, first: &str, second: &str) -> Result<(), MigrateError> {
    let step = |name| move |error| MigrateError::Database(name, error);
    let options = PgConnectOptions::from_str(url).map_err(step("read the URL"))?.disable_statement_logging();
    let mut connection = options.connect().await.map_err(step("connect"))?;
    let statement: String = sqlx::query_scalar(template)
        .bind(first)
        .bind(second)
        .fetch_one(&mut connection)
        .await
        .map_err(step("quote"))?;
    connection.execute(AssertSqlSafe(statement)).await.map_err(step("change a login"))?;
    connection.close().await.map_err(step("close"))
}
