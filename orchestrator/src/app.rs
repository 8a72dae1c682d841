//! What every request and every loop shares.

use std::sync::Arc;

use faena_queue::{Events, Producer};
use faena_store::{Api, Authenticator, Dispatcher};
use faena_telemetry::Metrics;

use crate::admission::{Gate, Relay};
use crate::auth::{LoginThrottle, Passwords, Principals, TokenKeys};
use crate::jobs::{Catalog, Waiters};
use crate::reconcile::Wakers;

/// The parts of one orchestrator process.
pub(crate) struct App {
    pub(crate) api: Api,
    pub(crate) dispatcher: Dispatcher,
    pub(crate) authenticator: Authenticator,
    pub(crate) producer: Producer,
    pub(crate) events: Events,
    pub(crate) keys: TokenKeys,
    pub(crate) passwords: Passwords,
    pub(crate) logins: LoginThrottle,
    pub(crate) principals: Principals,
    pub(crate) catalog: Catalog,
    pub(crate) waiters: Waiters,
    pub(crate) gate: Gate,
    pub(crate) relay: Relay,
    pub(crate) wakers: Wakers,
    pub(crate) metrics: Metrics,
    pub(crate) dev_mode: bool,
}

pub(crate) type SharedApp = Arc<App>;
