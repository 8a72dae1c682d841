//! `faena job retry`.

use anyhow::Result;
use faena_contract::api::Job;
use uuid::Uuid;

use crate::commands::Context;
use crate::output::say;

/// Run a failed or cancelled job again
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Id of the job
    id: Uuid,
}

pub(crate) async fn run(context: &Context, args: &Args) -> Result<()> {
    let client = context.client().await?;
    let show = |job: &Job| say(&format!("{} is {}.", job.id, job.status));
    context.output.answer(client.retry_job(&args.id.to_string()), show).await
}
