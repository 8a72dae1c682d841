//! What runs next, and how it gets to the queue.
//!
//! `tick` is the one place that decides (priority, then time, then id, in a bounded window); `gate` lets a submit pass
//! it by when nothing waits; `relay` carries what was decided to Redis, after the commit.

mod gate;
mod relay;
mod tick;
mod window;

pub(crate) use gate::Gate;
pub(crate) use relay::{Relay, RelayTask};
pub(crate) use tick::{Admission, Next};
