//! The races that the state model closes: each with two sessions, one of which is held open in the middle.

use faena_contract::{JobError, LeaseId, Verdict, WorkerId};
use faena_store::jobs::{Cancel, Finished, Recorded, cancel, finish, reap};
use sqlx::{Connection, Executor, PgConnection};

use crate::support::{Db, tests};

tests! {
    the_same_envelope_is_claimed_once,
    an_outcome_sent_twice_counts_once,
    a_cancel_that_comes_after_a_claim_asks_the_worker,
    a_claim_that_comes_after_a_cancel_finds_nothing,
    a_zombie_that_finishes_before_the_reaper_wins,
    a_zombie_that_finishes_after_the_reaper_is_refused,
    one_of_a_batch_that_was_requeued_is_dropped_alone,
    a_renewal_after_the_reaper_fails,
    a_claim_whose_answer_was_lost_is_answered_again,
}

fn done(id: faena_contract::JobId, lease: LeaseId, result: &str) -> Finished {
    let verdict = Verdict::Done(result.to_owned());
    Finished { id, lease, verdict, cpu: std::time::Duration::from_millis(1), memory_bytes: 1 << 16 }
}

/// A session as the worker role, in a transaction that stays open.
async fn open_session(db: &Db, role: &str) -> PgConnection {
    let mut session = db.database.superuser().await.unwrap();
    session.execute(sqlx::AssertSqlSafe(format!("SET ROLE {role}"))).await.unwrap();
    session.execute("BEGIN").await.unwrap();
    session
}

async fn the_same_envelope_is_claimed_once(db: Db) {
    let envelopes = db.sent(1).await;
    let job = envelopes[0].job;
    let mut first = open_session(&db, "faena_worker").await;
    let claimed = sqlx::query("SELECT * FROM claim($1, $2, interval '3 seconds', ARRAY[$3], ARRAY[1])")
        .bind(WorkerId::new().0)
        .bind(LeaseId::new().0)
        .bind(job.0)
        .fetch_all(&mut first)
        .await
        .unwrap();
    assert_eq!(claimed.len(), 1);
    let second = db.claim(WorkerId::new(), LeaseId::new(), &envelopes);
    let commit = async {
        db.until_blocked().await;
        first.execute("COMMIT").await.unwrap();
    };
    let (second, ()) = tokio::join!(second, commit);
    assert!(second.is_empty(), "the second claim waited for the first and found nothing");
    assert_eq!(db.count("SELECT count(*) FROM job_lease").await, 1);
    assert_eq!(db.count("SELECT attempts::bigint FROM job_live").await, 1);
    first.close().await.unwrap();
}

async fn an_outcome_sent_twice_counts_once(db: Db) {
    let (worker, lease) = (WorkerId::new(), LeaseId::new());
    let envelopes = db.sent(1).await;
    let job = db.claim(worker, lease, &envelopes).await.remove(0);
    let outcome = [done(job.id, lease, "{}")];
    let first = finish(&db.database.worker, worker, &[lease], &outcome).await.unwrap();
    assert_eq!(first, [Recorded { id: job.id, ended: true }]);
    // The answer of that commit was lost on the way: the worker sends it again.
    let second = finish(&db.database.worker, worker, &[lease], &outcome).await.unwrap();
    assert_eq!(second, []);
    assert_eq!(db.count("SELECT count(*) FROM job_outcome").await, 1);
    assert_eq!(db.count("SELECT count(*) FROM job_attempt").await, 1);
    assert_eq!(db.count("SELECT count(*) FROM job_live").await + db.count("SELECT count(*) FROM job_lease").await, 0);
}

async fn a_cancel_that_comes_after_a_claim_asks_the_worker(db: Db) {
    let (worker, lease) = (WorkerId::new(), LeaseId::new());
    let envelopes = db.sent(1).await;
    let mut claiming = open_session(&db, "faena_worker").await;
    sqlx::query("SELECT * FROM claim($1, $2, interval '3 seconds', ARRAY[$3], ARRAY[1])")
        .bind(worker.0)
        .bind(lease.0)
        .bind(envelopes[0].job.0)
        .fetch_all(&mut claiming)
        .await
        .unwrap();
    let cancelling = cancel(&db.database.api, &db.ana, envelopes[0].job);
    let commit = async {
        db.until_blocked().await;
        claiming.execute("COMMIT").await.unwrap();
    };
    let (answer, ()) = tokio::join!(cancelling, commit);
    assert_eq!(answer.unwrap(), Cancel::Requested);
    // The worker learns of it and ends the job; a retry would end it as well.
    let error = JobError { code: "X".to_owned(), message: "x".to_owned(), details: serde_json::Value::Null };
    let verdict = Verdict::RetryAfter(std::time::Duration::from_secs(1), error);
    let finished = Finished { verdict, ..done(envelopes[0].job, lease, "") };
    let recorded = finish(&db.database.worker, worker, &[lease], &[finished]).await.unwrap();
    assert_eq!(recorded, [Recorded { id: envelopes[0].job, ended: true }]);
    assert_eq!(db.count("SELECT state::bigint FROM job_outcome").await, 6);
}

async fn a_claim_that_comes_after_a_cancel_finds_nothing(db: Db) {
    let envelopes = db.sent(1).await;
    let mut cancelling = open_session(&db, "faena_api").await;
    sqlx::query("SELECT set_config('faena.organization_id', $1, true)")
        .bind(db.ana.organization.to_string())
        .execute(&mut cancelling)
        .await
        .unwrap();
    sqlx::query("SELECT lease FROM job_live WHERE id = $1 FOR UPDATE")
        .bind(envelopes[0].job.0)
        .fetch_one(&mut cancelling)
        .await
        .unwrap();
    sqlx::query("DELETE FROM job_live WHERE id = $1 AND lease IS NULL")
        .bind(envelopes[0].job.0)
        .execute(&mut cancelling)
        .await
        .unwrap();
    let claiming = db.claim(WorkerId::new(), LeaseId::new(), &envelopes);
    let commit = async {
        db.until_blocked().await;
        cancelling.execute("COMMIT").await.unwrap();
    };
    let (claimed, ()) = tokio::join!(claiming, commit);
    assert!(claimed.is_empty());
    assert_eq!(db.count("SELECT count(*) FROM job_lease").await, 0);
}

/// A lease that ran out while its worker was stopped.
async fn zombie(db: &Db) -> (WorkerId, LeaseId, faena_contract::JobId) {
    let (worker, lease) = (WorkerId::new(), LeaseId::new());
    let envelopes = db.sent(1).await;
    let job = db.claim(worker, lease, &envelopes).await.remove(0);
    db.expire(lease).await;
    (worker, lease, job.id)
}

async fn a_zombie_that_finishes_before_the_reaper_wins(db: Db) {
    let (worker, lease, job) = zombie(&db).await;
    let mut finishing = open_session(&db, "faena_worker").await;
    sqlx::query(
        "SELECT * FROM finish($1, '{}', ARRAY[$2], ARRAY[$3], ARRAY[4::smallint], ARRAY['done'], ARRAY[0::bigint], ARRAY[NULL],
         ARRAY[NULL], ARRAY[NULL], ARRAY['{}'], ARRAY[0::bigint], ARRAY[0::bigint])",
    )
    .bind(worker.0)
    .bind(job.0)
    .bind(lease.0)
    .fetch_all(&mut finishing)
    .await
    .unwrap();
    let reaping = reap(&db.database.dispatcher, 10);
    let commit = async {
        db.until_blocked().await;
        finishing.execute("COMMIT").await.unwrap();
    };
    let (reaped, ()) = tokio::join!(reaping, commit);
    let reaped = reaped.unwrap();
    assert_eq!((reaped.leases, reaped.released, reaped.ended.len()), (1, 0, 0));
    assert_eq!(db.count("SELECT state::bigint FROM job_outcome").await, 4);
    assert_eq!(db.count("SELECT count(*) FROM job_attempt").await, 1);
}

async fn a_zombie_that_finishes_after_the_reaper_is_refused(db: Db) {
    let (worker, lease, job) = zombie(&db).await;
    let reaped = reap(&db.database.dispatcher, 10).await.unwrap();
    assert_eq!((reaped.leases, reaped.released), (1, 1));
    let recorded = finish(&db.database.worker, worker, &[lease], &[done(job, lease, "{}")]).await.unwrap();
    assert_eq!(recorded, []);
    assert_eq!(db.count("SELECT count(*) FROM job_outcome").await, 0);
    assert_eq!(
        db.count("SELECT count(*) FROM job_live WHERE lease IS NULL AND sent_at IS NULL AND dispatch = 2").await,
        1
    );
    assert_eq!(db.count("SELECT count(*) FROM job_attempt WHERE verdict = 'worker_lost'").await, 1);
}

async fn one_of_a_batch_that_was_requeued_is_dropped_alone(db: Db) {
    let (worker, lease) = (WorkerId::new(), LeaseId::new());
    let envelopes = db.sent(3).await;
    let claimed = db.claim(worker, lease, &envelopes).await;
    assert_eq!(claimed.len(), 3);
    // The second job was taken away and runs elsewhere under another lease.
    let elsewhere = LeaseId::new();
    let mut root = db.database.superuser().await.unwrap();
    sqlx::query("UPDATE job_live SET lease = $1, dispatch = 3 WHERE id = $2")
        .bind(elsewhere.0)
        .bind(envelopes[1].job.0)
        .execute(&mut root)
        .await
        .unwrap();
    let outcomes: Vec<_> = envelopes.iter().map(|envelope| done(envelope.job, lease, "{}")).collect();
    let recorded = finish(&db.database.worker, worker, &[lease], &outcomes).await.unwrap();
    let mut ids: Vec<_> = recorded.iter().map(|recorded| recorded.id).collect();
    ids.sort();
    assert_eq!(ids, [envelopes[0].job, envelopes[2].job]);
    assert_eq!(db.count("SELECT count(*) FROM job_outcome").await, 2);
    let other = finish(&db.database.worker, worker, &[], &[done(envelopes[1].job, elsewhere, "{}")]).await.unwrap();
    assert_eq!(other.len(), 1);
}

async fn a_renewal_after_the_reaper_fails(db: Db) {
    let (worker, lease, _) = zombie(&db).await;
    let renewed = faena_store::jobs::renew(&db.database.worker, worker, crate::support::TTL, &[lease]).await.unwrap();
    assert_eq!(renewed, [], "a lease that ran out is lost even before the reaper comes");
    let healthy = LeaseId::new();
    let envelopes = db.sent(1).await;
    db.claim(worker, healthy, &envelopes).await;
    let renewed = faena_store::jobs::renew(&db.database.worker, worker, crate::support::TTL, &[lease, healthy]).await;
    assert_eq!(renewed.unwrap(), [healthy]);
}

async fn a_claim_whose_answer_was_lost_is_answered_again(db: Db) {
    let (worker, lease) = (WorkerId::new(), LeaseId::new());
    let envelopes = db.sent(2).await;
    assert_eq!(db.claim(worker, lease, &envelopes).await.len(), 2);
    let again = db.claim(worker, lease, &envelopes).await;
    assert_eq!(again.iter().map(|job| job.attempt).collect::<Vec<_>>(), [1, 1], "no attempt is counted twice");
    assert_eq!(db.count("SELECT count(*) FROM job_lease").await, 1);
    assert_eq!(db.claim(worker, LeaseId::new(), &envelopes).await.len(), 0);
}
