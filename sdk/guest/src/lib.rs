//! What a module of Faena is written with. A module is a library that names its jobs:
//!
//! ```
//! use faena_sdk::{typed, Context, JobError};
//!
//! fn double(_: &Context, number: i64) -> Result<i64, JobError> {
//!     faena_sdk::info!("doubling {number}");
//!     number.checked_mul(2).ok_or_else(|| JobError::fail("TOO_LARGE", "the number is too large"))
//! }
//!
//! faena_sdk::export_jobs! {
//!     "double" => typed(double),
//! }
//! # fn main() {}
//! ```
//!
//! Its `Cargo.toml` has `crate-type = ["cdylib", "rlib"]`: the first becomes the component, the second lets its tests
//! run natively. On a native build [`log`], [`progress`], [`clock`] and [`random`] work without a host: lines go to
//! standard error, times and random numbers come from the machine.
//!
//! Start reading at [`export_jobs!`]; [`JobError`] says how a job ends that has no result.

#[doc(hidden)]
#[allow(missing_docs, reason = "generated")]
#[allow(clippy::all, reason = "generated")]
pub mod bindings {
    wit_bindgen::generate!({
        path: "../wit/v1",
        world: "job",
        pub_export_macro: true,
        export_macro_name: "__export_job",
        runtime_path: "crate::__rt",
    });
}

pub mod clock;
mod context;
mod error;
mod jobs;
pub mod log;
mod panics;
pub mod progress;
pub mod random;

#[doc(hidden)]
pub use wit_bindgen::rt as __rt;

pub use context::Context;
pub use error::{Failure, JobError};
pub use jobs::{Module, typed};
