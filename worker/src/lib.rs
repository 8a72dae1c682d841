//! Data plane: claims jobs, runs them in the sandbox, records how they ended.
//!
//! Start reading at `run_job` in `pipeline.rs`, the life of one attempt. Around it, in the order in which a job passes:
//!
//! - `claimer.rs` turns deliveries of the queue into leased jobs, many in one statement;
//! - `leases.rs` knows what this worker holds and stops what it may no longer run, `lease_keeper.rs` prolongs it from a
//!   thread of its own, `cancels.rs` listens for people who changed their mind;
//! - `versions.rs` and `manifest.rs` have the compiled modules, `installs.rs` is the one job that is no module's;
//! - `logs.rs` and `log_writer.rs` keep what a job says;
//! - `classify.rs` decides, once, what an ending means, `recorder.rs` writes it, many in one statement, and
//!   `announcer.rs` tells who waits for it;
//! - `worker.rs` starts and stops all of that, `guests.rs` has the threads that modules run on, `http.rs` says how
//!   it is.
//!
//! It may use the store, the queue and the host, and none of what the orchestrator is made of.
//!
//! # Invariants
//! - **What runs is held**: a job runs only between its claim and the loss of its lease, by this worker's own clock.
//! - **A slot is taken before an envelope and given back after the attempt**, whatever happens in between.
//! - **Modules run on threads of their own**, so that no guest delays a renewal, a claim or a record.

mod announcer;
mod backoff;
mod cancels;
mod claimer;
mod classify;
mod config;
mod crew;
mod error;
mod guests;
mod http;
mod installs;
mod lease_keeper;
mod leases;
mod log_writer;
mod logs;
mod manifest;
mod metric;
mod pipeline;
mod recorder;
#[cfg(test)]
mod tests;
mod versions;
mod worker;

pub use config::WorkerConfig;
pub use error::WorkerError;
pub use worker::run;
