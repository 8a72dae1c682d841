//! Submitting the ledger and waiting for its results.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use anyhow::Result;
use chrono::TimeDelta;
use faena_client::{Client, JobFilter};
use faena_contract::ErrorCode;
use faena_contract::api::{Job, NewBatch};
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use rust_decimal::Decimal;
use serde::Deserialize;
use tokio::task::JoinSet;

use super::ledger::Ledger;
use crate::failure::Failure;
use crate::output::is_fancy;

/// How long the jobs may take in all.
const PATIENCE: Duration = Duration::from_secs(300);

/// How often their progress is looked at.
const LOOK: Duration = Duration::from_millis(100);

/// Results that are fetched at the same time.
const FETCHES: usize = 8;

/// What came out of a ledger.
#[derive(Debug, Default)]
pub(super) struct Outcome {
    /// Months and commission by member.
    pub(super) members: BTreeMap<String, (usize, Decimal)>,
    /// From start to end of each job's last attempt, shortest first; with more slots than cores it is mostly waiting.
    pub(super) run_times: Vec<TimeDelta>,
    /// From the submission until the last end was noticed, at most one look late.
    pub(super) elapsed: Duration,
}

/// The part of a job's result that is shown.
#[derive(Deserialize)]
struct Calculated {
    totals: BTreeMap<String, Decimal>,
}

/// Runs one job for each member and month.
pub(super) async fn calculate(client: &Client, ledger: &Ledger, tag: &str) -> Result<Outcome> {
    let batch = NewBatch { jobs: ledger.jobs(tag)? };
    let began = Instant::now();
    let accepted = client.submit_batch(&batch).await?;
    let bar = progress(accepted.jobs.len());
    let done = wait(client, tag, accepted.jobs.len(), &bar, began + PATIENCE).await;
    bar.finish_and_clear();
    done?;
    let mut outcome = Outcome { elapsed: began.elapsed(), ..Outcome::default() };
    for job in fetch(client, accepted.jobs.iter().map(|job| job.id.to_string()).collect()).await? {
        outcome.add(&job)?;
    }
    outcome.run_times.sort();
    Ok(outcome)
}

impl Outcome {
    fn add(&mut self, job: &Job) -> Result<()> {
        let Some(result) = job.result.as_ref() else {
            let why = job.error.as_ref().map_or_else(|| job.status.to_string(), |error| error.message.clone());
            return Err(Failure::new(ErrorCode::Internal, format!("Job {} did not complete: {why}", job.id)).into());
        };
        let calculated: Calculated = serde_json::from_str(result.get())?;
        for (member, amount) in calculated.totals {
            let (months, commission) = self.members.entry(member).or_default();
            *months += 1;
            *commission += amount;
        }
        if let (Some(start), Some(end)) = (job.started_at, job.finished_at) {
            self.run_times.push(end - start);
        }
        Ok(())
    }

    /// The run time that this share of the jobs did not exceed, in percent.
    pub(super) fn percentile(&self, percent: usize) -> TimeDelta {
        let last = self.run_times.len().saturating_sub(1);
        self.run_times.get(last * percent / 100).copied().unwrap_or_default()
    }
}

fn progress(jobs: usize) -> ProgressBar {
    let length = u64::try_from(jobs).unwrap_or_default();
    let target = if is_fancy() { ProgressDrawTarget::stderr() } else { ProgressDrawTarget::hidden() };
    let bar = ProgressBar::with_draw_target(Some(length), target);
    let style = ProgressStyle::with_template("    {bar:40} {pos}/{len} jobs  {elapsed}");
    style.map_or(bar.clone(), |style| bar.with_style(style))
}

async fn wait(client: &Client, tag: &str, jobs: usize, bar: &ProgressBar, deadline: Instant) -> Result<()> {
    loop {
        let ended = ended(client, tag).await?;
        bar.set_position(u64::try_from(ended).unwrap_or_default());
        if ended >= jobs {
            return Ok(());
        }
        if Instant::now() >= deadline {
            let detail = format!("Only {ended} of {jobs} jobs ended within {} s.", PATIENCE.as_secs());
            return Err(Failure::new(ErrorCode::Internal, detail).into());
        }
        tokio::time::sleep(LOOK).await;
    }
}

async fn ended(client: &Client, tag: &str) -> Result<usize> {
    let mut filter = JobFilter { tag: Some(tag.to_owned()), limit: Some(500), ..JobFilter::default() };
    let mut ended = 0;
    loop {
        let page = client.jobs(&filter).await?;
        ended += page.items.iter().filter(|job| job.status.is_final()).count();
        if page.next_cursor.is_none() {
            return Ok(ended);
        }
        filter.cursor = page.next_cursor;
    }
}

/// The jobs with their results, which lists leave out.
async fn fetch(client: &Client, ids: Vec<String>) -> Result<Vec<Job>> {
    let mut jobs = Vec::with_capacity(ids.len());
    let mut fetches = JoinSet::new();
    for id in ids {
        if fetches.len() >= FETCHES
            && let Some(job) = fetches.join_next().await
        {
            jobs.push(job??);
        }
        let client = client.clone();
        fetches.spawn(async move { client.job(&id).await });
    }
    while let Some(job) = fetches.join_next().await {
        jobs.push(job??);
    }
    Ok(jobs)
}
