//! The use cases of jobs: checking and submitting, and waiting for the end of one.

mod catalog;
mod check;
mod submit;
mod wait;

pub(crate) use catalog::Catalog;
pub(crate) use submit::{Request, submit_batch, submit_one};
pub(crate) use wait::{Waiters, Waiting};
