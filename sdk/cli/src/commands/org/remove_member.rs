//! `faena org remove-member`.

use anyhow::Result;
use uuid::Uuid;

use crate::commands::Context;
use crate::output::remark;

/// Remove a member from the organization, and the member's tokens
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Id of the user, from `faena org members`
    user: Uuid,
}

pub(crate) async fn run(context: &Context, args: &Args) -> Result<()> {
    context.client().await?.remove_member(&args.user.to_string()).await?;
    remark(&format!("Removed {}.", args.user));
    Ok(())
}
