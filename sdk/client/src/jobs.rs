//! Submitting, watching and stopping jobs.

use std::time::Duration;

use chrono::{DateTime, Utc};
use faena_contract::JobState;
use faena_contract::api::{AcceptedBatch, Attempt, Job, LogLine, NewBatch, NewJob, Page};
use reqwest::Method;

use crate::{Call, Client};

/// A batch may have 64 MiB.
const BATCH: Duration = Duration::from_secs(120);

/// Which jobs to list.
#[derive(Clone, Debug, Default)]
pub struct JobFilter {
    /// In this state.
    pub state: Option<JobState>,
    /// Of this module.
    pub module: Option<String>,
    /// With this tag.
    pub tag: Option<String>,
    /// Accepted after this time.
    pub created_after: Option<DateTime<Utc>>,
    /// Accepted before this time.
    pub created_before: Option<DateTime<Utc>>,
    /// `next_cursor` of the page before.
    pub cursor: Option<String>,
    /// Most jobs of the page.
    pub limit: Option<u32>,
}

/// Which part of a job's log to read.
#[derive(Clone, Debug, Default)]
pub struct LogPosition {
    /// Lines after this `seq`.
    pub after: Option<i64>,
    /// Most lines of the page.
    pub limit: Option<u32>,
}

impl Client {
    /// `POST /jobs`; with [`Call::wait`] the answer is the ended job, if it ends in time.
    pub fn submit_job(&self, new: &NewJob) -> Call<Job> {
        self.api(Method::POST, &["jobs"]).json(new)
    }

    /// `POST /jobs/batch`: all or none.
    pub fn submit_batch(&self, new: &NewBatch) -> Call<AcceptedBatch> {
        self.api(Method::POST, &["jobs", "batch"]).json(new).timeout(BATCH)
    }

    /// `GET /jobs`, newest first.
    pub fn jobs(&self, filter: &JobFilter) -> Call<Page<Job>> {
        self.api(Method::GET, &["jobs"])
            .query("state", filter.state)
            .query("module", filter.module.as_ref())
            .query("tag", filter.tag.as_ref())
            .query("created_after", filter.created_after.map(|time| time.to_rfc3339()))
            .query("created_before", filter.created_before.map(|time| time.to_rfc3339()))
            .query("cursor", filter.cursor.as_ref())
            .query("limit", filter.limit)
    }

    /// `GET /jobs/{id}`.
    pub fn job(&self, id: &str) -> Call<Job> {
        self.api(Method::GET, &["jobs", id])
    }

    /// `GET /jobs/{id}/attempts`, oldest first.
    pub fn attempts(&self, id: &str) -> Call<Page<Attempt>> {
        self.api(Method::GET, &["jobs", id, "attempts"])
    }

    /// `GET /jobs/{id}/logs`, oldest first.
    pub fn logs(&self, id: &str, position: &LogPosition) -> Call<Page<LogLine>> {
        self.api(Method::GET, &["jobs", id, "logs"]).query("after", position.after).query("limit", position.limit)
    }

    /// `POST /jobs/{id}/cancel`.
    pub fn cancel_job(&self, id: &str) -> Call<Job> {
        self.api(Method::POST, &["jobs", id, "cancel"])
    }

    /// `POST /jobs/{id}/retry`: runs an ended job again.
    pub fn retry_job(&self, id: &str) -> Call<Job> {
        self.api(Method::POST, &["jobs", id, "retry"])
    }
}
