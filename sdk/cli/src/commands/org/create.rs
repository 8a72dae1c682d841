//! `faena org create`.

use anyhow::Result;
use faena_contract::api::NewOrganization;

use crate::commands::Context;
use crate::output::say;

/// Make an organization, which you own
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Short name: 2 to 40 of a-z, 0-9 and -
    slug: String,
    /// Name for people; the slug when absent
    #[arg(long)]
    name: Option<String>,
}

pub(crate) async fn run(context: &Context, args: Args) -> Result<()> {
    let client = context.client().await?;
    let new = NewOrganization { name: args.name.unwrap_or_else(|| args.slug.clone()), slug: args.slug };
    let show = |made: &faena_contract::api::Organization| {
        say(&format!("Made {} ({}). Work in it with --organization {}.", made.name, made.id, made.slug));
    };
    context.output.answer(client.create_organization(&new), show).await
}
