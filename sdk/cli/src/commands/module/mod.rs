//! `faena module`: making packages, the modules of the installation, and those that the organization has switched on.

mod activate;
mod deactivate;
mod disable;
mod enable;
mod keygen;
mod list;
mod pack;
mod publish;
mod show;

use anyhow::Result;
use faena_contract::ModuleState;

use super::Context;
use crate::output::Shade;

/// Modules: pack, publish, enable, activate
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, clap::Subcommand)]
enum Command {
    List(list::Args),
    Show(show::Args),
    Keygen(keygen::Args),
    Pack(pack::Args),
    Publish(publish::Args),
    Enable(enable::Args),
    Disable(disable::Args),
    Activate(activate::Args),
    Deactivate(deactivate::Args),
}

pub(crate) async fn run(context: &Context, args: Args) -> Result<()> {
    match args.command {
        Command::List(args) => list::run(context, &args).await,
        Command::Show(args) => show::run(context, &args).await,
        Command::Keygen(args) => keygen::run(context, &args),
        Command::Pack(args) => pack::run(context, &args),
        Command::Publish(args) => publish::run(context, &args).await,
        Command::Enable(args) => enable::run(context, args).await,
        Command::Disable(args) => disable::run(context, &args).await,
        Command::Activate(args) => activate::run(context, args).await,
        Command::Deactivate(args) => deactivate::run(context, &args).await,
    }
}

/// A module's state in its colour.
fn state(state: ModuleState) -> (String, Shade) {
    let shade = match state {
        ModuleState::Enabled => Shade::Good,
        ModuleState::Installing | ModuleState::Updating | ModuleState::Removing => Shade::Busy,
        ModuleState::Disabled => Shade::Quiet,
        ModuleState::Registered => Shade::Plain,
    };
    (state.to_string(), shade)
}
