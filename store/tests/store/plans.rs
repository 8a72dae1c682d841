//! Every query that grows with the data has an index that row-level security lets it use.

use faena_contract::JobState;
use faena_store::jobs::Filter;
use sqlx::{Executor, PgConnection};

use crate::support::{Db, tests};

tests! {
    lists_use_an_index_under_row_level_security,
    the_statement_of_a_list_never_walks_over_the_months_jobs,
    admission_reads_a_bounded_part_of_a_deep_backlog,
}

const FILL: &str = "
    INSERT INTO job (id, organization_id, module_id, job, payload, priority, timeout_ms, max_attempts)
    SELECT uuid_of_time(now() - n * interval '1 second'), o.id, m.id, 'echo', '{}', 0, 1000, 3
    FROM generate_series(1, 60000) n, (SELECT id, row_number() OVER () AS shift FROM organization WHERE slug IN ('ana', 'beto')) o, module m
    WHERE m.name = 'echo' AND n % 2 = o.shift % 2;
    INSERT INTO job_outcome (id, organization_id, state, result, attempts, dispatch) SELECT id, organization_id, 4, '{}', 1, 1 FROM job;
    INSERT INTO job_tag (organization_id, key, value, job_id) SELECT organization_id, 'tag', 't' || (hashtext(id::text) % 50), id FROM job;
    ANALYZE job; ANALYZE job_outcome; ANALYZE job_tag;";

async fn plan(session: &mut PgConnection, query: &str) -> String {
    let lines: Vec<String> =
        sqlx::query_scalar(sqlx::AssertSqlSafe(format!("EXPLAIN {query}"))).fetch_all(session).await.unwrap();
    lines.join("\n")
}

async fn lists_use_an_index_under_row_level_security(db: Db) {
    let mut session = db.database.superuser().await.unwrap();
    session.execute(FILL).await.unwrap();
    let organization = db.ana.organization;
    session.execute("SET ROLE faena_api").await.unwrap();
    session
        .execute(sqlx::AssertSqlSafe(format!(
            "BEGIN; SELECT set_config('faena.organization_id', '{organization}', true)"
        )))
        .await
        .unwrap();
    // The partitions of other months are empty: scanning nothing is no scan to avoid.
    let month = chrono::Utc::now().format("_%Y_%m");
    let mine = format!("j.organization_id = '{organization}'");
    let queries = [
        ("all", format!("SELECT * FROM job j WHERE {mine} ORDER BY j.id DESC LIMIT 50"), "job"),
        (
            "module",
            format!("SELECT * FROM job j WHERE {mine} AND j.module_id = '{}' ORDER BY j.id DESC LIMIT 50", db.module),
            "job_2",
        ),
        ("one", format!("SELECT * FROM job j WHERE j.id = '{}'", uuid::Uuid::now_v7()), "job"),
        (
            "state",
            format!("SELECT * FROM job_outcome j WHERE {mine} AND j.state = 5 ORDER BY j.id DESC LIMIT 50"),
            "job_outcome",
        ),
        (
            "tag",
            format!(
                "SELECT * FROM job_tag j WHERE {mine} AND j.key = 'tag' AND j.value = 't7' ORDER BY j.job_id DESC LIMIT 50"
            ),
            "job_tag",
        ),
    ];
    for (name, query, table) in queries {
        let plan = plan(&mut session, &query).await;
        assert!(!plan.contains(&format!("Seq Scan on {table}{month}")), "{name} scans the whole table:\n{plan}");
        assert!(plan.contains("Index"), "{name}:\n{plan}");
    }
}

async fn admission_reads_a_bounded_part_of_a_deep_backlog(db: Db) {
    let mut session = db.database.superuser().await.unwrap();
    session
        .execute(sqlx::AssertSqlSafe(format!(
            "INSERT INTO job (id, organization_id, module_id, job, payload, priority, timeout_ms, max_attempts)
             SELECT uuid_of_time(now() - n * interval '1 millisecond'), '{org}', '{module}', 'echo', '{{}}', 0, 1000, 3 FROM generate_series(1, 50000) n;
             INSERT INTO job_live (id, organization_id, module_id, priority, run_at, max_attempts)
             SELECT id, organization_id, module_id, (hashtext(id::text) % 3)::smallint,
                    CASE WHEN hashtext(id::text) % 2 = 0 THEN now() - interval '1 hour' ELSE now() + interval '1 hour' END, 3 FROM job;
             ANALYZE job; ANALYZE job_live;",
            org = db.ana.organization,
            module = db.module
        )))
        .await
        .unwrap();
    session.execute("SET ROLE faena_dispatcher").await.unwrap();
    let statement = include_str!("../../src/sql/admit.sql")
        .replace("$1", "100")
        .replace("$2::interval", "interval '2 seconds'")
        .replace("$3", "NULL::bigint");
    let lines: Vec<String> =
        sqlx::query_scalar(sqlx::AssertSqlSafe(format!("EXPLAIN (ANALYZE, BUFFERS, TIMING OFF) {statement}")))
            .fetch_all(&mut session)
            .await
            .unwrap();
    let plan = lines.join("\n");
    let buffers = lines.iter().find_map(|line| line.trim().strip_prefix("Buffers: shared hit=")).unwrap();
    let hit: u64 = buffers.split(' ').next().unwrap().parse().unwrap();
    assert!(hit < 6_000, "{hit} buffers for 100 jobs of 50,000:\n{plan}");
}

/// The very statement of `list`, planned as a request plans it: generic, as the api role.
async fn the_statement_of_a_list_never_walks_over_the_months_jobs(db: Db) {
    let mut session = db.database.superuser().await.unwrap();
    session.execute(FILL).await.unwrap();
    let organization = db.ana.organization;
    session.execute("SET ROLE faena_api; SET plan_cache_mode = force_generic_plan").await.unwrap();
    let enter = format!("BEGIN; SELECT set_config('faena.organization_id', '{organization}', true)");
    session.execute(sqlx::AssertSqlSafe(enter)).await.unwrap();
    let month = chrono::Utc::now().format("_%Y_%m");
    let filters = [
        Filter::default(),
        Filter { state: Some(JobState::Completed), ..Filter::default() },
        Filter { state: Some(JobState::Running), ..Filter::default() },
        Filter { module: Some("echo".to_owned()), ..Filter::default() },
        Filter { tag: Some("t7".to_owned()), ..Filter::default() },
        Filter { before: Some(uuid::Uuid::now_v7()), ..Filter::default() },
    ];
    for (number, filter) in filters.iter().enumerate() {
        let statement = db.database.list_statement(&db.ana, filter);
        let parameters = (1..100).take_while(|number| statement.contains(&format!("${number}"))).count();
        let nulls = vec!["NULL"; parameters].join(", ");
        session.execute(sqlx::AssertSqlSafe(format!("PREPARE list{number} AS {statement}"))).await.unwrap();
        let plan = plan(&mut session, &format!("EXECUTE list{number}({nulls})")).await;
        for table in ["job", "job_outcome", "job_tag"] {
            assert!(!plan.contains(&format!("Seq Scan on {table}{month}")), "{filter:?} scans {table}:\n{plan}");
        }
    }
}
