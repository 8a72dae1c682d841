//! The one binary, `faena`: the platform (`up`, `orchestrator`, `worker`, `migrate`) and the command line that talks to
//! it (`job`, `module`, `org`, ...).
//!
//! Start at `commands/mod.rs`, the list of commands; each has a file of its own there. Beneath them: `up/` (a whole Faena
//! on one machine and what keeps it running), `demo/` (what `make demo` shows), `config/` (settings of the processes),
//! `session/` (which server, and as whom), `output/` (everything that reaches the terminal), `failure.rs` (errors as
//! people see them, and exit codes).
//!
//! Invariants: text of a server reaches the terminal only through `output`, which escapes control characters; secrets are
//! written only by `files.rs`, readable by their owner alone; a process is signalled only when it is known by pid and
//! start time.

mod commands;
mod config;
mod demo;
mod failure;
mod files;
mod output;
mod session;
mod up;

use std::process::ExitCode;

use clap::Parser;

use commands::Cli;
use failure::Failure;

fn main() -> ExitCode {
    // Usage errors and --help end the process here, with 2 and 0.
    let cli = Cli::parse();
    let json = cli.json;
    match run(cli) {
        Ok(exit) => exit,
        Err(error) => {
            let failure = Failure::of(&error);
            output::print_failure(&failure, json);
            ExitCode::from(failure.exit)
        }
    }
}

fn run(cli: Cli) -> anyhow::Result<ExitCode> {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    let result = runtime.block_on(commands::run(cli));
    // A thread that still waits for the terminal or a file must not keep the process.
    runtime.shutdown_background();
    result
}
