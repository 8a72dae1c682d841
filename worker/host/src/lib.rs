//! The sandbox: runs one job of a module, inside its limits. The only user of wasmtime; knows neither the database nor
//! the queue, and nothing of manifests and grants beyond the limits that it is told to enforce.
//!
//! Two calls are all there is. [`Host::compile`] turns a component into a [`Module`], once per digest. [`Host::run`] calls
//! it in an instance of its own, which is thrown away afterwards, and says in a [`CallEnd`] how that went.
//!
//! Start reading at `run.rs`, the life of one call. `abi.rs` lists what a module can import. What stops a module is in
//! `limiter.rs` (memory), `meter.rs` (CPU time, and that no module blocks a thread) and `log_quota.rs`; `trap.rs` turns
//! what wasmtime says into what a person can read.
//!
//! **No guest and no host function can end the process or another job**: a trap, a panic and an endless loop all end as
//! a [`CallError`] of their own call.

mod abi;
mod call;
mod compile;
mod config;
mod engine;
mod error;
mod limiter;
mod log_quota;
mod meter;
mod module;
mod run;
mod sink;
mod state;
mod text;
mod trap;

pub use call::{Call, CallContext, CallEnd, CallError, Limits, ModuleError, Usage};
pub use compile::Host;
pub use config::HostConfig;
pub use error::HostError;
pub use module::Module;
pub use sink::{JobSink, LogLine, Progress};
