//! `faena org add-member`.

use anyhow::{Context as _, Result};
use faena_contract::api::{Member, NewMember};

use crate::commands::Context;
use crate::files;
use crate::output::say;

/// Add a member to the organization; a new address becomes a new user
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// E-mail address
    email: String,
    /// owner, administrator, sales, bot_trainer, agent, scheduler or viewer
    #[arg(long, default_value = "viewer")]
    role: String,
    /// Name of a new user, who then needs a password too
    #[arg(long)]
    name: Option<String>,
    /// Read a new user's first password from standard input instead of the terminal
    #[arg(long, requires = "name")]
    password_stdin: bool,
}

pub(crate) async fn run(context: &Context, args: Args) -> Result<()> {
    let client = context.client().await?;
    let password = match &args.name {
        None => None,
        Some(_) if args.password_stdin => Some(files::standard_input()?.trim_end_matches(['\r', '\n']).to_owned()),
        Some(_) => Some(rpassword::prompt_password("First password: ").context("read the password from the terminal")?),
    };
    let new = NewMember { email: args.email, display_name: args.name, password, role: args.role };
    let show = |member: &Member| say(&format!("{} is {} now.", member.user.email, member.role));
    context.output.answer(client.add_member(&new), show).await
}
