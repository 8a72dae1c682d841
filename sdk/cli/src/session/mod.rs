//! Which server the command line talks to, and as whom. Looked up in this order:
//!
//! 1. `FAENA_URL` and `FAENA_TOKEN`;
//! 2. `client.json`, which `faena up` writes into its data folder (`$FAENA_DATA_DIR`, or `.faena` here);
//! 3. the credentials of `faena login`.
//!
//! `--organization` or `FAENA_ORGANIZATION` chooses among one's organizations.

mod client_file;
mod credentials;

use std::env;
use std::path::PathBuf;

use anyhow::Result;
use faena_client::Client;
use faena_contract::ErrorCode;

use crate::failure::Failure;

pub(crate) use client_file::ClientFile;
pub(crate) use credentials::{Credentials, Store};

/// Where `faena up` listens when nobody says otherwise.
pub(crate) const DEFAULT_URL: &str = "http://127.0.0.1:7070";

/// The data folder of `faena up` when nobody says otherwise.
pub(crate) const DEFAULT_DATA_DIR: &str = ".faena";

/// The client of every command that needs a server and somebody.
pub(crate) async fn connect(organization: Option<&str>) -> Result<Client> {
    if let Some((url, token)) = from_environment()? {
        return Ok(Client::new(&url, Some(&token), organization)?);
    }
    if let Some(file) = ClientFile::find(&data_dir())? {
        let organization = organization.unwrap_or(&file.organization);
        return Ok(Client::new(&file.url, Some(&file.token), Some(organization))?);
    }
    let Some(credentials) = Store::open()?.fresh().await? else {
        return Err(Failure::new(ErrorCode::NotLoggedIn, "I know no Faena server and no token for one.").into());
    };
    let organization = organization.or(credentials.organization.as_deref());
    Ok(Client::new(&credentials.url, Some(&credentials.access_token), organization)?)
}

/// Where commands look for `client.json`.
pub(crate) fn data_dir() -> PathBuf {
    variable("FAENA_DATA_DIR").map_or_else(|| PathBuf::from(DEFAULT_DATA_DIR), PathBuf::from)
}

/// Whose choice of organization `org use` could not change, if any.
pub(crate) fn stronger_than_credentials() -> Result<Option<&'static str>> {
    if from_environment()?.is_some() {
        return Ok(Some("FAENA_TOKEN"));
    }
    Ok(ClientFile::find(&data_dir())?.map(|_| "client.json"))
}

fn from_environment() -> Result<Option<(String, String)>> {
    match (variable("FAENA_URL"), variable("FAENA_TOKEN")) {
        (None, None) => Ok(None),
        (url, Some(token)) => Ok(Some((url.unwrap_or_else(|| DEFAULT_URL.to_owned()), token))),
        (Some(_), None) => Err(Failure::new(ErrorCode::NotLoggedIn, "FAENA_URL is set and FAENA_TOKEN is not.").into()),
    }
}

fn variable(name: &str) -> Option<String> {
    env::var(name).ok().filter(|value| !value.is_empty())
}
