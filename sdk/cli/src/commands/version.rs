//! `faena version`.

use anyhow::Result;

use super::Context;
use crate::output::say;

/// Show the version of this program
#[derive(Debug, clap::Args)]
pub(crate) struct Args {}

pub(crate) fn run(context: &Context, _: &Args) -> Result<()> {
    let version = serde_json::json!({ "name": "faena", "version": env!("CARGO_PKG_VERSION") });
    context.output.value(&version, |_| say(concat!("faena ", env!("CARGO_PKG_VERSION"))))
}
