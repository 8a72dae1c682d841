//! `faena module publish`.

use std::path::PathBuf;

use anyhow::Result;

use super::show::show;
use crate::commands::Context;
use crate::files;

/// Publish a package on the installation
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// The package
    file: PathBuf,
}

pub(crate) async fn run(context: &Context, args: &Args) -> Result<()> {
    let package = files::read_bytes(&args.file)?;
    let client = context.client().await?;
    context.output.answer(client.publish_module(package), show).await
}
