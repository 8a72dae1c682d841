//! `faena orchestrator`: one process of the control plane.

use anyhow::Result;
use faena_orchestrator::OrchestratorConfig;
use toml::Table;

use super::process::{ProcessArgs, announce, telemetry};
use crate::config::Settings;
use crate::session::DEFAULT_URL;

/// Run the control plane: HTTP API, admission, reconcilers
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    #[command(flatten)]
    process: ProcessArgs,
}

/// Connections for requests, if nobody says otherwise.
const CONNECTIONS: u32 = 20;

pub(crate) async fn run(args: Args) -> Result<()> {
    let settings = args.process.settings("listen", Table::new())?;
    let _guard = telemetry(&settings, "orchestrator")?;
    let shutdown = args.process.shutdown()?;
    let ready_file = args.process.ready_file();
    let on_ready = move |address| announce(address, ready_file.as_deref());
    faena_orchestrator::run(config(&settings)?, shutdown, on_ready).await?;
    Ok(())
}

fn config(settings: &Settings) -> Result<OrchestratorConfig> {
    let usual = DEFAULT_URL.trim_start_matches("http://").parse()?;
    Ok(OrchestratorConfig {
        database: settings.role_urls()?,
        database_connections: settings.database_connections.unwrap_or(CONNECTIONS),
        redis_url: settings.redis_url()?.to_owned(),
        namespace: settings.namespace(),
        listen: settings.listen.unwrap_or(usual),
        jwt_key_pem: settings.jwt_key()?,
        dev_mode: settings.dev_mode.unwrap_or(false),
    })
}
