//! The list of commands. Each has a file of its own, named as people type it, with its arguments and one `run`.

mod audit;
mod demo;
mod error;
mod job;
mod login;
mod logout;
mod migrate;
mod module;
mod orchestrator;
mod org;
mod process;
mod token;
mod up;
mod version;
mod worker;

use std::process::ExitCode;

use anyhow::Result;
use clap::{Parser, Subcommand};
use faena_client::Client;

use crate::output::Output;
use crate::session;

pub(crate) use audit::table as audit_table;
pub(crate) use job::facts as job_facts;

/// The job platform for business automations.
#[derive(Debug, Parser)]
#[command(name = "faena", version, max_term_width = 110, arg_required_else_help = true)]
pub(crate) struct Cli {
    /// Answer with the API's JSON instead of tables
    #[arg(long, global = true)]
    pub(crate) json: bool,
    /// Organization to act in, by id or slug
    #[arg(long, global = true, env = "FAENA_ORGANIZATION", value_name = "ORG")]
    organization: Option<String>,
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    Up(up::Args),
    Demo(demo::Args),
    Job(job::Args),
    Module(module::Args),
    Org(org::Args),
    Token(token::Args),
    Audit(audit::Args),
    Login(login::Args),
    Logout(logout::Args),
    Orchestrator(orchestrator::Args),
    Worker(worker::Args),
    Migrate(migrate::Args),
    Error(error::Args),
    Version(version::Args),
}

/// What every command gets.
pub(crate) struct Context {
    /// How to answer.
    pub(crate) output: Output,
    organization: Option<String>,
}

impl Context {
    /// The server, as whoever the command line acts for.
    pub(crate) async fn client(&self) -> Result<Client> {
        session::connect(self.organization.as_deref()).await
    }
}

/// Runs one command; its exit code is 0 unless what it was about failed.
pub(crate) async fn run(cli: Cli) -> Result<ExitCode> {
    let context = Context { output: Output { json: cli.json }, organization: cli.organization };
    let done = |result: Result<()>| result.map(|()| ExitCode::SUCCESS);
    match cli.command {
        Command::Up(args) => done(up::run(&context, args).await),
        Command::Demo(args) => done(demo::run(args).await),
        Command::Job(args) => job::run(&context, args).await,
        Command::Module(args) => done(module::run(&context, args).await),
        Command::Org(args) => done(org::run(&context, args).await),
        Command::Token(args) => done(token::run(&context, args).await),
        Command::Audit(args) => done(audit::run(&context, &args).await),
        Command::Login(args) => done(login::run(args).await),
        Command::Logout(args) => done(logout::run(&args).await),
        Command::Orchestrator(args) => done(orchestrator::run(args).await),
        Command::Worker(args) => done(worker::run(args).await),
        Command::Migrate(args) => done(migrate::run(args).await),
        Command::Error(args) => done(error::run(&context, &args)),
        Command::Version(args) => done(version::run(&context, &args)),
    }
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::*;

    #[test]
    fn the_command_line_is_well_formed() {
        Cli::command().debug_assert();
    }
}
