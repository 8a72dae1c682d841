//! `client.json`: how scripts and the command line find a Faena that `faena up` keeps running.

use std::path::Path;

use anyhow::Result;
use faena_contract::ErrorCode;
use serde::{Deserialize, Serialize};

use crate::failure::Failure;
use crate::files;

/// Name of the file in the data folder.
const NAME: &str = "client.json";

/// What the file holds. It is there only while Faena is ready.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct ClientFile {
    /// Address of the API.
    pub(crate) url: String,
    /// Id of the first organization.
    pub(crate) organization: String,
    /// API token of the first administrator.
    pub(crate) token: String,
    /// PostgreSQL, as the role with the fewest rights.
    pub(crate) database_url: String,
    /// Redis.
    pub(crate) redis_url: String,
}

impl ClientFile {
    /// The file of a data folder, if Faena runs there.
    pub(crate) fn find(dir: &Path) -> Result<Option<Self>> {
        let path = dir.join(NAME);
        let Some(text) = files::read_if_there(&path)? else { return Ok(None) };
        let parsed = serde_json::from_str(&text).map_err(|error| {
            let detail = format!("{} does not read as it should: {error}", path.display());
            Failure::new(ErrorCode::FileUnreadable, detail).advise("restart `faena up`, which writes it anew")
        })?;
        Ok(Some(parsed))
    }

    /// Writes the file as a whole, readable by its owner only.
    pub(crate) fn write(&self, dir: &Path) -> Result<()> {
        files::write_private(&dir.join(NAME), &format!("{}\n", serde_json::to_string_pretty(self)?))
    }

    /// Removes the file: Faena is not ready here.
    pub(crate) fn remove(dir: &Path) -> Result<()> {
        files::remove(&dir.join(NAME))
    }
}
