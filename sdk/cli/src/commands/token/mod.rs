//! `faena token`: API tokens of the organization.

mod create;
mod list;
mod revoke;

use anyhow::Result;

use super::Context;

/// API tokens for programs
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, clap::Subcommand)]
enum Command {
    List(list::Args),
    Create(create::Args),
    Revoke(revoke::Args),
}

pub(crate) async fn run(context: &Context, args: Args) -> Result<()> {
    match args.command {
        Command::List(args) => list::run(context, &args).await,
        Command::Create(args) => create::run(context, args).await,
        Command::Revoke(args) => revoke::run(context, &args).await,
    }
}
