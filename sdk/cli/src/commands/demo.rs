//! `faena demo`: what `make demo` runs.

use std::path::PathBuf;

use anyhow::Result;
use tokio_util::sync::CancellationToken;
use toml::Table;

use super::process::on_signal;
use super::up::own_log;
use crate::config::Settings;
use crate::demo::{self, Options, Size};
use crate::output::remark;

/// Show a whole run: start Faena, calculate commissions, stop a module that never ends
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Folder to keep everything in; a temporary one when absent
    #[arg(long, value_name = "DIR")]
    data_dir: Option<PathBuf>,
    /// Keep Faena running afterwards, until Ctrl-C
    #[arg(long)]
    keep: bool,
    /// The same seed gives the same payments
    #[arg(long, default_value_t = 2026)]
    seed: u64,
    /// Payments of the ledger
    #[arg(long, default_value_t = 10_000, value_parser = clap::value_parser!(u32).range(1..=1_000_000))]
    payments: u32,
    /// People who sell
    #[arg(long, default_value_t = 20, value_parser = clap::value_parser!(u32).range(1..=200))]
    members: u32,
    /// Months of the ledger
    #[arg(long, default_value_t = 12, value_parser = clap::value_parser!(u32).range(1..=48))]
    months: u32,
}

pub(crate) async fn run(args: Args) -> Result<()> {
    // The demonstration runs on servers of its own, whatever the environment says.
    let settings = Settings::load(None, Table::new())?;
    let settings = Settings { log: settings.log, ..Settings::default() };
    let _guard = faena_telemetry::init(&own_log(&settings))?;
    let stop = CancellationToken::new();
    on_signal(stop.clone())?;
    let size = Size { payments: args.payments, members: args.members, months: args.months };
    let options = Options { data_dir: args.data_dir, keep: args.keep, seed: args.seed, size, settings };
    let finished = demo::run(&options, &stop).await?;
    if !finished {
        remark("Stopped.");
    }
    Ok(())
}
