//! People who changed their mind: a live event says so at once, a look into the database makes up for lost events.

use std::sync::Arc;

use faena_contract::WorkerId;
use faena_queue::{Event, Events, Notice};
use faena_store::{Worker, jobs};
use tracing::debug;

use crate::leases::Leases;

/// Listens until the events end.
pub(crate) async fn watch(events: Events, store: Worker, me: WorkerId, leases: Arc<Leases>) {
    let mut notices = events.subscribe();
    while let Some(notice) = notices.recv().await {
        match notice {
            Notice::Event(Event::CancelRequested { job }) => leases.cancel(job),
            Notice::Event(Event::Finished { .. } | Event::Admit | Event::ModulesChanged) => {}
            Notice::Resubscribed => poll(&store, me, &leases).await,
        }
    }
}

/// Looks once for running jobs that somebody cancelled.
pub(crate) async fn poll(store: &Worker, me: WorkerId, leases: &Leases) {
    let ids = leases.ids();
    if ids.is_empty() {
        return;
    }
    match jobs::cancel_requests(store, me, &ids).await {
        Ok(jobs) => jobs.into_iter().for_each(|job| leases.cancel(job)),
        // The next look is two seconds away, and the renewals report a database that is gone.
        Err(error) => debug!(error = &error as &dyn std::error::Error, "cannot look for cancelled jobs: {error}"),
    }
}
