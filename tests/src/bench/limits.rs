//! What the platform is made of, each alone.

use std::sync::Arc;
use std::time::{Duration, Instant};

use faena_contract::{Envelope, JobId};
use faena_host::{Call, CallContext, Host, HostConfig, JobSink, Limits, LogLine, Progress};
use faena_queue::{Consumer, Link, Producer, QueueConfig};
use faena_tests::{Platform, workspace_file};
use sqlx::Connection;
use tokio::sync::{Semaphore, mpsc};
use tokio_util::sync::CancellationToken;

/// Commits of one row each.
pub(crate) struct Commits {
    pub(crate) p50_ms: f64,
    pub(crate) per_second: f64,
}

/// Inserts of one row on the platform's own PostgreSQL while nothing else runs.
pub(crate) async fn bare_commit(platform: &Platform) -> Commits {
    let mut root = platform.superuser().await;
    sqlx::raw_sql("CREATE TABLE public.bench (id bigserial PRIMARY KEY, payload text)")
        .execute(&mut root)
        .await
        .unwrap();
    let insert = "INSERT INTO public.bench (payload) VALUES (repeat('x', 200))";
    let mut times = Vec::new();
    for _ in 0..1_000 {
        let started = Instant::now();
        sqlx::query(insert).execute(&mut root).await.unwrap();
        times.push(started.elapsed().as_secs_f64() * 1000.0);
    }
    times.sort_by(f64::total_cmp);
    let mut sessions = tokio::task::JoinSet::new();
    let started = Instant::now();
    for _ in 0..16 {
        let mut session = platform.superuser().await;
        sessions.spawn(async move {
            for _ in 0..500 {
                sqlx::query(insert).execute(&mut session).await.unwrap();
            }
            session.close().await.unwrap();
        });
    }
    sessions.join_all().await;
    Commits { p50_ms: times[times.len() / 2], per_second: 8_000.0 / started.elapsed().as_secs_f64() }
}

struct Nobody;

impl JobSink for Nobody {
    fn log(&self, _: LogLine) {}
    fn progress(&self, _: Progress) {}
}

/// Microseconds of one fresh instance with one call of a job that does nothing.
pub(crate) async fn bare_wasm() -> f64 {
    let host = Host::new(HostConfig::default()).unwrap();
    let component =
        std::fs::read(workspace_file("modules/target/components/probe.wasm")).expect("`make modules` builds it");
    let module = host.compile("bench", &component).await.unwrap();
    let rounds = 5_000;
    let mut started = Instant::now();
    for round in 0..rounds + 500 {
        if round == 500 {
            started = Instant::now();
        }
        let call = Call {
            job: "noop".to_owned(),
            payload: "{}".to_owned(),
            context: CallContext { job_id: String::new(), attempt: 1, organization_id: String::new() },
            limits: Limits::default(),
            sink: Arc::new(Nobody),
            cancel: CancellationToken::new(),
        };
        assert!(host.run(&module, call).await.result.is_ok());
    }
    started.elapsed().as_secs_f64() * 1e6 / f64::from(rounds)
}

/// Envelopes a second through the platform's own Redis, pushed in batches and taken by a consumer of ours.
pub(crate) async fn bare_queue(platform: &Platform) -> f64 {
    let mut config = QueueConfig::new(platform.client["redis_url"].as_str().unwrap());
    config.namespace = "faena:bench".to_owned();
    let link = Link::open(&config).unwrap();
    let producer = Producer::new(link.clone());
    let (sender, mut deliveries) = mpsc::channel(1_000);
    let shutdown = CancellationToken::new();
    let consumer = tokio::spawn(Consumer::new(link, Arc::new(Semaphore::new(1_000)), sender).run(shutdown.clone()));
    let envelope = || Envelope { job: JobId::new(), dispatch: 1, sent_at_ms: 0, traceparent: None };
    let total = 50_000;
    let started = Instant::now();
    let push = async {
        for _ in 0..total / 500 {
            let batch: Vec<Envelope> = (0..500).map(|_| envelope()).collect();
            producer.push(&batch).await.unwrap();
        }
    };
    let take = async {
        for _ in 0..total {
            tokio::time::timeout(Duration::from_secs(30), deliveries.recv()).await.expect("a delivery").unwrap();
        }
    };
    tokio::join!(push, take);
    let seconds = started.elapsed().as_secs_f64();
    shutdown.cancel();
    let _ = consumer.await;
    f64::from(total) / seconds
}
