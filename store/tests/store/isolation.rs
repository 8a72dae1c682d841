//! Tenants cannot see each other, and a worker sees only what it has just leased.

use faena_contract::{LeaseId, WorkerId};
use faena_store::jobs::{Cancel, Filter, attempts, cancel, list, logs, read};
use sqlx::Executor;

use crate::support::{Db, tests};

tests! {
    no_statement_of_one_organization_sees_the_other,
    the_api_role_sees_no_row_of_another_organization_by_sql,
    the_api_role_sees_nothing_without_an_organization,
    the_worker_role_reads_a_payload_only_by_claiming_it,
    the_dispatcher_role_reads_no_payload,
}

async fn no_statement_of_one_organization_sees_the_other(db: Db) {
    let job = db.sent(1).await[0].job;
    let api = &db.database.api;
    assert!(read(api, &db.beto, job).await.unwrap().is_none());
    assert_eq!(list(api, &db.beto, &Filter::default(), 10).await.unwrap().len(), 0);
    assert_eq!(
        attempts(api, &db.beto, job).await.unwrap().len() + logs(api, &db.beto, job, 0, 10).await.unwrap().len(),
        0
    );
    assert_eq!(cancel(api, &db.beto, job).await.unwrap(), Cancel::NotFound);
    assert_eq!(faena_store::audit::list(api, &db.beto, None, 10).await.unwrap().len(), 0);
    let members = faena_store::identity::members(api, &db.beto).await.unwrap();
    assert_eq!(members.iter().map(|member| member.user.email.as_str()).collect::<Vec<_>>(), ["beto@example.mx"]);
}

/// Every tenant table, counted as the api role of Beto after Ana has put a row into most of them.
async fn the_api_role_sees_no_row_of_another_organization_by_sql(db: Db) {
    let mut job = db.job();
    job.tags = vec!["a".to_owned()];
    db.submit(&db.ana, &[job], true).await;
    let mut session = db.database.superuser().await.unwrap();
    session.execute("SET ROLE faena_api").await.unwrap();
    session.execute("BEGIN").await.unwrap();
    sqlx::query("SELECT set_config('faena.organization_id', $1, true), set_config('faena.user_id', $2, true)")
        .bind(db.beto.organization.to_string())
        .bind(db.beto.user.to_string())
        .execute(&mut session)
        .await
        .unwrap();
    for table in [
        "job",
        "job_tag",
        "job_live",
        "job_outcome",
        "job_attempt",
        "job_log",
        "job_event",
        "audit_log",
        "idempotency_key",
    ] {
        let count: i64 = sqlx::query_scalar(sqlx::AssertSqlSafe(format!("SELECT count(*) FROM {table}")))
            .fetch_one(&mut session)
            .await
            .unwrap();
        assert_eq!(count, 0, "{table}");
    }
    let others: i64 = sqlx::query_scalar("SELECT count(*) FROM organization WHERE slug <> 'beto'")
        .fetch_one(&mut session)
        .await
        .unwrap();
    assert_eq!(others, 0);
    let forged = sqlx::query("INSERT INTO job_event (job_id, id, organization_id, kind, actor) VALUES (gen_random_uuid(), gen_random_uuid(), $1, 'retried', 'x')")
        .bind(db.ana.organization.0)
        .execute(&mut session)
        .await;
    assert!(
        forged.unwrap_err().to_string().contains("row-level security"),
        "nothing is written for another organization"
    );
}

async fn the_api_role_sees_nothing_without_an_organization(db: Db) {
    db.sent(1).await;
    let mut session = db.database.superuser().await.unwrap();
    session.execute("SET ROLE faena_api").await.unwrap();
    // After the first SET LOCAL of a connection the setting is '' rather than missing: both must mean nobody.
    session
        .execute("BEGIN; SELECT set_config('faena.organization_id', gen_random_uuid()::text, true); COMMIT")
        .await
        .unwrap();
    let count: i64 = sqlx::query_scalar("SELECT count(*) FROM job").fetch_one(&mut session).await.unwrap();
    assert_eq!(count, 0);
}

async fn the_worker_role_reads_a_payload_only_by_claiming_it(db: Db) {
    let envelopes = db.sent(2).await;
    let mut session = db.database.superuser().await.unwrap();
    session.execute("SET ROLE faena_worker").await.unwrap();
    for table in
        ["job", "job_live", "job_outcome", "job_log", "app_user", "api_token", "module_activation", "audit_log"]
    {
        let refused = sqlx::query(sqlx::AssertSqlSafe(format!("SELECT * FROM {table}"))).execute(&mut session).await;
        assert!(refused.unwrap_err().to_string().contains("permission denied"), "{table}");
    }
    let claimed = db.claim(WorkerId::new(), LeaseId::new(), &envelopes[..1]).await;
    assert_eq!(claimed.len(), 1);
    let again = db.claim(WorkerId::new(), LeaseId::new(), &envelopes).await;
    assert_eq!(
        again.iter().map(|job| job.id).collect::<Vec<_>>(),
        [envelopes[1].job],
        "what another lease holds is not shown"
    );
}

async fn the_dispatcher_role_reads_no_payload(db: Db) {
    let mut session = db.database.superuser().await.unwrap();
    session.execute("SET ROLE faena_dispatcher").await.unwrap();
    for query in [
        "SELECT payload FROM job",
        "SELECT result FROM job_outcome",
        "SELECT message FROM job_log",
        "SELECT email FROM app_user",
    ] {
        let refused = sqlx::query(query).execute(&mut session).await;
        assert!(refused.unwrap_err().to_string().contains("permission denied"), "{query}");
    }
    sqlx::query("SELECT id, traceparent FROM job").execute(&mut session).await.unwrap();
}
