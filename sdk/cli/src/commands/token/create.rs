//! `faena token create`.

use anyhow::Result;
use faena_contract::api::{CreatedToken, NewToken};

use crate::commands::Context;
use crate::output::{remark, say, time};

/// Make an API token; its secret is shown only now
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// What it is for
    name: String,
    /// A permission that it has, such as jobs:write; all of yours when absent
    #[arg(long = "permission", value_name = "RESOURCE:ACTION")]
    permissions: Vec<String>,
    /// Days until it expires, 1 to 3650; 90 when absent
    #[arg(long, value_name = "DAYS", value_parser = clap::value_parser!(u32).range(1..=3650))]
    expires_in_days: Option<u32>,
}

pub(crate) async fn run(context: &Context, args: Args) -> Result<()> {
    let client = context.client().await?;
    let permissions = (!args.permissions.is_empty()).then_some(args.permissions);
    let new = NewToken { name: args.name, permissions, expires_in_days: args.expires_in_days };
    context.output.answer(client.create_token(&new), show).await
}

fn show(created: &CreatedToken) {
    // The secret alone on standard output, so that a script can keep it.
    say(&created.secret);
    remark(&format!("It expires at {} and is not shown again.", time(created.token.expires_at)));
}
