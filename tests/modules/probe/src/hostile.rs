//! Jobs that go beyond a limit.

use std::hint::black_box;
use std::time::Duration;

use faena_sdk::{Context, JobError};
use serde::Deserialize;

use crate::harmless::Time;

/// How much to return.
#[derive(Deserialize)]
pub(crate) struct Size {
    bytes: usize,
}

pub(crate) fn spin(_: &Context, _: &str) -> Result<String, JobError> {
    faena_sdk::info!("spinning");
    loop {
        black_box(0);
    }
}

/// Uses the CPU for a while, as the clock on the wall measures it.
pub(crate) fn burn(_: &Context, time: Time) -> Result<u64, JobError> {
    let start = faena_sdk::clock::monotonic();
    let mut rounds = 0_u64;
    while faena_sdk::clock::monotonic() - start < Duration::from_millis(time.ms) {
        for number in 0..10_000_u64 {
            black_box(number);
        }
        rounds += 1;
    }
    Ok(rounds)
}

pub(crate) fn eat_memory(_: &Context, _: &str) -> Result<String, JobError> {
    let mut eaten = Vec::new();
    loop {
        eaten.push(black_box(vec![1_u8; 1 << 20]));
    }
}

pub(crate) fn recurse(_: &Context, payload: &str) -> Result<String, JobError> {
    Ok(deeper(payload.len() as u64).to_string())
}

#[expect(unconditional_recursion, reason = "what the job is for")]
fn deeper(depth: u64) -> u64 {
    black_box(deeper(black_box(depth + 1)) + depth)
}

pub(crate) fn flood_logs(_: &Context, _: &str) -> Result<String, JobError> {
    faena_sdk::info!("{}", "é".repeat(20_000));
    for line in 0..20_000 {
        faena_sdk::info!("line {line}");
    }
    Ok("null".to_owned())
}

pub(crate) fn flood_output(_: &Context, size: Size) -> Result<String, JobError> {
    Ok("x".repeat(size.bytes))
}
