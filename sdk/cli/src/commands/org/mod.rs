//! `faena org`: organizations and their members.

mod add_member;
mod create;
mod list;
mod members;
mod remove_member;
mod r#use;

use anyhow::Result;

use super::Context;

/// Organizations and their members
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, clap::Subcommand)]
enum Command {
    List(list::Args),
    Create(create::Args),
    Use(r#use::Args),
    Members(members::Args),
    AddMember(add_member::Args),
    RemoveMember(remove_member::Args),
}

pub(crate) async fn run(context: &Context, args: Args) -> Result<()> {
    match args.command {
        Command::List(args) => list::run(context, &args).await,
        Command::Create(args) => create::run(context, args).await,
        Command::Use(args) => r#use::run(&args).await,
        Command::Members(args) => members::run(context, &args).await,
        Command::AddMember(args) => add_member::run(context, args).await,
        Command::RemoveMember(args) => remove_member::run(context, &args).await,
    }
}
