//! Private PostgreSQL and Redis servers, started from the installed binaries: what `faena up` runs on, and what the
//! tests run on. It knows nothing of the rest of Faena and needs no client library of either server.
//!
//! Start reading at [`Postgres::start`] and [`Redis::start`]. Beneath them: `home` (the folder of one server: its lock,
//! password, port and log), `server` (the running child), `spawn` (why children do not outlive us) and `process` (how a
//! leftover of a killed Faena is told from an innocent process with the same pid).
//!
//! Everything here blocks; asynchronous code calls it through `spawn_blocking`. The exceptions are the cheap ones:
//! `url`, `pid` and `is_running`, which a supervisor polls. Linux only.
//!
//! Invariants: passwords are random, live in files that only their owner can read, and are in no log, error or command
//! line. One process at a time owns a data folder. No server is signalled that was not started for that folder.

mod error;
mod home;
mod port;
mod postgres;
mod process;
mod programs;
mod redis;
mod server;
mod spawn;
mod sys;
mod test_services;
mod user;

pub use error::ServiceError;
pub use port::free_port;
pub use postgres::{Postgres, PostgresConfig};
pub use process::ProcessId;
pub use redis::{Redis, RedisConfig};
pub use sys::{SIGKILL, SIGTERM, effective_uid, send_signal};
pub use test_services::TestServices;
