//! `faena job attempts`.

use anyhow::Result;
use faena_contract::api::{Attempt, Page};
use uuid::Uuid;

use crate::commands::Context;
use crate::output::{self, Shade, Table, bytes, duration, time};

/// List the attempts of a job
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Id of the job
    id: Uuid,
}

pub(crate) async fn run(context: &Context, args: &Args) -> Result<()> {
    let client = context.client().await?;
    context.output.answer(client.attempts(&args.id.to_string()), show).await
}

fn show(list: &Page<Attempt>) {
    let mut table = Table::new(["#", "VERDICT", "STARTED", "TOOK", "CPU", "MEMORY", "WORKER", "ERROR"]);
    for attempt in &list.items {
        let shade = if attempt.verdict == "done" { Shade::Good } else { Shade::Bad };
        let error = attempt.error.as_ref().map(|error| format!("{}: {}", error.code, error.message));
        table.shaded([
            (attempt.dispatch.to_string(), Shade::Plain),
            (attempt.verdict.clone(), shade),
            (time(attempt.started_at), Shade::Plain),
            (duration(attempt.finished_at - attempt.started_at), Shade::Plain),
            (format!("{:.1} ms", attempt.cpu_ms), Shade::Plain),
            (bytes(attempt.memory_bytes), Shade::Plain),
            (attempt.worker.to_string(), Shade::Quiet),
            (error.unwrap_or_default(), Shade::Plain),
        ]);
    }
    output::show(&table);
}
