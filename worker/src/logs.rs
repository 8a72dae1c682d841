//! What running jobs say, kept in memory until `log_writer.rs` has written it. No guest ever waits for the database.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use chrono::Utc;
use faena_contract::{JobId, LeaseId, LogLevel, api};
use faena_host::{JobSink, LogLine, Progress};
use faena_store::jobs::{ClaimedJob, NewLogLine, NewProgress};
use metrics::counter;
use tokio::sync::mpsc::{self, UnboundedReceiver, UnboundedSender};
use tokio::sync::oneshot;

use crate::metric;

/// Most bytes of log lines that wait for the database. The lines of one attempt are limited by the host already.
const BUFFER_BYTES: usize = 64 << 20;
/// What a line costs in memory besides its text.
const LINE_BYTES: usize = 96;

/// What the writer is told.
pub(crate) enum Signal {
    /// A job that had nothing to be written has something now.
    Dirty(Arc<JobLog>),
    /// The attempt is over: write all of it and say when.
    Close(Arc<JobLog>, oneshot::Sender<()>),
}

/// The logs of all running jobs.
pub(crate) struct Logs {
    signals: UnboundedSender<Signal>,
    buffered: Arc<AtomicUsize>,
}

/// What one attempt has said and nobody has written yet.
pub(crate) struct JobLog {
    job: JobId,
    lease: LeaseId,
    dispatch: i32,
    signals: UnboundedSender<Signal>,
    buffered: Arc<AtomicUsize>,
    pending: Mutex<Pending>,
}

#[derive(Default)]
struct Pending {
    lines: Vec<NewLogLine>,
    progress: Option<Progress>,
    progress_written: Option<Instant>,
    /// Lines so far, the dropped ones not counted.
    lines_kept: u32,
    dropped: u64,
    /// The writer knows that there is something.
    dirty: bool,
}

/// What the writer takes out of a job's log at once.
#[derive(Default)]
pub(crate) struct Taken {
    pub(crate) lines: Vec<NewLogLine>,
    pub(crate) progress: Option<NewProgress>,
    /// A progress stayed behind because the last one was written a moment ago.
    pub(crate) more: bool,
}

impl Logs {
    pub(crate) fn new() -> (Self, UnboundedReceiver<Signal>) {
        // Bounded by other means: one signal for each job that turns dirty, and one for its end.
        let (signals, receiver) = mpsc::unbounded_channel();
        (Self { signals, buffered: Arc::default() }, receiver)
    }

    pub(crate) fn open(&self, job: &ClaimedJob) -> Arc<JobLog> {
        Arc::new(JobLog {
            job: job.id,
            lease: job.lease,
            dispatch: job.dispatch,
            signals: self.signals.clone(),
            buffered: Arc::clone(&self.buffered),
            pending: Mutex::default(),
        })
    }
}

impl JobLog {
    /// Returns when what the job said is written, or given up. Costs nothing for a job that said nothing.
    pub(crate) async fn close(self: &Arc<Self>) {
        if self.say_what_was_dropped() {
            let (done, written) = oneshot::channel();
            // Errors say that the writer is gone, and then there is nothing to wait for.
            let _ = self.signals.send(Signal::Close(Arc::clone(self), done));
            let _ = written.await;
        }
    }

    /// Adds a line about missing lines; false when there is nothing at all to write.
    fn say_what_was_dropped(&self) -> bool {
        let mut pending = self.lock();
        let dropped = std::mem::take(&mut pending.dropped);
        if dropped > 0 {
            let message = format!("{dropped} lines were dropped: the database did not take them in time");
            self.keep(&mut pending, LogLine { at: Utc::now(), level: LogLevel::Warn, message });
        }
        pending.dirty || !pending.lines.is_empty() || pending.progress.is_some()
    }

    /// Takes the lines, and the progress unless one was written after `written_before`.
    pub(crate) fn take(&self, written_before: Option<Instant>) -> Taken {
        let mut pending = self.lock();
        let lines = std::mem::take(&mut pending.lines);
        self.buffered.fetch_sub(lines.iter().map(size).sum(), Ordering::Relaxed);
        let too_soon = pending.progress_written.zip(written_before).is_some_and(|(last, limit)| last > limit);
        let progress = if too_soon { None } else { pending.progress.take() };
        if progress.is_some() {
            pending.progress_written = Some(Instant::now());
        }
        let more = pending.progress.is_some();
        pending.dirty = more;
        let report = |Progress { done, total, message }: Progress| NewProgress {
            lease: self.lease,
            job: self.job,
            progress: api::Progress { done, total, message },
        };
        Taken { lines, progress: progress.map(report), more }
    }

    fn keep(&self, pending: &mut Pending, line: LogLine) {
        let line = NewLogLine {
            lease: self.lease,
            job: self.job,
            dispatch: self.dispatch,
            number: pending.lines_kept,
            at: line.at,
            level: line.level,
            message: line.message,
        };
        self.buffered.fetch_add(size(&line), Ordering::Relaxed);
        pending.lines_kept += 1;
        pending.lines.push(line);
    }

    fn lock(&self) -> MutexGuard<'_, Pending> {
        // No code under the lock panics half way.
        self.pending.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Tells the writer once for all that is said until it looks.
fn is_news(pending: &mut Pending) -> bool {
    !std::mem::replace(&mut pending.dirty, true)
}

fn size(line: &NewLogLine) -> usize {
    line.message.len() + LINE_BYTES
}

/// The sink that the host writes to.
pub(crate) struct Sink(pub(crate) Arc<JobLog>);

impl JobSink for Sink {
    fn log(&self, line: LogLine) {
        let mut pending = self.0.lock();
        if self.0.buffered.load(Ordering::Relaxed) >= BUFFER_BYTES {
            pending.dropped += 1;
            counter!(metric::LOG_LINES_DROPPED).increment(1);
            return;
        }
        self.0.keep(&mut pending, line);
        self.tell(pending);
    }

    fn progress(&self, progress: Progress) {
        let mut pending = self.0.lock();
        pending.progress = Some(progress);
        self.tell(pending);
    }
}

impl Sink {
    fn tell(&self, mut pending: MutexGuard<'_, Pending>) {
        if is_news(&mut pending) {
            let _ = self.0.signals.send(Signal::Dirty(Arc::clone(&self.0)));
        }
    }
}
