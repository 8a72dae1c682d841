//! PostgreSQL and Redis: private ones in the data folder, or somebody else's by address.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use anyhow::{Context, Result};
use faena_services::{Postgres, PostgresConfig, Redis, RedisConfig, ServiceError};
use faena_store::RoleUrls;
use url::Url;

use super::data_dir::DataDir;
use super::secrets::Secrets;
use crate::config::Settings;
use crate::failure::Failure;

/// Pause after a server that could not be started again.
const PAUSE: Duration = Duration::from_secs(2);

/// Where the two servers are.
#[derive(Clone, Debug)]
pub(crate) struct Urls {
    /// PostgreSQL as its owner.
    pub(crate) owner: String,
    /// PostgreSQL by role.
    pub(crate) roles: RoleUrls,
    /// PostgreSQL for programs beside Faena: a login that may do what a request may.
    pub(crate) client: String,
    /// Redis.
    pub(crate) redis: String,
}

impl Urls {
    fn same(&self, other: &Self) -> bool {
        self.owner == other.owner && self.redis == other.redis
    }
}

/// The two servers. Dropping them stops the private ones.
pub(crate) struct Servers {
    postgres: Option<Service<Postgres>>,
    redis: Option<Service<Redis>>,
    passwords: BTreeMap<&'static str, String>,
    /// Where they are, or were before one of them died.
    pub(crate) urls: Urls,
}

impl Servers {
    /// Starts the private ones that are needed, both at once.
    pub(crate) async fn start(dir: &DataDir, settings: &Settings, secrets: &Secrets) -> Result<Self> {
        let mut postgres = settings.database_url.is_none().then(|| Service::new(dir.path.join("postgres")));
        let mut redis = settings.redis_url.is_none().then(|| Service::new(dir.path.join("redis")));
        let (one, other) = tokio::join!(launch(&mut postgres), launch(&mut redis));
        one.and(other)?;
        let passwords = secrets.role_passwords()?;
        let given = Urls {
            owner: settings.database_url.clone().unwrap_or_default(),
            roles: RoleUrls::shared(settings.database_url.as_deref().unwrap_or_default()),
            client: own_login(settings.database_url.as_deref(), secrets)?,
            redis: settings.redis_url.clone().unwrap_or_default(),
        };
        let mut servers = Self { postgres, redis, passwords, urls: given };
        servers.urls = servers.current();
        Ok(servers)
    }

    /// The passwords to give to the roles: only those of a private server are this Faena's to change.
    pub(crate) fn own_passwords(&self) -> Option<&BTreeMap<&'static str, String>> {
        self.postgres.as_ref().map(|_| &self.passwords)
    }

    /// Starts again what has died; true when an address is another one now.
    pub(crate) async fn revive(&mut self) -> bool {
        if let Some(postgres) = &mut self.postgres {
            postgres.revive().await;
        }
        if let Some(redis) = &mut self.redis {
            redis.revive().await;
        }
        let now = self.current();
        let changed = !now.same(&self.urls);
        self.urls = now;
        changed
    }

    fn current(&self) -> Urls {
        let mut urls = self.urls.clone();
        if let Some(postgres) = self.postgres.as_ref().and_then(|service| service.server.as_ref()) {
            let of =
                |role: &str| postgres.url_for(role, self.passwords.get(role).map_or("", String::as_str), "postgres");
            urls.owner = postgres.superuser_url();
            urls.roles = RoleUrls {
                api: of("faena_api"),
                dispatcher: of("faena_dispatcher"),
                worker: of("faena_worker"),
                authenticator: of("faena_authenticator"),
                own_logins: true,
            };
            urls.client = urls.roles.api.clone();
        }
        if let Some(redis) = self.redis.as_ref().and_then(|service| service.server.as_ref()) {
            urls.redis = redis.url();
        }
        urls
    }

    /// Stops the private ones, PostgreSQL last.
    pub(crate) async fn stop(self) {
        if let Some(redis) = self.redis {
            redis.stop().await;
        }
        if let Some(postgres) = self.postgres {
            postgres.stop().await;
        }
    }
}

/// The address of somebody else's database with a login of this data folder, which `install.rs` makes there.
fn own_login(database_url: Option<&str>, secrets: &Secrets) -> Result<String> {
    let Some(database_url) = database_url else { return Ok(String::new()) };
    let (login, password) = secrets.client_login()?;
    let mut url = Url::parse(database_url).context("DATABASE_URL")?;
    if url.set_username(&login).is_err() || url.set_password(Some(&password)).is_err() {
        return Err(Failure::invalid("`database_url` names no host.").into());
    }
    Ok(url.into())
}

/// What the two private servers have in common.
trait Private: Sized + Send + 'static {
    const NAME: &'static str;
    fn start(dir: &Path) -> Result<Self, ServiceError>;
    fn is_running(&self) -> bool;
    fn stop(&self) -> Result<(), ServiceError>;
}

impl Private for Postgres {
    const NAME: &'static str = "PostgreSQL";

    fn start(dir: &Path) -> Result<Self, ServiceError> {
        Self::start(&PostgresConfig::new(dir))
    }

    fn is_running(&self) -> bool {
        self.is_running()
    }

    fn stop(&self) -> Result<(), ServiceError> {
        self.stop()
    }
}

impl Private for Redis {
    const NAME: &'static str = "Redis";

    fn start(dir: &Path) -> Result<Self, ServiceError> {
        Self::start(&RedisConfig::new(dir))
    }

    fn is_running(&self) -> bool {
        self.is_running()
    }

    fn stop(&self) -> Result<(), ServiceError> {
        self.stop()
    }
}

struct Service<S> {
    dir: PathBuf,
    server: Option<S>,
    next_start: Instant,
}

async fn launch<S: Private>(service: &mut Option<Service<S>>) -> Result<()> {
    match service {
        Some(service) => service.start().await,
        None => Ok(()),
    }
}

impl<S: Private> Service<S> {
    fn new(dir: PathBuf) -> Self {
        Self { dir, server: None, next_start: Instant::now() }
    }

    /// Everything of the servers blocks, so it has a thread of its own.
    async fn start(&mut self) -> Result<()> {
        let (old, dir) = (self.server.take(), self.dir.clone());
        let start = move || {
            // The old one holds the lock of the folder.
            drop(old);
            S::start(&dir)
        };
        self.server = Some(tokio::task::spawn_blocking(start).await.context(S::NAME)??);
        Ok(())
    }

    async fn revive(&mut self) {
        if self.server.as_ref().is_some_and(S::is_running) || Instant::now() < self.next_start {
            return;
        }
        tracing::warn!("{} ended, starting it again", S::NAME);
        if let Err(error) = self.start().await {
            tracing::error!(error = format!("{error:#}"), "{} does not start, trying again in {PAUSE:?}", S::NAME);
            self.next_start = Instant::now() + PAUSE;
        }
    }

    async fn stop(self) {
        let Some(server) = self.server else { return };
        let stopped = tokio::task::spawn_blocking(move || server.stop()).await;
        if let Ok(Err(error)) = stopped {
            tracing::error!(%error, "{} did not stop as it should", S::NAME);
        }
    }
}
