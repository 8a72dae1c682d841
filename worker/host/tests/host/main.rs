//! The sandbox against the probe, a component whose jobs behave in every good and bad way (`tests/modules/probe`).
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "a test fails by panicking")]

mod compiling;
mod endings;
mod limits;
mod living_together;
mod probe;
