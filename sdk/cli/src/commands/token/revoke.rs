//! `faena token revoke`.

use anyhow::Result;
use uuid::Uuid;

use crate::commands::Context;
use crate::output::remark;

/// Revoke an API token
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Id of the token, from `faena token list`
    id: Uuid,
}

pub(crate) async fn run(context: &Context, args: &Args) -> Result<()> {
    context.client().await?.revoke_token(&args.id.to_string()).await?;
    remark(&format!("Revoked {}.", args.id));
    Ok(())
}
