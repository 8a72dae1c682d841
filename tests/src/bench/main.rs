//! `make bench`: how fast a platform on this machine is, beside what it is made of, in one run.
//!
//! Prints a table, and writes the same as JSON to the file named by `BENCH_JSON`. Every figure of the platform ends with
//! a result recorded in PostgreSQL; each job runs in a fresh WASM instance.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a benchmark fails by panicking"
)]

mod limits;
mod load;

use std::process::ExitCode;

use faena_tests::{Options, Platform};
use serde_json::{Value, json};

#[tokio::main]
async fn main() -> ExitCode {
    println!("starting a platform of its own ...");
    let platform = Platform::start(Options { slots: 64, ..Options::default() }).await;
    let mut figures: Vec<(&str, f64, &str)> = Vec::new();

    let commit = limits::bare_commit(&platform).await;
    figures.push((
        "bare_commit_p50_ms",
        commit.p50_ms,
        "bare PostgreSQL: insert of one row and commit, one connection",
    ));
    figures.push(("bare_commits_per_s", commit.per_second, "bare PostgreSQL: the same over 16 connections"));
    let wasm = limits::bare_wasm().await;
    figures.push(("bare_wasm_call_us", wasm, "bare sandbox: fresh instance, call, drop, one thread"));
    let queue = limits::bare_queue(&platform).await;
    figures.push(("bare_queue_per_s", queue, "bare queue: push and take, no job behind it"));

    load::warm_up(&platform).await;
    let singles = load::singles(&platform).await;
    figures.push(("single_jobs_per_s", singles, "single POSTs over 64 keep-alive connections, to recorded result"));
    let batches = load::batches(&platform).await;
    figures.push(("batch100_jobs_per_s", batches, "POSTs of 100 jobs over 8 connections, to recorded result"));
    let start = load::start_latency(&platform).await;
    figures.push(("start_latency_p50_ms", start.p50, "POST to first line of the module, 50 jobs/s: p50"));
    figures.push(("start_latency_p95_ms", start.p95, "the same: p95"));
    figures.push(("start_latency_p99_ms", start.p99, "the same: p99"));
    figures.push((
        "ratio_single_to_commits",
        singles / commit.per_second,
        "single jobs a bare commit (16 connections)",
    ));
    figures.push(("ratio_start_p50_to_commit_p50", start.p50 / commit.p50_ms, "start p50 by bare commit p50"));

    println!();
    for (key, value, what) in &figures {
        println!("{value:>12.2}  {key:<32} {what}");
    }
    let contradictions = platform.contradictions().await;
    assert!(contradictions.is_empty(), "{contradictions:?}");
    let floors = check_floors(singles, batches, start.p50, commit.p50_ms);
    if let Some(path) = std::env::var_os("BENCH_JSON") {
        let values: serde_json::Map<String, Value> =
            figures.iter().map(|(key, value, _)| ((*key).to_owned(), json!(value))).collect();
        std::fs::write(path, serde_json::to_string_pretty(&values).unwrap()).expect("BENCH_JSON can be written");
    }
    drop(platform);
    if floors { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

/// The first floors on two cores: 800 single jobs a second, 1,500 in batches, start p50 within twice a commit and 5 ms.
fn check_floors(singles: f64, batches: f64, start_p50: f64, commit_p50: f64) -> bool {
    let floors = [
        ("single jobs/s", singles >= 800.0),
        ("jobs/s in batches", batches >= 1_500.0),
        ("start p50", start_p50 <= 2.0 * commit_p50 + 5.0),
    ];
    println!();
    for (what, reached) in floors {
        println!("{} {what}", if reached { "reached:    " } else { "NOT reached:" });
    }
    floors.iter().all(|(_, reached)| *reached)
}
