//! `faena module list`.

use anyhow::Result;
use faena_contract::api::{Activation, Module, Page};

use super::state;
use crate::commands::Context;
use crate::output::{self, Shade, Table, optional, words};

/// List the modules that the organization sees, or those of the installation
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Those of the installation, whatever their state
    #[arg(long)]
    platform: bool,
}

pub(crate) async fn run(context: &Context, args: &Args) -> Result<()> {
    let client = context.client().await?;
    if args.platform {
        context.output.answer(client.platform_modules(), show_platform).await
    } else {
        context.output.answer(client.modules(), show_activations).await
    }
}

fn show_activations(list: &Page<Activation>) {
    let mut table = Table::new(["MODULE", "VERSION", "STATE", "ACTIVE", "JOBS"]);
    for activation in &list.items {
        let jobs: Vec<&str> = activation.jobs.iter().map(|job| job.name.as_str()).collect();
        let active = if activation.active { ("yes", Shade::Good) } else { ("no", Shade::Quiet) };
        table.shaded([
            (activation.module.clone(), Shade::Plain),
            (optional(activation.version.clone()), Shade::Plain),
            state(activation.state),
            (active.0.to_owned(), active.1),
            (words(&jobs), Shade::Plain),
        ]);
    }
    output::show(&table);
}

fn show_platform(list: &Page<Module>) {
    let mut table = Table::new(["MODULE", "STATE", "SERVES", "PUBLISHED", "REASON"]);
    for module in &list.items {
        let versions: Vec<&str> = module.versions.iter().map(|version| version.version.as_str()).collect();
        let reason = module.reason.as_ref().map(|reason| format!("{}: {}", reason.code, reason.message));
        table.shaded([
            (module.name.clone(), Shade::Plain),
            state(module.state),
            (optional(module.active_version.clone()), Shade::Plain),
            (words(&versions), Shade::Plain),
            (optional(reason), Shade::Bad),
        ]);
    }
    output::show(&table);
}
