//! `faena module disable`.

use anyhow::Result;

use super::enable::show;
use crate::commands::Context;

/// Disable a module on the installation; its accepted jobs are parked
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Name of the module
    name: String,
}

pub(crate) async fn run(context: &Context, args: &Args) -> Result<()> {
    let client = context.client().await?;
    context.output.answer(client.disable_module(&args.name), show).await
}
