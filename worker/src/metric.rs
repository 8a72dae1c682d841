//! The one list of what a worker measures.

/// Counter, by `verdict`: attempts that were recorded.
pub(crate) const FINISHED: &str = "faena_jobs_finished_total";
/// Counter: attempts whose result was dropped because the lease was lost.
pub(crate) const DROPPED: &str = "faena_jobs_dropped_total";
/// Histogram: from the start of an attempt to its end.
pub(crate) const RUN_SECONDS: &str = "faena_job_run_seconds";
/// Histogram: from the send of a job to its claim.
pub(crate) const WAIT_SECONDS: &str = "faena_job_wait_seconds";
/// Histogram: envelopes in one claim statement.
pub(crate) const CLAIM_BATCH: &str = "faena_claim_batch_size";
/// Histogram: attempts in one finish statement.
pub(crate) const FINISH_BATCH: &str = "faena_finish_batch_size";
/// Gauge: slots that no job has.
pub(crate) const SLOTS_FREE: &str = "faena_worker_slots_free";
/// Counter: leases that ran out while jobs were running under them.
pub(crate) const LEASES_LOST: &str = "faena_leases_lost_total";
/// Counter: log lines that were dropped because the database did not take them in time.
pub(crate) const LOG_LINES_DROPPED: &str = "faena_log_lines_dropped_total";
