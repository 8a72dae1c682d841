//! `faena module deactivate`.

use anyhow::Result;
use faena_contract::api::SetActivation;

use super::activate::show;
use crate::commands::Context;

/// Switch a module off for the organization
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Name of the module
    name: String,
}

pub(crate) async fn run(context: &Context, args: &Args) -> Result<()> {
    let client = context.client().await?;
    context
        .output
        .answer(client.set_activation(&args.name, &SetActivation { active: false, settings: None }), show)
        .await
}
