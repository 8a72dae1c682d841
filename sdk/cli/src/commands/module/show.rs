//! `faena module show`.

use anyhow::Result;
use faena_contract::api::Module;

use crate::commands::Context;
use crate::output::{self, Table, optional, say, time, words};

/// Show a module of the installation with its versions
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Name of the module
    name: String,
}

pub(crate) async fn run(context: &Context, args: &Args) -> Result<()> {
    let client = context.client().await?;
    context.output.answer(client.platform_module(&args.name), show).await
}

/// A module as facts and a table of its versions.
pub(super) fn show(module: &Module) {
    let mut facts = Table::facts();
    facts.fact("Module", module.name.clone());
    facts.fact("State", module.state.to_string());
    facts.fact("Serves", optional(module.active_version.clone()));
    let reason = module.reason.as_ref().map(|reason| format!("{}: {}", reason.code, reason.message));
    facts.fact("Last failure", optional(reason));
    facts.fact("Published first", time(module.created_at));
    output::show(&facts);
    let mut versions = Table::new(["VERSION", "PUBLISHED", "ABI", "JOBS", "CAPABILITIES", "KEY", "DIGEST"]);
    for version in &module.versions {
        versions.row([
            version.version.clone(),
            time(version.created_at),
            version.abi.clone(),
            words(&version.jobs),
            words(&version.capabilities),
            version.key_id.clone(),
            version.digest.clone(),
        ]);
    }
    say("");
    output::show(&versions);
}
