//! The queue against a real Redis: `redis-server` and `openssl` must be installed. Each test starts its own.
//!
//! Tests never sleep and hope: they wait for a condition, and fail at a deadline.
#![expect(clippy::unwrap_used, clippy::expect_used, reason = "a test fails by panicking, its helpers too")]

mod delivery;
mod events;
mod faults;
mod garbage;
mod harness;
mod server;
mod shutdown;
mod speed;
mod tls;
