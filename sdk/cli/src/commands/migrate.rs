//! `faena migrate`: brings the schema of a database up to date.

use std::path::PathBuf;

use anyhow::Result;
use toml::Table;

use crate::config::Settings;
use crate::output::remark;

/// Bring the schema of DATABASE_URL up to date
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// File with settings (TOML)
    #[arg(long, value_name = "FILE", env = "FAENA_CONFIG")]
    config: Option<PathBuf>,
}

pub(crate) async fn run(args: Args) -> Result<()> {
    let settings = Settings::load(args.config.as_deref(), Table::new())?;
    faena_store::migrate(settings.owner_url()?).await?;
    remark("The schema is up to date.");
    Ok(())
}
