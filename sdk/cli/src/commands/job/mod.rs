//! `faena job`: submit, watch and stop jobs.

mod attempts;
mod batch;
mod cancel;
mod follow;
mod list;
mod logs;
mod retry;
mod show;
mod submit;

use std::process::ExitCode;

use anyhow::Result;

use super::Context;

pub(crate) use show::facts;

/// Submit, watch and stop jobs
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, clap::Subcommand)]
enum Command {
    Submit(submit::Args),
    Batch(batch::Args),
    List(list::Args),
    Show(show::Args),
    Logs(logs::Args),
    Attempts(attempts::Args),
    Cancel(cancel::Args),
    Retry(retry::Args),
}

pub(crate) async fn run(context: &Context, args: Args) -> Result<ExitCode> {
    let done = |result: Result<()>| result.map(|()| ExitCode::SUCCESS);
    match args.command {
        Command::Submit(args) => submit::run(context, args).await,
        Command::Batch(args) => done(batch::run(context, &args).await),
        Command::List(args) => done(list::run(context, args).await),
        Command::Show(args) => done(show::run(context, &args).await),
        Command::Logs(args) => logs::run(context, &args).await,
        Command::Attempts(args) => done(attempts::run(context, &args).await),
        Command::Cancel(args) => done(cancel::run(context, &args).await),
        Command::Retry(args) => done(retry::run(context, &args).await),
    }
}
