//! Lists of jobs, newest first.

use chrono::{DateTime, Utc};
use faena_contract::JobState;
use faena_contract::api::Job;
use sqlx::{Postgres, QueryBuilder};
use uuid::Uuid;

use super::row::{COLUMNS, JOINS, JobRow};
use crate::error::StoreError;
use crate::{Api, Caller};

/// What a list is narrowed to. Every comparison is on uuid, smallint, text or timestamptz, whose operators are
/// leakproof, so that an index serves it under row-level security.
#[derive(Clone, Debug, Default)]
pub struct Filter {
    /// Only this state.
    pub state: Option<JobState>,
    /// Only this module.
    pub module: Option<String>,
    /// Only jobs with this tag.
    pub tag: Option<String>,
    /// Only jobs accepted at or after this time.
    pub created_after: Option<DateTime<Utc>>,
    /// Only jobs accepted before this time.
    pub created_before: Option<DateTime<Utc>>,
    /// Only jobs older than this one: the cursor.
    pub before: Option<Uuid>,
}

/// A page of the organization's jobs without payloads and results.
pub async fn list(api: &Api, caller: &Caller, filter: &Filter, limit: i64) -> Result<Vec<Job>, StoreError> {
    let mut tx = api.begin(caller).await?;
    let mut query = statement(caller, filter, limit);
    let rows: Vec<JobRow> =
        query.build_query_as().fetch_all(&mut *tx).await.map_err(StoreError::from_sqlx("list jobs"))?;
    rows.into_iter().map(JobRow::into_job).collect()
}

/// The text of the statement behind [`list`], for a test that looks at its plan.
pub(crate) fn list_statement(caller: &Caller, filter: &Filter) -> String {
    statement(caller, filter, 50).sql().as_str().to_owned()
}

/// The state or tag decides which table drives: its index gives the order, the others are looked up by id.
fn statement(caller: &Caller, filter: &Filter, limit: i64) -> QueryBuilder<Postgres> {
    let organization = caller.organization.0;
    let mut query = QueryBuilder::new("SELECT ");
    query.push(COLUMNS);
    query.push(" FROM job j ");
    let (live, outcome) = match filter.state {
        None => ("LEFT JOIN", "LEFT JOIN"),
        Some(state) if state.is_final() => ("LEFT JOIN", "JOIN"),
        Some(_) => ("JOIN", "LEFT JOIN"),
    };
    query.push(live).push(" job_live l ON l.id = j.id AND l.organization_id = ").push_bind(organization);
    query
        .push(" ")
        .push(outcome)
        .push(" job_outcome o ON o.id = j.id AND o.organization_id = ")
        .push_bind(organization);
    query.push(JOINS);
    if let Some(tag) = &filter.tag {
        query.push(" JOIN job_tag t ON t.job_id = j.id AND t.key = 'tag' AND t.value = ").push_bind(tag.clone());
        query.push(" AND t.organization_id = ").push_bind(organization);
    }
    query.push(" WHERE j.organization_id = ").push_bind(organization);
    narrow_state(&mut query, filter.state);
    if let Some(module) = &filter.module {
        query.push(" AND j.module_id = (SELECT id FROM module WHERE name = ").push_bind(module.clone()).push(")");
    }
    // Ids are UUIDv7: a time is a bound on the id, which is also the bound on partitions.
    if let Some(after) = filter.created_after {
        query.push(" AND j.id >= uuid_of_time(").push_bind(after).push(")");
    }
    if let Some(before) = filter.created_before {
        query.push(" AND j.id < uuid_of_time(").push_bind(before).push(")");
    }
    if let Some(before) = filter.before {
        query.push(" AND j.id < ").push_bind(before);
    }
    // Not a parameter: plans of requests are generic, and one for an unknown number of rows reads whole tables.
    query.push(" ORDER BY j.id DESC LIMIT ").push(limit);
    query
}

fn narrow_state(query: &mut QueryBuilder<Postgres>, state: Option<JobState>) {
    match state {
        None => {}
        Some(state @ (JobState::Completed | JobState::Failed | JobState::Cancelled)) => {
            query.push(" AND o.state = ").push_bind(state as i16);
        }
        Some(JobState::Pending) => {
            query.push(" AND l.lease IS NULL AND l.wait_reason IS NULL");
        }
        Some(JobState::Running) => {
            query.push(" AND l.lease IS NOT NULL");
        }
        Some(JobState::Waiting) => {
            query.push(" AND l.wait_reason IS NOT NULL");
        }
    }
}
