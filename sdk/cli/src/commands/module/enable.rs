//! `faena module enable`.

use anyhow::Result;
use faena_contract::api::{EnableModule, Module};

use crate::commands::Context;
use crate::output::say;

/// Enable a module on the installation; a worker compiles and checks it first
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Name of the module
    name: String,
    /// The version; the highest published one when absent
    #[arg(long)]
    version: Option<String>,
    /// Seconds to wait for the end of the installation
    #[arg(long, default_value_t = 30, value_parser = clap::value_parser!(u64).range(0..=60))]
    wait: u64,
}

pub(crate) async fn run(context: &Context, args: Args) -> Result<()> {
    let client = context.client().await?;
    let mut call = client.enable_module(&args.name, &EnableModule { version: args.version });
    if args.wait > 0 {
        call = call.wait(args.wait);
    }
    context.output.answer(call, show).await
}

/// A sentence about where the module is now.
pub(super) fn show(module: &Module) {
    let version = module.active_version.as_ref().map_or_else(String::new, |version| format!(" {version}"));
    let reason =
        module.reason.as_ref().map_or_else(String::new, |reason| format!(": {} {}", reason.code, reason.message));
    say(&format!("{}{version} is {}{reason}", module.name, module.state));
}
