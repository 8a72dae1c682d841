//! An installation without an orchestrator: a database, a queue, the probe, and the few calls an orchestrator makes.

use std::net::SocketAddr;
use std::path::Path;
use std::sync::{Arc, Weak};
use std::time::{Duration, Instant};

use chrono::Utc;
use faena_contract::api::{self, Attempt};
use faena_contract::{Envelope, JobId, JobState, ModuleId, PLATFORM_ORGANIZATION};
use faena_manifest::Digest;
use faena_queue::{Events, Link, Producer, QueueConfig};
use faena_services::TestServices;
use faena_store::identity::{Bootstrap, bootstrap};
use faena_store::jobs::{self, Submission, SubmitJob};
use faena_store::modules::{self, Begin, NewVersion, SigningKey};
use faena_store::testing::TestDatabase;
use faena_store::{Caller, RoleUrls};
use serde_json::value::RawValue;
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::sync::{Mutex, oneshot};
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

use crate::worker::start_and_stop;
use crate::{WorkerConfig, WorkerError};

const DEADLINE: Duration = Duration::from_secs(60);
const KEY: &str = "0123456789abcdef";
const JOBS: &[&str] = &["echo", "noop", "sleep", "log", "progress", "fail", "retry", "panic", "spin"];

pub(super) struct Site {
    pub(super) database: TestDatabase,
    pub(super) caller: Caller,
    queue: QueueConfig,
    pub(super) events: Events,
    producer: Producer,
    _services: Arc<TestServices>,
}

pub(super) struct TestWorker {
    pub(super) address: SocketAddr,
    shutdown: CancellationToken,
    end: JoinHandle<Result<(), WorkerError>>,
}

/// The servers are shared by the tests that run at the same time, and end with the last of them.
static SERVICES: Mutex<Weak<TestServices>> = Mutex::const_new(Weak::new());

impl Site {
    /// A site of its own for the test of this name, with the probe published and the modules' key trusted.
    pub(super) async fn start(name: &str) -> Self {
        let mut shared = SERVICES.lock().await;
        let services = match shared.upgrade() {
            Some(services) => services,
            None => Arc::new(tokio::task::spawn_blocking(TestServices::start).await.unwrap().unwrap()),
        };
        *shared = Arc::downgrade(&services);
        let database = TestDatabase::create(&services.postgres.superuser_url(), name).await.unwrap();
        drop(shared);
        let queue = QueueConfig { namespace: name.to_owned(), ..QueueConfig::new(services.redis.url()) };
        let link = Link::open(&queue).unwrap();
        let caller = first_user(&database).await;
        let key = SigningKey { id: KEY.to_owned(), public_key: vec![7; 32], module_prefix: None, is_development: true };
        modules::trust_key(&database.api, &caller, &key).await.unwrap();
        let (events, producer) = (Events::new(link.clone()), Producer::new(link));
        let site = Self { database, caller, queue, events, producer, _services: services };
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../modules/target/components/probe.wasm");
        let probe =
            std::fs::read(&path).unwrap_or_else(|error| panic!("{}: {error}; run make modules", path.display()));
        site.publish("probe", &probe).await;
        site
    }

    /// The same with a worker, on which the probe is installed and switched on.
    pub(super) async fn with_probe(name: &str) -> (Self, TestWorker) {
        let site = Self::start(name).await;
        let worker = site.worker(|_| {}).await;
        assert_eq!(site.install("probe").await.status, JobState::Completed);
        assert!(modules::set_activation(&site.database.api, &site.caller, "probe", true).await.unwrap());
        (site, worker)
    }

    pub(super) async fn publish(&self, name: &str, component: &[u8]) {
        let jobs: Vec<Value> =
            JOBS.iter().map(|job| json!({ "name": job, "description": "", "input_schema": {} })).collect();
        let module = json!({ "name": name, "version": "0.1.0", "description": "", "abi": "^1.0" });
        let digest = Digest::of(component);
        let new = NewVersion {
            name,
            version: &semver::Version::new(0, 1, 0),
            digest: digest.as_str(),
            component_digest: digest.as_str(),
            manifest: &json!({ "module": module, "jobs": jobs }).to_string(),
            key_id: KEY,
            package: component,
            component,
        };
        modules::publish(&self.database.api, &self.caller, &new).await.unwrap();
    }

    /// Lets a worker install a module, and returns the job that did it.
    pub(super) async fn install(&self, name: &str) -> api::Job {
        let platform = Caller { organization: PLATFORM_ORGANIZATION, ..self.caller.clone() };
        let begin = modules::begin_install(&self.database.api, &platform, name, None).await.unwrap();
        let Begin::Installing(accepted) = begin else { panic!("{begin:?}") };
        let job = self.outcome_for(&platform, accepted.id).await;
        assert_eq!(modules::settle_installs(&self.database.dispatcher).await.unwrap(), 1);
        job
    }

    pub(super) async fn worker(&self, change: impl FnOnce(&mut WorkerConfig)) -> TestWorker {
        let (on_ready, ready) = oneshot::channel();
        let mut config = WorkerConfig::new(RoleUrls::shared(&self.database.url), self.queue.clone());
        config.on_ready = Some(on_ready);
        change(&mut config);
        let shutdown = CancellationToken::new();
        let end = tokio::spawn(start_and_stop(config, shutdown.clone()));
        TestWorker { address: ready.await.unwrap(), shutdown, end }
    }

    /// Submits jobs of the probe, sent at once.
    pub(super) async fn submit(&self, job: &str, payloads: &[Value], max_attempts: i16) -> Vec<JobId> {
        let module = self.probe().await;
        let new = |payload: &Value| SubmitJob {
            id: JobId::new(),
            module,
            job: job.to_owned(),
            payload: RawValue::from_string(payload.to_string()).unwrap().into(),
            tags: Vec::new(),
            priority: 0,
            run_at: Utc::now() - Duration::from_secs(60),
            timeout_ms: 120_000,
            max_attempts,
            unique_key: None,
        };
        let jobs: Vec<SubmitJob> = payloads.iter().map(new).collect();
        let submission =
            Submission { caller: &self.caller, idempotency: None, traceparent: None, send_now: true, jobs: &jobs };
        let accepted = jobs::submit(&self.database.api, &submission).await.unwrap();
        let envelopes: Vec<Envelope> = accepted
            .iter()
            .map(|job| Envelope { job: job.id, dispatch: 1, sent_at_ms: job.sent_at_ms.unwrap(), traceparent: None })
            .collect();
        self.producer.push(&envelopes).await.unwrap();
        accepted.iter().map(|job| job.id).collect()
    }

    async fn probe(&self) -> ModuleId {
        modules::catalog_entry(&self.database.api, &self.caller, "probe").await.unwrap().unwrap().module
    }

    pub(super) async fn read(&self, job: JobId) -> api::Job {
        jobs::read(&self.database.api, &self.caller, job).await.unwrap().unwrap()
    }

    pub(super) async fn attempts(&self, job: JobId) -> Vec<Attempt> {
        jobs::attempts(&self.database.api, &self.caller, job).await.unwrap()
    }

    pub(super) async fn log(&self, job: JobId) -> Vec<String> {
        let lines = jobs::logs(&self.database.api, &self.caller, job, -1, 100).await.unwrap();
        lines.into_iter().map(|line| line.message).collect()
    }

    /// The job once it has ended. Sends what is due meanwhile, as the orchestrator does.
    pub(super) async fn outcome(&self, job: JobId) -> api::Job {
        self.outcome_for(&self.caller, job).await
    }

    async fn outcome_for(&self, caller: &Caller, job: JobId) -> api::Job {
        eventually("the job ends", async || {
            self.relay().await;
            let job = jobs::read(&self.database.api, caller, job).await.unwrap().unwrap();
            Some(job).filter(|job| job.status.is_final())
        })
        .await
    }

    pub(super) async fn relay(&self) {
        let admitted = jobs::admit(&self.database.dispatcher, 100, Duration::from_secs(600), None).await.unwrap();
        self.producer.push(&admitted.envelopes).await.unwrap();
    }

    /// Waits until the job says that it sleeps.
    pub(super) async fn sleeping(&self, job: JobId) {
        eventually("the job says that it sleeps", async || {
            self.log(job).await.contains(&"sleeping".to_owned()).then_some(())
        })
        .await;
    }
}

impl TestWorker {
    pub(super) async fn stop(self) {
        self.shutdown.cancel();
        tokio::time::timeout(DEADLINE, self.end).await.expect("an end in time").unwrap().unwrap();
    }

    /// Status and body of a GET.
    pub(super) async fn get(&self, path: &str) -> (u16, String) {
        let mut stream = TcpStream::connect(self.address).await.unwrap();
        let request = format!("GET {path} HTTP/1.1\r\nhost: worker\r\nconnection: close\r\n\r\n");
        stream.write_all(request.as_bytes()).await.unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).await.unwrap();
        let (head, body) = answer.split_once("\r\n\r\n").unwrap();
        (head.split(' ').nth(1).unwrap().parse().unwrap(), body.to_owned())
    }
}

async fn first_user(database: &TestDatabase) -> Caller {
    let first = Bootstrap { email: "ana@example.com", password_hash: "$argon2id$none", slug: "acme", name: "Acme" };
    let (user, organization) = bootstrap(&database.url, &first).await.unwrap().unwrap();
    Caller { organization, user, token: None, actor: first.email.to_owned(), ip: None }
}

/// Looks until there is an answer.
pub(super) async fn eventually<T>(what: &str, look: impl AsyncFn() -> Option<T>) -> T {
    let began = Instant::now();
    loop {
        if let Some(found) = look().await {
            return found;
        }
        assert!(began.elapsed() < DEADLINE, "never happened: {what}");
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}
