//! What a manifest must obey beyond the types of its values.

use std::collections::HashMap;
use std::fmt::Display;
use std::ops::RangeInclusive;

use faena_contract::limits as contract;

use super::error::Problem;
use super::{Job, Manifest, fields};
use crate::limits;

/// A rule that the value at `path` breaks.
pub(super) struct Broken {
    pub(super) path: String,
    pub(super) problem: Problem,
}

pub(super) fn check(manifest: &Manifest) -> Result<(), Broken> {
    if !manifest.module.version.build.is_empty() {
        return Err(broken("module.version", "build metadata after a `+` cannot be ordered, so it is not allowed"));
    }
    description("module.description", &manifest.module.description)?;
    if !(1..=limits::JOBS).contains(&manifest.jobs.len()) {
        return Err(broken("job", format!("a module has 1 to {} jobs, not {}", limits::JOBS, manifest.jobs.len())));
    }
    for (index, job) in manifest.jobs.iter().enumerate() {
        check_job(&format!("job[{index}]"), job)?;
    }
    unique_names(&manifest.jobs)
}

fn check_job(path: &str, job: &Job) -> Result<(), Broken> {
    let mebibytes = 1..=u32::try_from(contract::MEMORY_BYTES >> 20).unwrap_or(u32::MAX);
    description(&format!("{path}.description"), &job.description)?;
    in_range(path, "timeout_s", job.timeout_s, &contract::TIMEOUT_S)?;
    in_range(path, "max_attempts", job.max_attempts, &contract::MAX_ATTEMPTS)?;
    in_range(path, "memory_mib", job.memory_mib, &mebibytes)?;
    in_range(path, "cpu_ms", job.cpu_ms, &(1..=contract::CPU_MS))
}

fn description(path: &str, text: &str) -> Result<(), Broken> {
    let length = text.chars().count();
    if text.trim().is_empty() || length > limits::DESCRIPTION_CHARS {
        let limit = limits::DESCRIPTION_CHARS;
        return Err(broken(path, format!("a description has 1 to {limit} characters, not {length}")));
    }
    Ok(())
}

/// A NaN is in no range.
fn in_range<T: PartialOrd + Display>(
    path: &str,
    key: &str,
    value: Option<T>,
    range: &RangeInclusive<T>,
) -> Result<(), Broken> {
    match value {
        Some(value) if !range.contains(&value) => {
            let reason = format!("{value} is not from {} to {}", range.start(), range.end());
            Err(broken(&format!("{path}.{key}"), reason))
        }
        _ => Ok(()),
    }
}

fn unique_names(jobs: &[Job]) -> Result<(), Broken> {
    let mut seen = HashMap::new();
    for (index, job) in jobs.iter().enumerate() {
        if let Some(first) = seen.insert(&job.name, index) {
            return Err(Broken { path: format!("job[{index}].name"), problem: Problem::DuplicateJob { first } });
        }
    }
    Ok(())
}

fn broken(path: &str, reason: impl Into<String>) -> Broken {
    let example = fields::at(path).map_or("[module]", |field| field.example);
    Broken { path: path.to_owned(), problem: Problem::Value { reason: reason.into(), example } }
}
