//! Transport of envelopes, wake-ups and live events; the only user of apalis and Redis.
//!
//! PostgreSQL is the truth. Whatever is in Redis may vanish at any moment, and nothing is lost by it: an envelope that
//! was sent and never claimed is sent again by the orchestrator, which compares [`QueueStatus::oldest_sent_at_ms`] with
//! what it sent. That is why this crate can keep Redis down to **one list and two channels a namespace**: there are no
//! acknowledgements, no in-flight sets, no keys per job, no scripts, and therefore nothing that grows.
//!
//! # Where to start reading
//! - [`Link`] (`link.rs`): the connection that everything here shares, and the one place where a Redis error is counted,
//!   logged (once, when the state changes) and cured.
//! - [`Producer`] (`producer.rs`): send envelopes, ask how deep the list is.
//! - [`Consumer`] (`consumer.rs`): take envelopes for free slots. Below it, in the order a delivery travels:
//!   `supervise.rs` (restart apalis' worker should it end), `worker.rs` (build and stop it), `backend.rs` (what apalis
//!   polls), `gate.rs` (when to look next), `persistence.rs` (reserve slots, pop), `handover.rs` (into the worker's intake).
//! - [`Events`] (`events.rs`): publish and subscribe to live events, over `subscription.rs`.
//! - `envelope_list.rs`: the only file that knows Redis commands on the list.
//!
//! # What is used of apalis, and what is not
//! `apalis-core` drives consumption: its `Worker`, its tower services, `Backend`, `Persistence` and `Persisted`. Of
//! `apalis-redis` 1.0.0 only the client types it re-exports are sound to use here (`Client`, `ConnectionManager`,
//! `RedisError`), which also keeps one `redis` in the tree. Its storage is not: more than 7,999 due jobs wedge it, any
//! Redis error ends its worker, prefetched tasks run twice, a push wakes nobody and its keys are never deleted. Its
//! `connect` helper keeps a response time-out of 500 ms, so the connection is configured in `link.rs`.
//!
//! # Invariants
//! - **No Redis error reaches apalis**: the error type of the `Persistence` here is `Infallible`.
//! - **Nothing is popped without a slot**: permits are taken before the pop and travel with what was popped.
//! - **No password is in an error, a log or a `Debug` output**: URLs pass through `redact` first.

mod backend;
mod backoff;
mod config;
mod consumer;
mod delivery;
mod envelope_list;
mod error;
mod events;
mod gate;
mod handover;
mod health;
mod link;
mod metric;
mod persistence;
mod producer;
mod redis_url;
mod slots;
mod subscription;
mod supervise;
mod worker;

pub use config::{DEFAULT_NAMESPACE, QueueConfig};
pub use consumer::Consumer;
pub use delivery::Delivery;
pub use envelope_list::QueueStatus;
pub use error::QueueError;
pub use events::{Event, EventStream, Events, Notice};
pub use health::QueueHealth;
pub use link::Link;
pub use producer::Producer;
pub use redis_url::redact;
