//! The credentials of `faena login`: one server, one person, tokens that renew themselves.

use std::env;
use std::fs::File;
use std::path::PathBuf;

use anyhow::Result;
use chrono::{DateTime, TimeDelta, Utc};
use faena_client::{Client, ClientError};
use faena_contract::ErrorCode;
use faena_contract::api::{Refresh, Tokens};
use serde::{Deserialize, Serialize};

use crate::failure::Failure;
use crate::files;

/// A token is renewed when it has less than this to live.
const MARGIN: TimeDelta = TimeDelta::seconds(30);

/// What the file holds.
#[derive(Clone, Serialize, Deserialize)]
pub(crate) struct Credentials {
    /// Address of the server.
    pub(crate) url: String,
    /// Who logged in.
    pub(crate) email: String,
    /// The organization to work in; the oldest one when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) organization: Option<String>,
    /// JWT for requests.
    pub(crate) access_token: String,
    /// When the JWT expires.
    pub(crate) expires_at: DateTime<Utc>,
    /// Gives new tokens, once.
    pub(crate) refresh_token: String,
}

impl Credentials {
    /// What a login or refresh gave.
    pub(crate) fn new(url: &str, email: &str, organization: Option<String>, tokens: Tokens) -> Self {
        let seconds = i64::try_from(tokens.expires_in).unwrap_or(0);
        Self {
            url: url.to_owned(),
            email: email.to_owned(),
            organization,
            access_token: tokens.access_token,
            expires_at: Utc::now() + TimeDelta::seconds(seconds),
            refresh_token: tokens.refresh_token,
        }
    }

    fn is_fresh(&self) -> bool {
        Utc::now() + MARGIN < self.expires_at
    }
}

/// The file, locked: two commands that renewed at once would use one refresh token twice, which ends the session.
pub(crate) struct Store {
    path: PathBuf,
    _lock: File,
}

impl Store {
    /// Waits for the lock of the file.
    pub(crate) fn open() -> Result<Self> {
        let dir = config_dir()?;
        files::create_dir(&dir, 0o700)?;
        let path = dir.join("credentials.json");
        let lock = files::open_lock(&dir.join("credentials.lock"))?;
        lock.lock().map_err(|error| {
            Failure::new(ErrorCode::FileUnreadable, format!("cannot lock {}: {error}", path.display()))
        })?;
        Ok(Self { path, _lock: lock })
    }

    /// What is there.
    pub(crate) fn read(&self) -> Result<Option<Credentials>> {
        let Some(text) = files::read_if_there(&self.path)? else { return Ok(None) };
        let parsed = serde_json::from_str(&text).map_err(|error| {
            let detail = format!("{} does not read as it should: {error}", self.path.display());
            Failure::new(ErrorCode::FileUnreadable, detail).advise("remove it and log in again with `faena login`")
        })?;
        Ok(Some(parsed))
    }

    /// Replaces what is there.
    pub(crate) fn write(&self, credentials: &Credentials) -> Result<()> {
        files::write_private(&self.path, &serde_json::to_string_pretty(credentials)?)
    }

    /// Forgets everything.
    pub(crate) fn clear(&self) -> Result<()> {
        files::remove(&self.path)
    }

    /// What is there, with an access token that still counts.
    pub(crate) async fn fresh(&self) -> Result<Option<Credentials>> {
        let Some(credentials) = self.read()? else { return Ok(None) };
        if credentials.is_fresh() {
            return Ok(Some(credentials));
        }
        let client = Client::new(&credentials.url, None, None)?;
        let refresh = Refresh { refresh_token: credentials.refresh_token.clone() };
        let tokens = match client.refresh(&refresh).await {
            Ok(tokens) => tokens,
            Err(error @ ClientError::Problem(_)) => return Err(self.ended(&error)?),
            Err(error) => return Err(error.into()),
        };
        let renewed = Credentials::new(&credentials.url, &credentials.email, credentials.organization, tokens);
        self.write(&renewed)?;
        Ok(Some(renewed))
    }

    /// The session cannot be renewed any more.
    fn ended(&self, error: &ClientError) -> Result<anyhow::Error> {
        if [ErrorCode::NotAuthenticated, ErrorCode::RefreshTokenReused].iter().any(|code| error.is(*code)) {
            self.clear()?;
            return Ok(Failure::new(ErrorCode::NotLoggedIn, "Your session has ended.").into());
        }
        Ok(anyhow::anyhow!("{error}"))
    }
}

fn config_dir() -> Result<PathBuf> {
    let absolute = |name| env::var_os(name).map(PathBuf::from).filter(|path| path.is_absolute());
    let dir = absolute("XDG_CONFIG_HOME").or_else(|| absolute("HOME").map(|home| home.join(".config")));
    let dir = dir.ok_or_else(|| Failure::invalid("HOME is not set, so there is no place for credentials."))?;
    Ok(dir.join("faena"))
}
