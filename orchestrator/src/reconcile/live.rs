//! Live events from other processes.

use faena_queue::{Event, Notice};
use tokio_util::sync::CancellationToken;

use crate::app::SharedApp;

/// Passes events on to waiting requests, caches and loops until shutdown.
pub(super) async fn run(app: SharedApp, shutdown: CancellationToken) {
    let mut notices = app.events.subscribe();
    loop {
        let notice = tokio::select! {
            notice = notices.recv() => notice,
            () = shutdown.cancelled() => return,
        };
        let Some(notice) = notice else { return };
        match &notice {
            Notice::Event(Event::Admit) => app.wakers.admission.notify_one(),
            Notice::Event(Event::ModulesChanged) => app.catalog.clear(),
            // An install job may be among them; the tick is one look at rows that are INSTALLING.
            Notice::Event(Event::Finished { .. }) => app.wakers.installs.notify_one(),
            Notice::Event(Event::CancelRequested { .. }) => {}
            Notice::Resubscribed => {
                app.catalog.clear();
                app.wakers.admission.notify_one();
            }
        }
        app.waiters.notice(&notice);
    }
}
