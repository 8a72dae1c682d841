//! What the tests share: the probe, a way to call it, and a sink that remembers.

use std::path::Path;
use std::sync::{Arc, Mutex, OnceLock};

use faena_host::{Call, CallContext, CallEnd, Host, HostConfig, JobSink, Limits, LogLine, Module, Progress};
use tokio_util::sync::CancellationToken;

/// The bytes of the probe.
pub(crate) fn bytes() -> &'static [u8] {
    static BYTES: OnceLock<Vec<u8>> = OnceLock::new();
    BYTES.get_or_init(|| {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../modules/target/components/probe.wasm");
        std::fs::read(&path).unwrap_or_else(|error| panic!("{}: {error}; run deploy/build-modules.sh", path.display()))
    })
}

/// A host, shared by all tests; its modules and epochs belong to no runtime.
pub(crate) fn host() -> &'static Host {
    static HOST: OnceLock<Host> = OnceLock::new();
    HOST.get_or_init(|| Host::new(HostConfig::default()).unwrap())
}

pub(crate) async fn module() -> Arc<Module> {
    host().compile("probe", bytes()).await.unwrap()
}

/// Calls a job with the usual limits.
pub(crate) async fn run(job: &str, payload: &str) -> CallEnd {
    run_with(job, payload, Limits::default()).await
}

pub(crate) async fn run_with(job: &str, payload: &str, limits: Limits) -> CallEnd {
    host().run(&*module().await, Call { limits, ..call(job, payload) }).await
}

pub(crate) fn call(job: &str, payload: &str) -> Call {
    Call {
        job: job.to_owned(),
        payload: payload.to_owned(),
        context: context(1),
        limits: Limits::default(),
        sink: Arc::new(Recorder::default()),
        cancel: CancellationToken::new(),
    }
}

pub(crate) fn context(attempt: u32) -> CallContext {
    CallContext { job_id: "job-1".to_owned(), attempt, organization_id: "organization-1".to_owned() }
}

/// The message of the error that a call ended with, as `CODE: message`.
pub(crate) fn error_text(end: CallEnd) -> String {
    let error = end.result.unwrap_err().job_error().unwrap();
    format!("{}: {}", error.code, error.message)
}

/// Remembers what a job said.
#[derive(Default)]
pub(crate) struct Recorder {
    pub(crate) lines: Mutex<Vec<LogLine>>,
    pub(crate) progress: Mutex<Vec<Progress>>,
}

impl JobSink for Recorder {
    fn log(&self, line: LogLine) {
        self.lines.lock().unwrap().push(line);
    }

    fn progress(&self, progress: Progress) {
        self.progress.lock().unwrap().push(progress);
    }
}

/// Calls a function when the job logs its first line, which says that the job is under way.
pub(crate) struct OnLog<F>(pub(crate) F);

impl<F: Fn() + Send + Sync> JobSink for OnLog<F> {
    fn log(&self, _: LogLine) {
        (self.0)();
    }

    fn progress(&self, _: Progress) {}
}
