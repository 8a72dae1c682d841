//! What each statement of a job's life does, outside of races.

use std::time::Duration;

use faena_contract::{JobError, JobState, LeaseId, LogLevel, Verdict, WorkerId};
use faena_store::StoreError;
use faena_store::jobs::{
    Cancel, Filter, Finished, Idempotency, NewLogLine, Retry, Submission, SubmitJob, admit, append_logs, attempts,
    cancel, finish, forget_idempotency_keys, list, logs, read, reap, resume, retry, submit,
};

use crate::support::{Db, tests};

tests! {
    a_job_runs_from_submit_to_result,
    admission_goes_by_priority_then_time_then_id,
    an_envelope_that_was_lost_is_sent_again_and_the_old_one_is_void,
    a_retry_waits_for_its_delay_and_the_last_error_is_shown,
    a_repeated_request_gets_the_first_answer,
    a_unique_key_returns_the_living_job,
    a_module_that_is_off_parks_its_jobs_and_on_again_resumes_them,
    a_worker_that_dies_at_the_last_attempt_fails_the_job,
    a_person_runs_an_ended_job_again,
    a_job_handed_back_does_not_count_an_attempt,
    lists_are_narrowed_by_every_filter,
    old_idempotency_keys_are_forgotten,
}

const NOW: Duration = Duration::from_secs(2);

fn error(code: &str) -> JobError {
    JobError { code: code.to_owned(), message: "it failed".to_owned(), details: serde_json::json!({ "at": 1 }) }
}

async fn end(db: &Db, envelopes: &[faena_contract::Envelope], verdict: Verdict) {
    let (worker, lease) = (WorkerId::new(), LeaseId::new());
    let claimed = db.claim(worker, lease, envelopes).await;
    assert_eq!(claimed.len(), envelopes.len());
    let finished: Vec<_> = claimed
        .iter()
        .map(|job| Finished {
            id: job.id,
            lease,
            verdict: verdict.clone(),
            cpu: Duration::from_micros(1_500),
            memory_bytes: 4_096,
        })
        .collect();
    assert_eq!(finish(&db.database.worker, worker, &[lease], &finished).await.unwrap().len(), envelopes.len());
}

async fn a_job_runs_from_submit_to_result(db: Db) {
    let mut job = db.job();
    job.tags = vec!["mes:2026-05".to_owned()];
    db.submit(&db.ana, std::slice::from_ref(&job), false).await;
    let admitted = admit(&db.database.dispatcher, 10, NOW, None).await.unwrap();
    assert_eq!(admitted.envelopes.len(), 1);
    let (worker, lease) = (WorkerId::new(), LeaseId::new());
    let claimed = db.claim(worker, lease, &admitted.envelopes).await.remove(0);
    assert_eq!(
        (claimed.payload.as_str(), claimed.attempt, claimed.timeout),
        (r#"{"amount": 10.00}"#, 1, Duration::from_secs(1))
    );
    let line = NewLogLine {
        lease,
        job: job.id,
        dispatch: claimed.dispatch,
        number: 1,
        at: chrono::Utc::now(),
        level: LogLevel::Warn,
        message: "hola".to_owned(),
    };
    let stranger = NewLogLine { lease: LeaseId::new(), number: 2, ..line.clone() };
    append_logs(&db.database.worker, &[line, stranger]).await.unwrap();
    let result = Finished {
        id: job.id,
        lease,
        verdict: Verdict::Done(r#"{"total": 10.00}"#.to_owned()),
        cpu: Duration::from_micros(1_500),
        memory_bytes: 4_096,
    };
    finish(&db.database.worker, worker, &[lease], &[result]).await.unwrap();

    let found = read(&db.database.api, &db.ana, job.id).await.unwrap().unwrap();
    assert_eq!(found.status, JobState::Completed);
    assert_eq!(found.result.unwrap().get(), r#"{"total": 10.00}"#, "the number keeps its text");
    assert_eq!(found.payload.unwrap().get(), r#"{"amount": 10.00}"#);
    assert_eq!((found.version.as_deref(), found.tags, found.attempts), (Some("1.0.0"), job.tags, 1));
    let lines = logs(&db.database.api, &db.ana, job.id, 0, 10).await.unwrap();
    assert_eq!(
        lines.iter().map(|line| line.message.as_str()).collect::<Vec<_>>(),
        ["hola"],
        "a line under another lease is dropped"
    );
    assert_eq!(logs(&db.database.api, &db.ana, job.id, lines[0].seq, 10).await.unwrap().len(), 0);
    let history = attempts(&db.database.api, &db.ana, job.id).await.unwrap();
    assert_eq!((history[0].verdict.as_str(), history[0].cpu_ms), ("done", 1.5));
}

async fn admission_goes_by_priority_then_time_then_id(db: Db) {
    let minute = chrono::Duration::minutes(1);
    let at =
        |priority: i16, minutes: i32| SubmitJob { priority, run_at: chrono::Utc::now() + minute * minutes, ..db.job() };
    let (low, high, late, first) = (at(-5, 0), at(7, 0), at(100, 60), db.job());
    let second = db.job();
    db.submit(&db.ana, &[low.clone(), second.clone(), high.clone(), late.clone(), first.clone()], false).await;
    let admitted = admit(&db.database.dispatcher, 3, NOW, None).await.unwrap();
    let order: Vec<_> = admitted.envelopes.iter().map(|envelope| envelope.job).collect();
    assert_eq!(order[0], high.id);
    assert_eq!(order.len(), 3, "the window is bounded");
    assert_eq!(order[1..], [first.id, second.id], "ids break the tie of equal times");
    let due = (late.run_at - admitted.next_due.unwrap()).num_milliseconds().abs();
    assert!(due < 5, "the next one is due when it was asked for");
    let rest = admit(&db.database.dispatcher, 10, NOW, None).await.unwrap();
    assert_eq!(rest.envelopes.iter().map(|envelope| envelope.job).collect::<Vec<_>>(), [low.id]);
}

async fn an_envelope_that_was_lost_is_sent_again_and_the_old_one_is_void(db: Db) {
    let old = db.sent(1).await;
    assert_eq!(admit(&db.database.dispatcher, 10, NOW, None).await.unwrap().envelopes, []);
    let mut root = db.database.superuser().await.unwrap();
    let minute_ago = "UPDATE job_live SET sent_at = clock_timestamp() - interval '1 minute'";
    sqlx::query(minute_ago).execute(&mut root).await.unwrap();
    let before_it = Some((chrono::Utc::now() - chrono::Duration::minutes(2)).timestamp_millis());
    let queued = admit(&db.database.dispatcher, 10, NOW, before_it).await.unwrap();
    assert_eq!(queued.envelopes, [], "an older envelope is still in the queue, so this one is behind it");
    let again = admit(&db.database.dispatcher, 10, NOW, None).await.unwrap();
    assert_eq!(again.envelopes[0].dispatch, 2);
    assert_eq!(db.claim(WorkerId::new(), LeaseId::new(), &old).await.len(), 0);
    assert_eq!(db.claim(WorkerId::new(), LeaseId::new(), &again.envelopes).await.len(), 1);
}

async fn a_retry_waits_for_its_delay_and_the_last_error_is_shown(db: Db) {
    let envelopes = db.sent(1).await;
    end(&db, &envelopes, Verdict::RetryAfter(Duration::from_secs(3_600), error("NOT_YET"))).await;
    let found = read(&db.database.api, &db.ana, envelopes[0].job).await.unwrap().unwrap();
    assert_eq!((found.status, found.attempts), (JobState::Pending, 1));
    assert_eq!(found.error.unwrap(), error("NOT_YET"));
    assert_eq!(admit(&db.database.dispatcher, 10, NOW, None).await.unwrap().envelopes, []);
    assert_eq!(
        db.claim(WorkerId::new(), LeaseId::new(), &envelopes).await.len(),
        0,
        "a stale envelope does not jump the delay"
    );
}

async fn a_repeated_request_gets_the_first_answer(db: Db) {
    let (first, second) = (db.job(), db.job());
    let submission = |job: &SubmitJob, hash: u8| {
        let idempotency = Some(Idempotency { key: "k".to_owned(), request_hash: [hash; 32] });
        let jobs = vec![job.clone()];
        let (api, caller) = (db.database.api.clone(), db.ana.clone());
        async move {
            submit(&api, &Submission { caller: &caller, idempotency, traceparent: None, send_now: false, jobs: &jobs })
                .await
        }
    };
    let (one, two) = tokio::join!(submission(&first, 1), submission(&second, 1));
    assert_eq!(one.unwrap()[0].id, two.unwrap()[0].id, "two at the same moment accept one job");
    assert_eq!(db.count("SELECT count(*) FROM job").await, 1);
    let other = submission(&second, 2).await;
    assert!(matches!(other, Err(StoreError::IdempotencyMismatch)), "{other:?}");
}

async fn a_unique_key_returns_the_living_job(db: Db) {
    let keyed = || SubmitJob { unique_key: Some("cierre-2026-05".to_owned()), ..db.job() };
    let (one, two) = (keyed(), keyed());
    let first = db.submit(&db.ana, &[one.clone(), two], true).await;
    assert_eq!(first.iter().map(|job| (job.id, job.created)).collect::<Vec<_>>(), [(one.id, true), (one.id, false)]);
    let other = db.submit(&db.beto, &[keyed()], true).await;
    assert!(other[0].created, "the key is one organization's");
    end(&db, &[crate::support::envelope(&first[0])], Verdict::Done("{}".to_owned())).await;
    assert!(db.submit(&db.ana, &[keyed()], true).await[0].created, "the key is free once the job has ended");
}

async fn a_module_that_is_off_parks_its_jobs_and_on_again_resumes_them(db: Db) {
    let envelopes = db.sent(2).await;
    let mut root = db.database.superuser().await.unwrap();
    sqlx::query("UPDATE module_activation SET active = false").execute(&mut root).await.unwrap();
    assert_eq!(db.claim(WorkerId::new(), LeaseId::new(), &envelopes).await.len(), 0);
    let parked = read(&db.database.api, &db.ana, envelopes[0].job).await.unwrap().unwrap();
    assert_eq!(
        (parked.status, parked.waiting, parked.attempts),
        (JobState::Waiting, Some(faena_contract::WaitReason::Paused), 0)
    );
    assert_eq!(resume(&db.database.dispatcher, 10).await.unwrap(), 0);
    sqlx::query("UPDATE module_activation SET active = true WHERE module_id <> '00000000-0000-7000-8000-000000000002'")
        .execute(&mut root)
        .await
        .unwrap();
    assert_eq!(resume(&db.database.dispatcher, 10).await.unwrap(), 2);
    assert_eq!(admit(&db.database.dispatcher, 10, NOW, None).await.unwrap().envelopes.len(), 2);
}

async fn a_worker_that_dies_at_the_last_attempt_fails_the_job(db: Db) {
    let mut envelopes = db.sent(1).await;
    for attempt in 1..=2 {
        let lease = LeaseId::new();
        assert_eq!(db.claim(WorkerId::new(), lease, &envelopes).await.len(), 1, "attempt {attempt}");
        db.expire(lease).await;
        let reaped = reap(&db.database.dispatcher, 10).await.unwrap();
        assert_eq!((reaped.released, reaped.ended.len()), if attempt == 1 { (1, 0) } else { (0, 1) });
        envelopes = admit(&db.database.dispatcher, 10, NOW, None).await.unwrap().envelopes;
    }
    let failed =
        db.count("SELECT count(*) FROM job_outcome WHERE state = 5 AND error_code = 'FAE-0507' AND attempts = 2");
    assert_eq!(failed.await, 1);
    assert_eq!(db.count("SELECT count(*) FROM job_attempt WHERE verdict = 'worker_lost'").await, 2);
}

async fn a_person_runs_an_ended_job_again(db: Db) {
    let envelopes = db.sent(1).await;
    let job = envelopes[0].job;
    assert_eq!(retry(&db.database.api, &db.ana, job).await.unwrap(), Retry::NotEnded(JobState::Pending));
    end(&db, &envelopes, Verdict::Failed(error("BROKEN"))).await;
    assert_eq!(cancel(&db.database.api, &db.ana, job).await.unwrap(), Cancel::AlreadyEnded(JobState::Failed));
    assert_eq!(retry(&db.database.api, &db.beto, job).await.unwrap(), Retry::NotFound);
    assert_eq!(retry(&db.database.api, &db.ana, job).await.unwrap(), Retry::Pending);
    assert_eq!(
        db.claim(WorkerId::new(), LeaseId::new(), &envelopes).await.len(),
        0,
        "an envelope of the former life is void"
    );
    let again = admit(&db.database.dispatcher, 10, NOW, None).await.unwrap().envelopes;
    end(&db, &again, Verdict::Done("{}".to_owned())).await;
    let verdicts: Vec<_> =
        attempts(&db.database.api, &db.ana, job).await.unwrap().into_iter().map(|attempt| attempt.verdict).collect();
    assert_eq!(verdicts, ["failed", "done"]);
}

async fn a_job_handed_back_does_not_count_an_attempt(db: Db) {
    let envelopes = db.sent(1).await;
    end(&db, &envelopes, Verdict::HandedBack).await;
    assert_eq!(db.count("SELECT attempts::bigint FROM job_live WHERE lease IS NULL").await, 0);
    assert_eq!(admit(&db.database.dispatcher, 10, NOW, None).await.unwrap().envelopes.len(), 1);
}

async fn lists_are_narrowed_by_every_filter(db: Db) {
    let before = chrono::Utc::now();
    let tagged = SubmitJob { tags: vec!["vip".to_owned()], ..db.job() };
    db.submit(&db.ana, std::slice::from_ref(&tagged), false).await;
    let done = db.sent(2).await;
    end(&db, &done, Verdict::Done("{}".to_owned())).await;
    db.submit(&db.beto, &[db.job()], false).await;
    let count = async |filter: Filter| list(&db.database.api, &db.ana, &filter, 10).await.unwrap().len();
    assert_eq!(count(Filter::default()).await, 3);
    assert_eq!(count(Filter { state: Some(JobState::Completed), ..Filter::default() }).await, 2);
    assert_eq!(count(Filter { state: Some(JobState::Pending), ..Filter::default() }).await, 1);
    assert_eq!(count(Filter { state: Some(JobState::Running), ..Filter::default() }).await, 0);
    assert_eq!(count(Filter { tag: Some("vip".to_owned()), ..Filter::default() }).await, 1);
    assert_eq!(
        count(Filter { tag: Some("vip".to_owned()), state: Some(JobState::Failed), ..Filter::default() }).await,
        0
    );
    assert_eq!(count(Filter { module: Some("echo".to_owned()), ..Filter::default() }).await, 3);
    assert_eq!(count(Filter { module: Some("other".to_owned()), ..Filter::default() }).await, 0);
    assert_eq!(count(Filter { created_before: Some(before), ..Filter::default() }).await, 0);
    assert_eq!(count(Filter { created_after: Some(before), ..Filter::default() }).await, 3);
    let newest = list(&db.database.api, &db.ana, &Filter::default(), 1).await.unwrap();
    assert_eq!(count(Filter { before: Some(newest[0].id), ..Filter::default() }).await, 2);
}

async fn old_idempotency_keys_are_forgotten(db: Db) {
    let mut root = db.database.superuser().await.unwrap();
    for (key, days) in [("old", 2), ("new", 0)] {
        sqlx::query(
            "INSERT INTO idempotency_key (organization_id, key, request_hash, response, created_at)
                     VALUES ($1, $2, decode(repeat('00', 32), 'hex'), '[]', now() - make_interval(days => $3))",
        )
        .bind(db.ana.organization.0)
        .bind(key)
        .bind(days)
        .execute(&mut root)
        .await
        .unwrap();
    }
    assert_eq!(forget_idempotency_keys(&db.database.dispatcher, 10).await.unwrap(), 1);
    assert_eq!(db.count("SELECT count(*) FROM idempotency_key WHERE key = 'new'").await, 1);
}
