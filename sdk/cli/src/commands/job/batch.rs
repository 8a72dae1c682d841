//! `faena job batch`.

use std::path::PathBuf;

use anyhow::Result;
use faena_contract::ErrorCode;
use faena_contract::api::{AcceptedBatch, NewBatch, NewJob};

use crate::commands::Context;
use crate::failure::Failure;
use crate::files;
use crate::output::say;

/// Submit many jobs at once, all or none
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// File with one job a line, as JSON like the body of POST /jobs; - for standard input
    file: PathBuf,
    /// Submit only once however often this is repeated with the same key
    #[arg(long, value_name = "KEY")]
    idempotency_key: Option<String>,
}

pub(crate) async fn run(context: &Context, args: &Args) -> Result<()> {
    let text = if args.file.as_os_str() == "-" { files::standard_input()? } else { files::read(&args.file)? };
    let batch = parse(&text)?;
    let client = context.client().await?;
    let mut call = client.submit_batch(&batch);
    if let Some(key) = &args.idempotency_key {
        call = call.idempotency_key(key);
    }
    context.output.answer(call, show).await
}

fn parse(text: &str) -> Result<NewBatch> {
    let lines = text.lines().enumerate().filter(|(_, line)| !line.trim().is_empty());
    let read = |(index, line): (usize, &str)| {
        serde_json::from_str::<NewJob>(line).map_err(|error| {
            Failure::new(ErrorCode::InvalidBody, format!("Line {} is no job: {error}.", index + 1)).into()
        })
    };
    Ok(NewBatch { jobs: lines.map(read).collect::<Result<_>>()? })
}

fn show(accepted: &AcceptedBatch) {
    for job in &accepted.jobs {
        say(&format!("{}{}", job.id, if job.created { "" } else { "  (was there already)" }));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_wrong_line_is_named() {
        let good = r#"{"module":"m","job":"j","payload":{"a":1.10}}"#;
        let batch = parse(&format!("{good}\n\n{good}\n")).unwrap();
        assert_eq!(batch.jobs.len(), 2);
        assert_eq!(batch.jobs[0].payload.get(), r#"{"a":1.10}"#);
        let error = parse(&format!("{good}\n{{\"module\":1}}")).unwrap_err();
        assert!(error.to_string().contains("Line 2"), "{error}");
    }
}
