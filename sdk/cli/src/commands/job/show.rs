//! `faena job show`.

use anyhow::Result;
use faena_contract::api::Job;
use uuid::Uuid;

use crate::commands::Context;
use crate::output::{self, Table, duration, json_line, optional, time, words};

/// Show a job
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Id of the job
    id: Uuid,
}

pub(crate) async fn run(context: &Context, args: &Args) -> Result<()> {
    let client = context.client().await?;
    context.output.answer(client.job(&args.id.to_string()), show).await
}

/// Prints a job.
pub(super) fn show(job: &Job) {
    output::show(&facts(job));
}

/// Longest payload and result that are shown in full.
const LONGEST: usize = 400;

/// A job as facts; the demonstration shows it too.
pub(crate) fn facts(job: &Job) -> Table {
    let mut facts = Table::facts();
    let version = job.version.as_ref().map_or_else(String::new, |version| format!(" {version}"));
    facts.fact("Job", job.id.to_string());
    facts.fact("What", format!("{}.{}{version}", job.module, job.job));
    facts.fact("State", job.status.to_string());
    facts.fact("Waits for", optional(job.waiting.map(|reason| format!("{reason:?}").to_lowercase())));
    if job.cancel_requested {
        facts.fact("Cancel", "asked for");
    }
    facts.fact("Attempts", format!("{} of {}", job.attempts, job.max_attempts));
    if let Some(progress) = &job.progress {
        facts.fact("Progress", format!("{} of {} {}", progress.done, progress.total, progress.message));
    }
    facts.fact("Tags", words(&job.tags));
    facts.fact("Unique key", optional(job.unique_key.clone()));
    facts.fact("Created", time(job.created_at));
    facts.fact("Not before", job.run_at.map(time).unwrap_or_default());
    facts.fact("Started", job.started_at.map(time).unwrap_or_default());
    facts.fact("Ended", job.finished_at.map(time).unwrap_or_default());
    if let (Some(start), Some(end)) = (job.started_at, job.finished_at) {
        facts.fact("Took", duration(end - start));
    }
    if let Some(error) = &job.error {
        facts.fact("Error", format!("{}: {}", error.code, error.message));
        if !error.details.is_null() {
            facts.fact("Details", error.details.to_string());
        }
    }
    facts.fact("Payload", job.payload.as_ref().map_or_else(String::new, |payload| json_line(payload, LONGEST)));
    facts.fact("Result", job.result.as_ref().map_or_else(String::new, |result| json_line(result, LONGEST)));
    facts.fact("Trace id", optional(job.trace_id.clone()));
    facts
}
