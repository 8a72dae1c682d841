//! Sales commissions: a plan and the events of some periods go in, lines that explain themselves come out.
//!
//! Pure domain code: no clock, no network, no random numbers, no floats. The same payload gives the same text on any
//! machine. It depends on nothing of the platform but for `job`, which exports it.
//!
//! Where to start reading: [`calculate()`] is the pipeline, one named step after another.
//!
//! | module | what it answers |
//! | --- | --- |
//! | `plan` | what a plan may say, how it is read from JSON and what is refused |
//! | `event` | what can happen (payments, invoices, refunds, approvals...) and which deliveries are duplicates |
//! | `sale` | from events to sales and returns: what was sold, by whom, with which base, what came back |
//! | `timeline` | walks sales and returns in the order of time and keeps one book per period and currency |
//! | `rules` | what a sale earns: one file per kind of rule, then the split, then the cap |
//! | `clawback` | what a return takes back, in proportion or by recomputing the period |
//! | `posting` | approvals and closes: frozen lines, and adjustments instead of changes |
//! | `closing`, `draw`, `payout` | floors, draws and payouts, once all lines of a period stand |
//! | `trace` | the small grammar in which each line explains its amount |
//! | `money`, `period` | currencies with their decimals, rounding, splitting; calendar periods |
//! | `error` | every error code, with its message in English and Spanish |
//! | `job` | the job `calculate` of the module, over all of the above |
//!
//! **Invariants** (each has a property test): split lines add up to the deal; a replay gives the same lines; the order
//! of events never changes a total; the items of a payout add up to it; an approved line never changes; each trace
//! recomputes to its amount.

mod book;
mod calculate;
mod clawback;
mod closing;
mod draw;
mod error;
mod event;
mod job;
mod json;
mod money;
mod payout;
mod period;
mod plan;
mod posting;
mod result;
mod rules;
mod sale;
mod timeline;
mod trace;

pub use calculate::calculate;
pub use error::{CalculateError, Code};
pub use job::Jobs;
