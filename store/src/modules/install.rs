//! REGISTERED -> INSTALLING -> ENABLED. The work itself is a job of the reserved organization on a worker; what it
//! came to is taken over by a reconciler, so that the death of any process in between is made good.

use std::sync::Arc;

use chrono::Utc;
use faena_contract::module_lifecycle::{ModuleEvent, next};
use faena_contract::{JobError, JobId, JobState, ModuleId, ModuleState};
use semver::Version;
use serde_json::value::RawValue;
use sqlx::{FromRow, PgConnection};
use uuid::Uuid;

use crate::error::StoreError;
use crate::jobs::{Accepted, Submission, SubmitJob, submit_in};
use crate::{Api, Caller, Dispatcher, audit};

/// The module of the installation itself, whose one job installs others.
const PLATFORM_MODULE: ModuleId = ModuleId(Uuid::from_u128(0x0000_0000_0000_7000_8000_0000_0000_0002));

/// What a request to install came to.
#[derive(Clone, Debug)]
pub enum Begin {
    /// It is INSTALLING; this is the job that does it.
    Installing(Accepted),
    /// The version serves already.
    AlreadyEnabled,
    /// The state has no such edge.
    NotNow(ModuleState),
    /// There is no such module.
    NoModule,
    /// The module has no such version.
    NoVersion,
}

#[derive(FromRow)]
pub(super) struct Locked {
    pub(super) id: Uuid,
    pub(super) state: i16,
    pub(super) active_version_id: Option<Uuid>,
}

/// Locks the row of a module until the end of the transaction.
pub(super) async fn lock(tx: &mut PgConnection, name: &str) -> Result<Option<(Locked, ModuleState)>, StoreError> {
    let row: Option<Locked> =
        sqlx::query_as("SELECT id, state, active_version_id FROM module WHERE name = $1 AND id <> $2 FOR UPDATE")
            .bind(name)
            .bind(PLATFORM_MODULE.0)
            .fetch_optional(tx)
            .await
            .map_err(StoreError::from_sqlx("lock the module"))?;
    row.map(|row| {
        let state = ModuleState::from_number(row.state)
            .ok_or_else(|| StoreError::Corrupt { what: "module.state", value: row.state.to_string() })?;
        Ok((row, state))
    })
    .transpose()
}

#[derive(FromRow)]
struct Candidate {
    id: Uuid,
    version: String,
}

/// Starts the first installation of a module, of the version named or the highest one.
pub async fn begin_install(api: &Api, caller: &Caller, name: &str, version: Option<&str>) -> Result<Begin, StoreError> {
    let mut tx = api.begin(caller).await?;
    let Some((module, state)) = lock(&mut tx, name).await? else { return Ok(Begin::NoModule) };
    let Some(candidate) = candidate(&mut tx, module.id, version).await? else { return Ok(Begin::NoVersion) };
    if state.accepts_jobs() && module.active_version_id == Some(candidate.id) {
        return Ok(Begin::AlreadyEnabled);
    }
    let Some(to) = next(state, ModuleEvent::Install) else { return Ok(Begin::NotNow(state)) };
    let job = install_job(name, &candidate)?;
    sqlx::query(
        "UPDATE module SET state = $3, installing_version_id = $4, install_job_id = $5, reason = NULL
         WHERE id = $1 AND state = $2",
    )
    .bind(module.id)
    .bind(state as i16)
    .bind(to as i16)
    .bind(candidate.id)
    .bind(job.id.0)
    .execute(&mut *tx)
    .await
    .map_err(StoreError::from_sqlx("begin an installation"))?;
    let submission =
        Submission { caller, idempotency: None, traceparent: None, send_now: false, jobs: std::slice::from_ref(&job) };
    let accepted = submit_in(&mut *tx, &submission).await?;
    let entry = audit::Entry {
        action: "module.enable",
        subject_kind: "module",
        subject: name,
        details: serde_json::json!({ "version": candidate.version, "job": job.id }),
    };
    audit::record(&mut tx, caller, entry).await?;
    tx.commit().await.map_err(StoreError::from_sqlx("commit"))?;
    let accepted = accepted.into_iter().next();
    Ok(Begin::Installing(accepted.unwrap_or(Accepted { id: job.id, created: true, sent_at_ms: None })))
}

async fn candidate(
    tx: &mut PgConnection,
    module: Uuid,
    version: Option<&str>,
) -> Result<Option<Candidate>, StoreError> {
    let rows: Vec<Candidate> = sqlx::query_as("SELECT id, version FROM module_version WHERE module_id = $1")
        .bind(module)
        .fetch_all(tx)
        .await
        .map_err(StoreError::from_sqlx("read versions"))?;
    Ok(match version {
        Some(version) => rows.into_iter().find(|row| row.version == version),
        None => rows.into_iter().max_by_key(|row| Version::parse(&row.version).ok()),
    })
}

fn install_job(name: &str, candidate: &Candidate) -> Result<SubmitJob, StoreError> {
    let payload = serde_json::json!({ "module": name, "version": candidate.version, "version_id": candidate.id });
    let payload: Arc<RawValue> = RawValue::from_string(payload.to_string())
        .map_err(|error| StoreError::Corrupt { what: "install payload", value: error.to_string() })?
        .into();
    Ok(SubmitJob {
        id: JobId::new(),
        module: PLATFORM_MODULE,
        job: "install".to_owned(),
        payload,
        tags: Vec::new(),
        priority: 100,
        run_at: Utc::now(),
        timeout_ms: 120_000,
        max_attempts: 3,
        unique_key: None,
    })
}

#[derive(FromRow)]
struct Settled {
    id: Uuid,
    outcome: i16,
    error_code: Option<String>,
    error_message: Option<String>,
}

/// Takes over what finished install jobs came to: ENABLED, or back to REGISTERED with the reason. Returns how many.
pub async fn settle_installs(dispatcher: &Dispatcher) -> Result<usize, StoreError> {
    let mut tx = dispatcher.0.begin().await.map_err(StoreError::from_sqlx("begin"))?;
    let ended: Vec<Settled> = sqlx::query_as(
        "SELECT m.id, o.state AS outcome, o.error_code, o.error_message
         FROM module m JOIN job_outcome o ON o.id = m.install_job_id
         WHERE m.state = $1 ORDER BY m.id FOR UPDATE OF m SKIP LOCKED",
    )
    .bind(ModuleState::Installing as i16)
    .fetch_all(&mut *tx)
    .await
    .map_err(StoreError::from_sqlx("read finished installations"))?;
    for module in &ended {
        settle(&mut tx, module).await?;
    }
    tx.commit().await.map_err(StoreError::from_sqlx("commit"))?;
    Ok(ended.len())
}

async fn settle(tx: &mut PgConnection, ended: &Settled) -> Result<(), StoreError> {
    let completed = ended.outcome == JobState::Completed as i16;
    let event = if completed { ModuleEvent::Installed } else { ModuleEvent::InstallFailed };
    let Some(to) = next(ModuleState::Installing, event) else { return Ok(()) };
    let reason = (!completed).then(|| {
        let error = JobError {
            code: ended.error_code.clone().unwrap_or_else(|| "CANCELLED".to_owned()),
            message: ended.error_message.clone().unwrap_or_else(|| "The installation was cancelled.".to_owned()),
            details: serde_json::Value::Null,
        };
        serde_json::json!(error).to_string()
    });
    sqlx::query(
        "UPDATE module SET state = $2, reason = $3, install_job_id = NULL, installing_version_id = NULL,
             active_version_id = CASE WHEN $4 THEN installing_version_id ELSE active_version_id END
         WHERE id = $1",
    )
    .bind(ended.id)
    .bind(to as i16)
    .bind(reason)
    .bind(completed)
    .execute(tx)
    .await
    .map_err(StoreError::from_sqlx("settle an installation"))?;
    Ok(())
}
