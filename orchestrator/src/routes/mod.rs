//! HTTP handlers: each extracts, calls one use case and wraps. The list of them is `router.rs`.

pub(crate) mod audit;
pub(crate) mod auth;
pub(crate) mod health;
pub(crate) mod job_control;
pub(crate) mod job_reads;
pub(crate) mod jobs;
pub(crate) mod members;
pub(crate) mod modules;
pub(crate) mod organizations;
pub(crate) mod platform_modules;
pub(crate) mod tokens;
