//! What a worker takes from the manifest that is kept with a version: the limits and the output schema of each job.

use std::collections::HashMap;
use std::time::Duration;

use faena_contract::{ErrorCode, JobError, StoredJob, StoredManifest};
use faena_host::Limits;
use faena_manifest::{JobSchema, Violation};
use serde_json::Value;

use crate::classify::Failure;

/// A manifest. Whoever published it has checked it.
pub(crate) struct Manifest {
    pub(crate) name: String,
    pub(crate) version: String,
    pub(crate) jobs: HashMap<String, JobEntry>,
}

/// What the manifest says about one job.
pub(crate) struct JobEntry {
    memory_bytes: u64,
    cpu: Duration,
    output: Option<JobSchema>,
}

impl Manifest {
    /// Reads the JSON; the error is a sentence for people.
    pub(crate) fn read(json: &str) -> Result<Self, String> {
        let stored: StoredManifest = serde_json::from_str(json)
            .map_err(|error| format!("the manifest of the version cannot be read: {error}"))?;
        let jobs = stored.jobs.into_iter().map(JobEntry::new).collect::<Result<_, _>>()?;
        Ok(Self { name: stored.module.name, version: stored.module.version, jobs })
    }
}

impl JobEntry {
    fn new(job: StoredJob) -> Result<(String, Self), String> {
        let (memory_bytes, cpu) = (job.memory_bytes(), Duration::from_millis(job.cpu_ms()));
        let output = job.output_schema.map(|schema| JobSchema::compile(&schema.to_string())).transpose();
        let output = output.map_err(|error| format!("the output schema of job `{}` is unusable: {error}", job.name))?;
        Ok((job.name, Self { memory_bytes, cpu, output }))
    }

    /// What one attempt may use, within the time that its submitter allowed.
    pub(crate) fn limits(&self, timeout: Duration) -> Limits {
        Limits { memory_bytes: self.memory_bytes, cpu: self.cpu, wall: timeout, ..Limits::default() }
    }

    /// The result, if it fits the job's schema; without one, all JSON fits.
    pub(crate) fn check_output(&self, output: String) -> Result<String, Failure> {
        let Some(schema) = &self.output else { return Ok(output) };
        let violations = match serde_json::from_str::<Value>(&output) {
            Ok(value) => schema.validate(&value),
            Err(error) => vec![Violation { path: String::new(), message: error.to_string() }],
        };
        match violations.first() {
            None => Ok(output),
            Some(first) => Err(Failure::Final(unfit(first, &violations))),
        }
    }
}

fn unfit(first: &Violation, all: &[Violation]) -> JobError {
    let at = if first.path.is_empty() { "the top".to_owned() } else { format!("`{}`", first.path) };
    let message = format!("the result does not fit the job's schema: at {at}, {}", first.message);
    let list: Vec<_> = all.iter().map(|v| serde_json::json!({ "path": v.path, "message": v.message })).collect();
    JobError::platform(ErrorCode::OutputInvalid, message).with_details(serde_json::json!({ "violations": list }))
}

#[cfg(test)]
mod tests {
    use super::*;

    const MANIFEST: &str = r#"{
        "module": {"name": "probe", "version": "0.1.0", "description": "", "abi": "^1.0"},
        "jobs": [
            {"name": "echo", "description": "", "memory_mib": 32, "input_schema": {},
             "output_schema": {"type": "object", "required": ["total"]}},
            {"name": "noop", "description": "", "input_schema": {}, "output_schema": null}]}"#;

    #[test]
    fn limits_and_schemas_come_from_the_manifest() {
        let manifest = Manifest::read(MANIFEST).unwrap();
        let (echo, noop) = (&manifest.jobs["echo"], &manifest.jobs["noop"]);
        let limits = echo.limits(Duration::from_secs(7));
        assert_eq!((limits.memory_bytes, limits.wall), (32 << 20, Duration::from_secs(7)));
        assert_eq!(noop.limits(Duration::ZERO).memory_bytes, faena_contract::limits::DEFAULT_MEMORY_BYTES);
        assert_eq!(noop.check_output("7".to_owned()), Ok("7".to_owned()));
        assert_eq!(echo.check_output(r#"{"total": 10.00}"#.to_owned()), Ok(r#"{"total": 10.00}"#.to_owned()));
        let Err(Failure::Final(error)) = echo.check_output("{}".to_owned()) else { panic!("a refusal") };
        assert_eq!(error.code, "FAE-0505");
        assert_eq!(
            error.message,
            "the result does not fit the job's schema: at the top, \"total\" is a required property"
        );
    }
}
