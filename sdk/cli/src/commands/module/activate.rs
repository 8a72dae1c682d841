//! `faena module activate`.

use anyhow::Result;
use faena_contract::api::{Activation, SetActivation};

use crate::commands::Context;
use crate::failure::Failure;
use crate::files;
use crate::output::say;

/// Switch an enabled module on for the organization
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Name of the module
    name: String,
    /// Settings for the module: JSON, @file or - for standard input
    #[arg(long, value_name = "JSON")]
    settings: Option<String>,
}

pub(crate) async fn run(context: &Context, args: Args) -> Result<()> {
    let settings = match &args.settings {
        None => None,
        Some(text) => Some(
            serde_json::from_str(&files::argument(text)?)
                .map_err(|error| Failure::invalid(format!("--settings is not JSON: {error}.")))?,
        ),
    };
    let client = context.client().await?;
    context.output.answer(client.set_activation(&args.name, &SetActivation { active: true, settings }), show).await
}

/// A sentence about whether the organization uses the module.
pub(super) fn show(activation: &Activation) {
    let state = if activation.active { "on" } else { "off" };
    say(&format!("{} is switched {state} for this organization.", activation.module));
}
