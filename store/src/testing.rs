//! Fresh databases for tests.

use sqlx::{AssertSqlSafe, Connection, Executor, PgConnection};

use crate::jobs::{Filter, list_statement};
use crate::{Api, Authenticator, Caller, Dispatcher, MigrateError, PoolSize, RoleUrls, StoreError, Worker, migrate};

/// A migrated database of its own, with a handle for each role.
#[derive(Clone, Debug)]
pub struct TestDatabase {
    /// URL of the database, as the server's superuser.
    pub url: String,
    /// As the api role.
    pub api: Api,
    /// As the dispatcher role.
    pub dispatcher: Dispatcher,
    /// As the worker role.
    pub worker: Worker,
    /// As the authenticator role.
    pub authenticator: Authenticator,
}

/// Why a test database could not be made.
#[derive(Debug, thiserror::Error)]
pub enum TestDatabaseError {
    /// The server refused.
    #[error("the server of the tests")]
    Server(#[from] sqlx::Error),
    /// The schema did not come up.
    #[error("the schema of the tests")]
    Migrate(#[from] MigrateError),
    /// A role did not connect.
    #[error("a role of the tests")]
    Store(#[from] StoreError),
}

impl TestDatabase {
    /// Makes the database `name` on the server of `server_url` (a superuser's URL that ends in a database name).
    pub async fn create(server_url: &str, name: &str) -> Result<Self, TestDatabaseError> {
        let mut server = PgConnection::connect(server_url).await?;
        server.execute(AssertSqlSafe(format!("CREATE DATABASE {name}"))).await?;
        let (base, _) = server_url.rsplit_once('/').unwrap_or((server_url, ""));
        let url = format!("{base}/{name}");
        migrate(&url).await?;
        let urls = RoleUrls::shared(&url);
        let size = PoolSize(8);
        Ok(Self {
            api: Api::connect(&urls, size).await?,
            dispatcher: Dispatcher::connect(&urls, size).await?,
            worker: Worker::connect(&urls, size).await?,
            authenticator: Authenticator::connect(&urls, size).await?,
            url,
        })
    }

    /// The text of the statement that lists jobs, with its parameters as `$1`, `$2`, ...
    pub fn list_statement(&self, caller: &Caller, filter: &Filter) -> String {
        list_statement(caller, filter)
    }

    /// A connection as the superuser, for looking at what the roles may not see.
    pub async fn superuser(&self) -> Result<PgConnection, TestDatabaseError> {
        let mut connection = PgConnection::connect(&self.url).await?;
        connection.execute("SET search_path = faena").await?;
        Ok(connection)
    }
}
