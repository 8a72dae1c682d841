//! Writes what jobs say: together, after at most 200 ms, and at once before the end of a job is recorded.

use std::sync::Arc;
use std::time::Duration;

use faena_store::jobs::{self, NewLogLine, NewProgress};
use faena_store::{StoreError, Worker};
use metrics::counter;
use tokio::sync::mpsc::UnboundedReceiver;
use tokio::sync::oneshot;
use tokio::time::{Instant, sleep_until};
use tracing::warn;

use crate::backoff::Backoff;
use crate::logs::{JobLog, Signal};
use crate::metric;

/// How long a line waits for company.
const WAIT: Duration = Duration::from_millis(200);
/// How often the progress of one job is written at most.
const PROGRESS_EVERY: Duration = Duration::from_millis(500);
/// Most lines in one statement.
const LINES: usize = 2_000;
/// Most signals that are looked at before writing.
const SIGNALS: usize = 1_000;
/// How often a statement is tried while the database does not answer; what it held is dropped then.
const TRIES: usize = 8;

/// The jobs that have something to write.
pub(crate) struct LogWriter {
    store: Worker,
    open: Vec<Arc<JobLog>>,
    closing: Vec<(Arc<JobLog>, oneshot::Sender<()>)>,
    /// When the open ones are written at the latest.
    due: Option<Instant>,
}

impl LogWriter {
    pub(crate) fn new(store: Worker) -> Self {
        Self { store, open: Vec::new(), closing: Vec::new(), due: None }
    }

    /// Until every log is dropped.
    pub(crate) async fn run(mut self, mut signals: UnboundedReceiver<Signal>) {
        let mut batch = Vec::new();
        loop {
            let due = self.due;
            let timer = async move {
                match due {
                    Some(due) => sleep_until(due).await,
                    None => std::future::pending().await,
                }
            };
            tokio::select! {
                biased;
                count = signals.recv_many(&mut batch, SIGNALS) => {
                    batch.drain(..).for_each(|signal| self.note(signal));
                    if count == 0 {
                        return self.write().await;
                    }
                    if !self.closing.is_empty() || due.is_some_and(|due| due <= Instant::now()) {
                        self.write().await;
                    }
                }
                () = timer => self.write().await,
            }
        }
    }

    fn note(&mut self, signal: Signal) {
        match signal {
            Signal::Dirty(log) => {
                self.open.push(log);
                self.due.get_or_insert_with(|| Instant::now() + WAIT);
            }
            Signal::Close(log, done) => self.closing.push((log, done)),
        }
    }

    /// Writes what there is, and tells those who wait for it.
    async fn write(&mut self) {
        let (mut lines, mut reports) = (Vec::new(), Vec::new());
        let written_before = std::time::Instant::now().checked_sub(PROGRESS_EVERY);
        let closing = std::mem::take(&mut self.closing);
        for (log, _) in &closing {
            let taken = log.take(None);
            lines.extend(taken.lines);
            reports.extend(taken.progress);
        }
        self.open.retain(|log| {
            let taken = log.take(written_before);
            lines.extend(taken.lines);
            reports.extend(taken.progress);
            taken.more
        });
        self.due = (!self.open.is_empty()).then(|| Instant::now() + WAIT);
        self.write_lines(&lines).await;
        self.write_progress(reports).await;
        for (_, done) in closing {
            // The attempt that waited is gone when its worker ends at once.
            let _ = done.send(());
        }
    }

    async fn write_lines(&self, lines: &[NewLogLine]) {
        for chunk in lines.chunks(LINES) {
            if let Err(error) = persist(|| jobs::append_logs(&self.store, chunk)).await {
                counter!(metric::LOG_LINES_DROPPED).increment(chunk.len() as u64);
                warn!(error = &error as &dyn std::error::Error, "dropped {} log lines of jobs: {error}", chunk.len());
            }
        }
    }

    /// Rows are locked in the order of the ids, as everywhere; a job has one entry.
    async fn write_progress(&self, mut reports: Vec<NewProgress>) {
        if reports.is_empty() {
            return;
        }
        reports.sort_by_key(|report| report.job);
        if let Err(error) = persist(|| jobs::report_progress(&self.store, &reports)).await {
            warn!(error = &error as &dyn std::error::Error, "dropped the progress of {} jobs: {error}", reports.len());
        }
    }
}

/// Tries a few times while the database does not answer.
async fn persist<F: Future<Output = Result<(), StoreError>>>(statement: impl Fn() -> F) -> Result<(), StoreError> {
    let mut backoff = Backoff::new();
    for _ in 1..TRIES {
        match statement().await {
            Err(error) if error.is_transient() || matches!(error, StoreError::Unavailable { .. }) => {
                backoff.pause().await;
            }
            answer => return answer,
        }
    }
    statement().await
}
