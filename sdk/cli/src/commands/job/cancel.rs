//! `faena job cancel`.

use anyhow::Result;
use faena_contract::api::Job;
use uuid::Uuid;

use crate::commands::Context;
use crate::output::say;

/// Cancel jobs
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Ids of the jobs
    #[arg(required = true)]
    ids: Vec<Uuid>,
}

/// Each job on its own; the first error ends it, and what was cancelled before stays cancelled.
pub(crate) async fn run(context: &Context, args: &Args) -> Result<()> {
    let client = context.client().await?;
    for id in &args.ids {
        context.output.answer(client.cancel_job(&id.to_string()), show).await?;
    }
    Ok(())
}

fn show(job: &Job) {
    if job.cancel_requested && !job.status.is_final() {
        say(&format!("{} is {} and will be cancelled.", job.id, job.status));
    } else {
        say(&format!("{} is {}.", job.id, job.status));
    }
}
