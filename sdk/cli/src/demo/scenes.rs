//! The scenes of the demonstration, each with what it says.

use anyhow::Result;
use faena_client::{AuditPosition, Client, ClientError};
use faena_contract::ErrorCode;
use serde_json::json;

use super::Options;
use super::calculate::calculate;
use super::ledger::{Ledger, new_job, plan};
use super::report;
use crate::commands::{audit_table, job_facts};
use crate::failure::Failure;
use crate::output::{self, say};
use crate::up;

/// A year of payments becomes commissions, one job a member and month.
pub(super) async fn commissions(options: &Options, client: &Client) -> Result<()> {
    let ledger = Ledger::generate(options.seed, &options.size)?;
    say(&format!(
        "==> Calculating the commissions of {} payments and {} refunds (seed {}), one job a member and month\n",
        ledger.payments, ledger.refunds, options.seed
    ));
    let outcome = calculate(client, &ledger, &up::random("demo-", 4)?).await?;
    report::print(&outcome, &ledger.sales());
    Ok(())
}

/// A plan with a mistake never becomes a job.
pub(super) async fn refused_plan(client: &Client) -> Result<()> {
    say("\n==> Submitting a plan with a rate of \"7%\", which is refused before anything runs\n");
    let mut wrong = plan();
    if let Some(rate) = wrong.pointer_mut("/rules/1/rate") {
        *rate = json!("7%");
    }
    let job = new_job("commissions", "calculate", &json!({ "plan": wrong, "events": [] }), Vec::new())?;
    match client.submit_job(&job).await {
        Err(error @ ClientError::Problem(_)) => {
            for line in output::failure_text(&Failure::of(&error.into())).lines() {
                output::show_line(&format!("    {line}"));
            }
            Ok(())
        }
        Err(error) => Err(error.into()),
        Ok(job) => Err(unexpected(format!("The wrong plan was accepted as job {}.", job.id))),
    }
}

/// A module that loops for ever is stopped at its limit, and the worker goes on.
pub(super) async fn endless_module(client: &Client) -> Result<()> {
    say("\n==> Running a module that loops for ever, with one second for it\n");
    let mut job = new_job("probe", "spin", &json!({}), vec!["demo".to_owned()])?;
    job.timeout_s = Some(1.0);
    job.max_attempts = Some(1);
    let ended = client.submit_job(&job).wait(20).await?;
    output::show(&job_facts(&ended));
    let code = ended.error.as_ref().map(|error| error.code.as_str());
    match code.and_then(ErrorCode::parse) {
        Some(ErrorCode::AttemptTimedOut | ErrorCode::CpuExceeded) => Ok(()),
        _ => Err(unexpected(format!("Job {} is {} and not stopped at a limit.", ended.id, ended.status))),
    }
}

/// Who did all that.
pub(super) async fn audit_trail(client: &Client) -> Result<()> {
    say("\n==> The audit trail of all that, newest first\n");
    let own = AuditPosition { cursor: None, limit: Some(12), platform: false };
    let mut entries = client.audit(&own).await?.items;
    // What was done to the installation has a trail of its own.
    entries.extend(client.audit(&AuditPosition { platform: true, ..own }).await?.items);
    entries.sort_by_key(|entry| std::cmp::Reverse(entry.at));
    output::show(&audit_table(&entries));
    Ok(())
}

/// How to go on.
pub(super) fn go_on(kept: bool) {
    if !kept {
        say("\nTo go on, start it to stay, and try in another terminal:\n");
        say("    faena up");
        commands();
    }
}

/// Commands to copy.
pub(super) fn commands() {
    say("    faena module list");
    say("    faena job submit commissions calculate --payload @payload.json --wait 10");
    say("    faena job list --state failed");
    say("    faena audit");
}

fn unexpected(detail: String) -> anyhow::Error {
    Failure::new(ErrorCode::Internal, detail).into()
}
