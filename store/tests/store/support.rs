//! A server, a database a test, and short ways to put things into it.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use chrono::Utc;
use faena_contract::{Envelope, JobId, LeaseId, ModuleId, OrganizationId, UserId, WorkerId};
use faena_services::TestServices;
use faena_store::Caller;
use faena_store::jobs::{Accepted, ClaimedJob, Submission, SubmitJob, claim, submit};
use faena_store::testing::TestDatabase;
use serde_json::value::RawValue;
use sqlx::PgConnection;
use uuid::Uuid;

pub(crate) type Test = fn(Db) -> Pin<Box<dyn Future<Output = ()>>>;

/// A list of tests: each `async fn` by its own name.
macro_rules! tests {
    ($($name:ident),* $(,)?) => {
        pub(crate) const TESTS: &[(&str, crate::support::Test)] = &[
            $((concat!(module_path!(), "::", stringify!($name)), |db| Box::pin($name(db))),)*
        ];
    };
}
pub(crate) use tests;

/// The server that all tests share. Stopped when the last test drops it.
#[derive(Clone)]
pub(crate) struct Server(Arc<Inner>);

struct Inner {
    services: TestServices,
    databases: AtomicU32,
}

impl Server {
    pub(crate) fn start() -> Self {
        let services = TestServices::start().expect("PostgreSQL and Redis are installed");
        Self(Arc::new(Inner { services, databases: AtomicU32::new(0) }))
    }

    pub(crate) fn run(&self, name: &str, test: Test) {
        let runtime = tokio::runtime::Runtime::new().expect("a runtime");
        let number = self.0.databases.fetch_add(1, Ordering::Relaxed);
        let url = self.0.services.postgres.superuser_url();
        runtime.block_on(async {
            let database = TestDatabase::create(&url, &format!("t{number}")).await;
            test(Db::new(database.unwrap_or_else(|error| panic!("{name}: {error:?}"))).await).await;
        });
    }
}

/// The database of a test, with one module `echo`, two organizations with a user each, and both switched on.
pub(crate) struct Db {
    pub(crate) database: TestDatabase,
    pub(crate) module: ModuleId,
    pub(crate) ana: Caller,
    pub(crate) beto: Caller,
}

pub(crate) const TTL: Duration = Duration::from_secs(3);

impl Db {
    async fn new(database: TestDatabase) -> Self {
        let mut root = database.superuser().await.unwrap();
        let module = ModuleId::new();
        let version = Uuid::now_v7();
        let digest = format!("sha256:{}", "a".repeat(64));
        sqlx::raw_sql(sqlx::AssertSqlSafe(format!(
            "INSERT INTO signing_key (id, public_key, is_development) VALUES ('{key}', decode(repeat('11', 32), 'hex'), true);
             INSERT INTO module (id, name, state) VALUES ('{module}', 'echo', 1);
             INSERT INTO module_version (id, module_id, version, digest, component_digest, manifest, key_id)
                 VALUES ('{version}', '{module}', '1.0.0', '{digest}', '{digest}', '{{}}', '{key}');
             UPDATE module SET state = 3, active_version_id = '{version}' WHERE id = '{module}';",
            key = "a".repeat(16)
        )))
        .execute(&mut root)
        .await
        .unwrap();
        let ana = organization(&mut root, module, "ana").await;
        let beto = organization(&mut root, module, "beto").await;
        Self { database, module, ana, beto }
    }

    /// A job of the module that is due now.
    pub(crate) fn job(&self) -> SubmitJob {
        SubmitJob {
            id: JobId::new(),
            module: self.module,
            job: "echo".to_owned(),
            payload: RawValue::from_string(r#"{"amount": 10.00}"#.to_owned()).unwrap().into(),
            tags: Vec::new(),
            priority: 0,
            run_at: Utc::now(),
            timeout_ms: 1_000,
            max_attempts: 2,
            unique_key: None,
        }
    }

    /// Submits jobs of Ana's organization as already sent.
    pub(crate) async fn sent(&self, count: usize) -> Vec<Envelope> {
        let jobs: Vec<_> = (0..count).map(|_| self.job()).collect();
        self.submit(&self.ana, &jobs, true).await.iter().map(envelope).collect()
    }

    pub(crate) async fn submit(&self, caller: &Caller, jobs: &[SubmitJob], send_now: bool) -> Vec<Accepted> {
        let submission = Submission { caller, idempotency: None, traceparent: None, send_now, jobs };
        submit(&self.database.api, &submission).await.unwrap()
    }

    pub(crate) async fn claim(&self, worker: WorkerId, lease: LeaseId, envelopes: &[Envelope]) -> Vec<ClaimedJob> {
        claim(&self.database.worker, worker, lease, TTL, envelopes).await.unwrap()
    }

    /// Lets a lease run out.
    pub(crate) async fn expire(&self, lease: LeaseId) {
        let mut root = self.database.superuser().await.unwrap();
        sqlx::query("UPDATE job_lease SET until = clock_timestamp() - interval '1 second' WHERE id = $1")
            .bind(lease.0)
            .execute(&mut root)
            .await
            .unwrap();
    }

    /// One number from the whole database.
    pub(crate) async fn count(&self, query: &'static str) -> i64 {
        let mut root = self.database.superuser().await.unwrap();
        sqlx::query_scalar(query).fetch_one(&mut root).await.unwrap()
    }

    /// Waits until a session of this database waits for a lock.
    pub(crate) async fn until_blocked(&self) {
        let query =
            "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'";
        for _ in 0..2_000 {
            if self.count(query).await > 0 {
                return;
            }
            tokio::task::yield_now().await;
        }
        panic!("nobody waits for a lock");
    }
}

async fn organization(root: &mut PgConnection, module: ModuleId, name: &str) -> Caller {
    let (organization, user) = (OrganizationId::new(), UserId::new());
    sqlx::raw_sql(sqlx::AssertSqlSafe(format!(
        "INSERT INTO organization (id, slug, name) VALUES ('{organization}', '{name}', '{name}');
         INSERT INTO app_user (id, email, display_name, password_hash) VALUES ('{user}', '{name}@example.mx', '{name}', '$argon2id$none');
         INSERT INTO member (organization_id, user_id, role) VALUES ('{organization}', '{user}', 'owner');
         INSERT INTO module_activation (organization_id, module_id, active) VALUES ('{organization}', '{module}', true);"
    )))
    .execute(root)
    .await
    .unwrap();
    Caller { organization, user, token: None, actor: format!("{name}@example.mx"), ip: None }
}

/// The first envelope of a job that was sent when it was submitted.
pub(crate) fn envelope(accepted: &Accepted) -> Envelope {
    Envelope { job: accepted.id, dispatch: 1, sent_at_ms: accepted.sent_at_ms.unwrap_or(0), traceparent: None }
}
