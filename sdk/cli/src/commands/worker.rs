//! `faena worker`: one process of the data plane.

use std::time::Duration;

use anyhow::Result;
use faena_queue::QueueConfig;
use faena_worker::WorkerConfig;
use tokio::sync::oneshot;
use toml::{Table, Value};

use super::process::{ProcessArgs, announce, telemetry};
use crate::config::Settings;

/// Run jobs: a worker of the data plane
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    #[command(flatten)]
    process: ProcessArgs,
    /// Jobs to run at the same time
    #[arg(long, value_parser = clap::value_parser!(u32).range(1..))]
    slots: Option<u32>,
}

pub(crate) async fn run(args: Args) -> Result<()> {
    let mut flags = Table::new();
    if let Some(slots) = args.slots {
        flags.insert("slots".to_owned(), Value::Integer(slots.into()));
    }
    let settings = args.process.settings("worker_listen", flags)?;
    let _guard = telemetry(&settings, "worker")?;
    let shutdown = args.process.shutdown()?;
    let (on_ready, ready) = oneshot::channel();
    let ready_file = args.process.ready_file();
    tokio::spawn(async move {
        if let Ok(address) = ready.await {
            tracing::info!(%address, "the worker listens on {address}");
            announce(address, ready_file.as_deref());
        }
    });
    faena_worker::run(WorkerConfig { on_ready: Some(on_ready), ..config(&settings)? }, shutdown).await?;
    Ok(())
}

fn config(settings: &Settings) -> Result<WorkerConfig> {
    let queue = QueueConfig { namespace: settings.namespace(), ..QueueConfig::new(settings.redis_url()?) };
    let mut config = WorkerConfig::new(settings.role_urls()?, queue);
    if let Some(listen) = settings.worker_listen {
        config.listen = listen;
    }
    if let Some(slots) = settings.slots {
        config.slots = usize::try_from(slots)?;
    }
    if let Some(grace) = settings.grace_s {
        config.grace = Duration::from_secs(grace.into());
    }
    Ok(config)
}
