//! `faena job submit`.

use std::process::ExitCode;

use anyhow::Result;
use chrono::{DateTime, Utc};
use faena_contract::JobState;
use faena_contract::api::{Job, NewJob};
use serde_json::value::RawValue;

use super::follow::{end_code, follow};
use super::show::show;
use crate::commands::Context;
use crate::failure::Failure;
use crate::files;

/// Submit a job
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Name of the module
    module: String,
    /// Name of the job in the module
    job: String,
    /// What the job works on: JSON, @file or - for standard input
    #[arg(long, value_name = "JSON", default_value = "{}")]
    payload: String,
    /// A word to find the job by
    #[arg(long = "tag", value_name = "TAG")]
    tags: Vec<String>,
    /// -100 to 100; higher runs first
    #[arg(long, allow_negative_numbers = true, value_parser = clap::value_parser!(i16).range(-100..=100))]
    priority: Option<i16>,
    /// Not before this time (RFC 3339)
    #[arg(long, value_name = "TIME")]
    run_at: Option<DateTime<Utc>>,
    /// Longest time of one attempt, in seconds
    #[arg(long, value_name = "SECONDS")]
    timeout: Option<f64>,
    /// Attempts before it fails for good
    #[arg(long, value_parser = clap::value_parser!(i16).range(1..=50))]
    max_attempts: Option<i16>,
    /// While a job with this key is alive, get that one instead of a new one
    #[arg(long, value_name = "KEY")]
    unique_key: Option<String>,
    /// Submit only once however often this is repeated with the same key
    #[arg(long, value_name = "KEY")]
    idempotency_key: Option<String>,
    /// Seconds to wait for the end of the job
    #[arg(long, value_name = "SECONDS", value_parser = clap::value_parser!(u64).range(1..=60))]
    wait: Option<u64>,
    /// Show the job's log until it ends, then the job
    #[arg(long, conflicts_with = "wait")]
    follow: bool,
}

pub(crate) async fn run(context: &Context, args: Args) -> Result<ExitCode> {
    let new = new_job(&args)?;
    let client = context.client().await?;
    let mut call = client.submit_job(&new);
    if let Some(key) = &args.idempotency_key {
        call = call.idempotency_key(key);
    }
    if let Some(seconds) = args.wait {
        call = call.wait(seconds);
    }
    if args.follow {
        let job = call.await?;
        return follow(context, &client, &job.id.to_string()).await;
    }
    let url = call.url().clone();
    let raw = call.raw().await?;
    let job: Job = faena_client::Call::read(&url, &raw)?;
    if context.output.json {
        context.output.raw(raw.get());
    } else {
        show(&job);
    }
    // Without waiting nothing is known about the end yet.
    Ok(if args.wait.is_some() { end_code(job.status) } else { end_code(JobState::Pending) })
}

fn new_job(args: &Args) -> Result<NewJob> {
    let text = files::argument(&args.payload)?;
    let payload = RawValue::from_string(text.trim().to_owned())
        .map_err(|error| Failure::invalid(format!("--payload is not JSON: {error}.")))?;
    Ok(NewJob {
        module: args.module.clone(),
        job: args.job.clone(),
        payload: payload.into(),
        run_at: args.run_at,
        timeout_s: args.timeout,
        max_attempts: args.max_attempts,
        priority: args.priority,
        tags: args.tags.clone(),
        unique_key: args.unique_key.clone(),
    })
}
