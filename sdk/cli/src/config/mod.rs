//! Settings of `faena orchestrator`, `faena worker` and `faena up`. Flags beat the environment, which beats the file.
//!
//! `keys.rs` is the one list of keys. The file is TOML with exactly these keys; each has a variable of the environment.

mod keys;
mod layer;
mod nearest;

use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use anyhow::Result;
use faena_contract::ErrorCode;
use faena_store::RoleUrls;
use faena_telemetry::{LogFormat, TelemetryConfig};
use serde::{Deserialize, Serialize};
use toml::Table;

use crate::failure::Failure;
use crate::files;

pub(crate) use keys::{KEYS, variable};

/// The settings that were given; what is absent has its default where it is used.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Settings {
    /// PostgreSQL. Its login owns the database (for `faena migrate` and `faena up`) or is a member of all roles.
    pub(crate) database_url: Option<String>,
    /// PostgreSQL as the role `faena_api`.
    pub(crate) database_api_url: Option<String>,
    /// PostgreSQL as the role `faena_dispatcher`.
    pub(crate) database_dispatcher_url: Option<String>,
    /// PostgreSQL as the role `faena_worker`.
    pub(crate) database_worker_url: Option<String>,
    /// PostgreSQL as the role `faena_authenticator`.
    pub(crate) database_authenticator_url: Option<String>,
    /// Most connections of an orchestrator for requests; a worker needs few and has its own number.
    pub(crate) database_connections: Option<u32>,
    /// Redis.
    pub(crate) redis_url: Option<String>,
    /// Separates installations that share one Redis.
    pub(crate) namespace: Option<String>,
    /// Where the orchestrator listens.
    pub(crate) listen: Option<SocketAddr>,
    /// Where a worker answers `/health` and `/metrics`.
    pub(crate) worker_listen: Option<SocketAddr>,
    /// File with the Ed25519 key (PKCS#8 PEM) that signs access tokens.
    pub(crate) jwt_key_file: Option<PathBuf>,
    /// Whether packages signed with a development key are trusted.
    pub(crate) dev_mode: Option<bool>,
    /// Jobs that a worker runs at the same time.
    pub(crate) slots: Option<u32>,
    /// Seconds that running jobs may go on after a worker was told to stop, before they are handed back.
    pub(crate) grace_s: Option<u32>,
    /// What is logged: `info`, or directives such as `info,faena_store=debug`.
    pub(crate) log: Option<String>,
    /// Form of the log: `json` or `text`.
    pub(crate) log_format: Option<String>,
}

impl Settings {
    /// Reads all layers. `flags` holds what the command line gave, by key.
    pub(crate) fn load(file: Option<&Path>, flags: Table) -> Result<Self> {
        let from_file = match file {
            Some(path) => layer::file(&files::read(path)?, path)?,
            None => Table::new(),
        };
        Self::merge(from_file, layer::environment(|name| std::env::var(name).ok())?, flags)
    }

    fn merge(file: Table, environment: Table, flags: Table) -> Result<Self> {
        let mut merged = file;
        merged.extend(environment);
        merged.extend(flags);
        layer::read(merged, "the settings")
    }

    /// A key that is set and that `faena up` decides by itself, so that it would be ignored.
    pub(crate) fn made_by_up(&self) -> Option<&'static str> {
        [
            ("database_api_url", self.database_api_url.is_some()),
            ("database_dispatcher_url", self.database_dispatcher_url.is_some()),
            ("database_worker_url", self.database_worker_url.is_some()),
            ("database_authenticator_url", self.database_authenticator_url.is_some()),
            ("worker_listen", self.worker_listen.is_some()),
            ("jwt_key_file", self.jwt_key_file.is_some()),
            ("dev_mode", self.dev_mode.is_some()),
        ]
        .into_iter()
        .find_map(|(key, set)| set.then_some(key))
    }

    /// PostgreSQL by role: the four addresses, or the one for all.
    pub(crate) fn role_urls(&self) -> Result<RoleUrls> {
        let roles = [
            &self.database_api_url,
            &self.database_dispatcher_url,
            &self.database_worker_url,
            &self.database_authenticator_url,
        ];
        match roles {
            [Some(api), Some(dispatcher), Some(worker), Some(authenticator)] => Ok(RoleUrls {
                api: api.clone(),
                dispatcher: dispatcher.clone(),
                worker: worker.clone(),
                authenticator: authenticator.clone(),
                own_logins: true,
            }),
            [None, None, None, None] => Ok(RoleUrls::shared(self.owner_url()?)),
            _ => Err(Failure::invalid("Give all four of database_api_url, database_dispatcher_url, database_worker_url and database_authenticator_url, or database_url alone.").into()),
        }
    }

    /// The address of the login that owns the database.
    pub(crate) fn owner_url(&self) -> Result<&str> {
        Ok(self.database_url.as_deref().ok_or_else(|| missing("database_url"))?)
    }

    /// The address of Redis.
    pub(crate) fn redis_url(&self) -> Result<&str> {
        Ok(self.redis_url.as_deref().ok_or_else(|| missing("redis_url"))?)
    }

    /// The namespace in Redis.
    pub(crate) fn namespace(&self) -> String {
        self.namespace.clone().unwrap_or_else(|| faena_queue::DEFAULT_NAMESPACE.to_owned())
    }

    /// The key that signs access tokens.
    pub(crate) fn jwt_key(&self) -> Result<String> {
        let path = self.jwt_key_file.as_deref().ok_or_else(|| {
            missing("jwt_key_file").advise(
                "make one with `openssl genpkey -algorithm ed25519 -out jwt.pem` and set FAENA_JWT_KEY_FILE or `jwt_key_file`",
            )
        })?;
        files::read(path)
    }

    /// How a process logs.
    pub(crate) fn telemetry(&self, service: &'static str, usual: LogFormat) -> Result<TelemetryConfig> {
        let format = match self.log_format.as_deref() {
            None => usual,
            Some("json") => LogFormat::Json,
            Some("text") => LogFormat::Text,
            Some(other) => {
                return Err(Failure::invalid(format!("log_format is `json` or `text`, not `{other}`.")).into());
            }
        };
        Ok(TelemetryConfig { service, format, filter: self.log.clone().unwrap_or_default() })
    }
}

fn missing(name: &str) -> Failure {
    let advice = format!("set {}, or `{name}` in the file of --config", keys::variable(name));
    Failure::new(ErrorCode::ConfigInvalid, format!("`{name}` is missing.")).advise(advice)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn table(text: &str) -> Table {
        text.parse().unwrap()
    }

    #[test]
    fn flags_beat_the_environment_which_beats_the_file() {
        let file = table("listen = '127.0.0.1:1'\nslots = 1\nredis_url = 'redis://file'");
        let environment = table("listen = '127.0.0.1:2'\nslots = 2");
        let settings = Settings::merge(file, environment, table("listen = '127.0.0.1:3'")).unwrap();
        assert_eq!(settings.listen, Some("127.0.0.1:3".parse().unwrap()));
        assert_eq!(settings.slots, Some(2));
        assert_eq!(settings.redis_url.as_deref(), Some("redis://file"));
    }

    #[test]
    fn one_database_address_serves_all_roles_and_half_of_four_serves_none() {
        let one = Settings { database_url: Some("postgres://x".into()), ..Settings::default() };
        assert!(!one.role_urls().unwrap().own_logins);
        let half = Settings { database_api_url: Some("postgres://x".into()), ..one };
        assert!(half.role_urls().unwrap_err().to_string().contains("FAE-0702"));
    }

    #[test]
    fn what_is_missing_is_named_with_its_variable() {
        let error = Settings::default().redis_url().unwrap_err();
        let failure = Failure::of(&error);
        assert_eq!(failure.code, "FAE-0702");
        assert!(failure.advice.unwrap().contains("REDIS_URL"));
    }
}
