//! What end-to-end tests and benchmarks share: a whole platform of its own, started by the real binary.
//!
//! Start at [`Platform::start`]. Nothing here is part of the product.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test harness fails by panicking"
)]

mod api;
mod package;
mod platform;
mod process;

pub use api::{Answer, Api};
pub use package::{probe_package, sign_package, workspace_file};
pub use platform::{Options, Platform, open_to_postgres};
pub use process::{Process, binary, descendants, eventually, is_alive, kill_9};
