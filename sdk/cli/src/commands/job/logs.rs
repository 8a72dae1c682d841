//! `faena job logs`.

use std::process::ExitCode;

use anyhow::Result;
use faena_client::LogPosition;
use faena_contract::api::LogLine;
use uuid::Uuid;

use super::follow::{end_code, follow_log, print_line};
use crate::commands::Context;
use crate::output::{Output, remark};

/// Show what a job logged
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Id of the job
    id: Uuid,
    /// Go on until the job has ended
    #[arg(long, short)]
    follow: bool,
    /// Only lines after the one with this number
    #[arg(long, value_name = "SEQ")]
    after: Option<i64>,
    /// Most lines to show without --follow
    #[arg(long, default_value_t = 500, value_parser = clap::value_parser!(u32).range(1..=500))]
    limit: u32,
}

pub(crate) async fn run(context: &Context, args: &Args) -> Result<ExitCode> {
    let client = context.client().await?;
    if args.follow {
        let output = context.output;
        let job = follow_log(&client, &args.id.to_string(), args.after, |line| print(output, line)).await?;
        return Ok(end_code(job.status));
    }
    let position = LogPosition { after: args.after, limit: Some(args.limit) };
    context
        .output
        .answer(client.logs(&args.id.to_string(), &position), |page| {
            page.items.iter().for_each(print_line);
            if let Some(last) = page.items.last().filter(|_| page.items.len() as u64 >= u64::from(args.limit)) {
                remark(&format!("There is more: --after {}", last.seq));
            }
        })
        .await?;
    Ok(ExitCode::SUCCESS)
}

/// With --json each line is one object of its own, so that a program can read along.
fn print(output: Output, line: &LogLine) {
    // A line that came as JSON can be written as JSON.
    let _ = output.value(line, print_line);
}
