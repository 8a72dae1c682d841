//! `faena job list`.

use anyhow::Result;
use chrono::{DateTime, Utc};
use faena_client::JobFilter;
use faena_contract::JobState;
use faena_contract::api::{Job, Page};

use crate::commands::Context;
use crate::output::{self, Shade, Table, remark, state, time, words};

/// List jobs, newest first
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// In this state: pending, running, waiting, completed, failed or cancelled
    #[arg(long)]
    state: Option<JobState>,
    /// Of this module
    #[arg(long)]
    module: Option<String>,
    /// With this tag
    #[arg(long)]
    tag: Option<String>,
    /// Accepted after this time (RFC 3339)
    #[arg(long, value_name = "TIME")]
    created_after: Option<DateTime<Utc>>,
    /// Accepted before this time (RFC 3339)
    #[arg(long, value_name = "TIME")]
    created_before: Option<DateTime<Utc>>,
    /// Most jobs to show
    #[arg(long, default_value_t = 50, value_parser = clap::value_parser!(u32).range(1..=500))]
    limit: u32,
    /// Go on where a page ended
    #[arg(long)]
    cursor: Option<String>,
}

pub(crate) async fn run(context: &Context, args: Args) -> Result<()> {
    let client = context.client().await?;
    let filter = JobFilter {
        state: args.state,
        module: args.module,
        tag: args.tag,
        created_after: args.created_after,
        created_before: args.created_before,
        cursor: args.cursor,
        limit: Some(args.limit),
    };
    context.output.answer(client.jobs(&filter), show).await
}

fn show(page: &Page<Job>) {
    let mut table = Table::new(["ID", "JOB", "STATE", "ATTEMPTS", "CREATED", "TAGS", "ERROR"]);
    for job in &page.items {
        table.shaded([
            (job.id.to_string(), Shade::Plain),
            (format!("{}.{}", job.module, job.job), Shade::Plain),
            state(job.status),
            (format!("{}/{}", job.attempts, job.max_attempts), Shade::Plain),
            (time(job.created_at), Shade::Plain),
            (words(&job.tags), Shade::Quiet),
            (job.error.as_ref().map_or_else(String::new, |error| error.code.clone()), Shade::Bad),
        ]);
    }
    output::show(&table);
    if let Some(cursor) = &page.next_cursor {
        remark(&format!("There is more: --cursor {cursor}"));
    }
}
