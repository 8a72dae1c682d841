//! Following a job: its log as it comes, then how it ended.

use std::process::ExitCode;
use std::time::Duration;

use anyhow::Result;
use faena_client::{Client, LogPosition};
use faena_contract::JobState;
use faena_contract::api::{Job, LogLine};

use super::show::show;
use crate::commands::Context;
use crate::failure::FAILED;
use crate::output::{remark, say};

/// How often the log is looked at.
const LOOK: Duration = Duration::from_millis(300);

/// Lines of one page.
const PAGE: u32 = 500;

/// Shows the log on standard error until the job has ended, then the job on standard output.
pub(super) async fn follow(context: &Context, client: &Client, id: &str) -> Result<ExitCode> {
    let job = follow_log(client, id, None, |line| remark(&log_line(line))).await?;
    context.output.answer(client.job(id), show).await?;
    Ok(end_code(job.status))
}

/// Gives every line of the log until the job has ended.
pub(super) async fn follow_log(
    client: &Client,
    id: &str,
    after: Option<i64>,
    mut each: impl FnMut(&LogLine),
) -> Result<Job> {
    let mut position = LogPosition { after, limit: Some(PAGE) };
    loop {
        // Asked before the log, so that what an ended job said at last is still shown.
        let job = client.job(id).await?;
        let mut full = true;
        while full {
            let page = client.logs(id, &position).await?;
            full = page.items.len() >= PAGE as usize;
            for line in &page.items {
                position.after = Some(line.seq);
                each(line);
            }
        }
        if job.status.is_final() {
            return Ok(job);
        }
        tokio::time::sleep(LOOK).await;
    }
}

/// A line of a log as people read it.
pub(super) fn log_line(line: &LogLine) -> String {
    format!("{} {:5} {}", line.at.format("%H:%M:%S%.3f"), line.level.as_str(), line.message)
}

/// Prints a line of a log as the answer of a command.
pub(super) fn print_line(line: &LogLine) {
    // A line of the log stays one line, whatever is in it.
    say(&crate::output::line(&log_line(line)));
}

/// The exit code of a command that has waited for a job.
pub(super) fn end_code(state: JobState) -> ExitCode {
    match state {
        JobState::Failed | JobState::Cancelled => ExitCode::from(FAILED),
        JobState::Pending | JobState::Running | JobState::Waiting | JobState::Completed => ExitCode::SUCCESS,
    }
}
