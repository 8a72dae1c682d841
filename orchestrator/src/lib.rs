//! The control plane: HTTP API, identity, module life cycle, admission and reconcilers.
//!
//! Start at [`run`], then `router.rs` (every endpoint) and `reconcile/mod.rs` (every loop). A request goes
//! `routes/` (extract, call one use case, wrap) -> `jobs/`, `modules/`, `auth/` (the rules) -> `faena-store` (SQL).
//! Depends on store, queue, manifest, contract and telemetry; never on the worker, and it does not link wasmtime.

mod admission;
mod app;
mod auth;
mod config;
mod error;
mod extract;
mod jobs;
mod modules;
mod pages;
mod reconcile;
mod router;
mod routes;
mod serve;
mod trace;

pub use auth::{AuthError, hash_password};
pub use config::OrchestratorConfig;
pub use router::openapi;
pub use serve::{OrchestratorError, run};
