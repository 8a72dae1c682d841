//! What must hold of the schema itself.

use faena_contract::{JobState, WaitReason};
use sqlx::{Connection, Row};

use crate::support::{Db, tests};

tests! {
    every_table_has_forced_row_level_security_or_stands_on_the_list,
    the_state_function_agrees_with_the_life_cycle,
    every_role_has_exactly_the_rights_written_here,
    no_definer_function_belongs_to_the_owner_of_the_tables_but_the_one_for_partitions,
    migrating_again_changes_nothing,
    partitions_of_the_months_to_come_exist,
}

/// The tables without a tenant. What each role may do with them is in `grants.txt`.
const NO_TENANT: [&str; 8] = [
    "_sqlx_migrations",
    "auth_session",
    "job_lease",
    "module",
    "module_package",
    "module_version",
    "role",
    "signing_key",
];

async fn every_table_has_forced_row_level_security_or_stands_on_the_list(db: Db) {
    let mut root = db.database.superuser().await.unwrap();
    let open: Vec<String> = sqlx::query_scalar(
        "SELECT c.relname::text FROM pg_class c WHERE c.relnamespace = 'faena'::regnamespace AND c.relkind IN ('r', 'p')
         AND NOT c.relispartition AND NOT (c.relrowsecurity AND c.relforcerowsecurity) ORDER BY 1",
    )
    .fetch_all(&mut root)
    .await
    .unwrap();
    assert_eq!(open, NO_TENANT);
    let without_organization: Vec<String> = sqlx::query_scalar(
        "SELECT c.relname::text FROM pg_class c WHERE c.relnamespace = 'faena'::regnamespace AND c.relkind IN ('r', 'p')
         AND NOT c.relispartition AND c.relrowsecurity AND NOT EXISTS (
             SELECT FROM pg_attribute a WHERE a.attrelid = c.oid AND a.attname = 'organization_id' AND a.attnotnull) ORDER BY 1",
    )
    .fetch_all(&mut root)
    .await
    .unwrap();
    assert_eq!(without_organization, ["app_user", "organization"], "these two are seen through membership");
    let granted_partitions: i64 = sqlx::query_scalar(
        "SELECT count(*) FROM pg_class WHERE relnamespace = 'faena'::regnamespace AND relispartition AND relkind = 'r' AND relacl IS NOT NULL",
    )
    .fetch_one(&mut root)
    .await
    .unwrap();
    assert_eq!(granted_partitions, 0, "a partition has no policies of its own, so nobody may reach it directly");
}

async fn the_state_function_agrees_with_the_life_cycle(db: Db) {
    let mut root = db.database.superuser().await.unwrap();
    let lease = uuid::Uuid::now_v7();
    let finals = [None, Some(JobState::Completed), Some(JobState::Failed), Some(JobState::Cancelled)];
    let waits = [None].into_iter().chain(WaitReason::ALL.map(Some));
    for wait in waits {
        for outcome in finals {
            for held in [None, Some(lease)] {
                let number: i16 = sqlx::query_scalar("SELECT job_state($1, $2, $3)")
                    .bind(outcome.map(|state| state as i16))
                    .bind(wait.map(|reason| reason as i16))
                    .bind(held)
                    .fetch_one(&mut root)
                    .await
                    .unwrap();
                let expected = match (outcome, wait, held) {
                    (Some(state), _, _) => state,
                    (None, Some(_), _) => JobState::Waiting,
                    (None, None, Some(_)) => JobState::Running,
                    (None, None, None) => JobState::Pending,
                };
                assert_eq!(JobState::from_number(number), Some(expected), "{outcome:?} {wait:?} {held:?}");
            }
        }
    }
}

/// One line a role and object: the whole of what a process can do to the database.
async fn every_role_has_exactly_the_rights_written_here(db: Db) {
    let mut root = db.database.superuser().await.unwrap();
    let rows = sqlx::query(
        "SELECT grantee::text || ' ' || table_name::text || ': ' || string_agg(privilege_type::text, ' ' ORDER BY privilege_type::text) AS line
         FROM information_schema.role_table_grants WHERE table_schema = 'faena' AND grantee LIKE 'faena\\_%' AND grantee <> 'faena_migrator'
         GROUP BY grantee, table_name
         UNION ALL
         SELECT grantee::text || ' ' || table_name::text || ' columns ' || privilege_type::text || ': ' || string_agg(column_name::text, ' ' ORDER BY column_name::text)
         FROM information_schema.column_privileges p WHERE table_schema = 'faena' AND grantee LIKE 'faena\\_%' AND grantee <> 'faena_migrator'
           AND NOT EXISTS (SELECT FROM information_schema.role_table_grants t WHERE t.table_schema = 'faena' AND t.grantee = p.grantee
                           AND t.table_name = p.table_name AND t.privilege_type = p.privilege_type)
         GROUP BY grantee, table_name, privilege_type
         UNION ALL
         SELECT grantee::text || ' calls ' || routine_name::text FROM information_schema.role_routine_grants
         WHERE routine_schema = 'faena' AND grantee LIKE 'faena\\_%' AND grantee NOT IN ('faena_migrator', 'faena_definer')
         ORDER BY 1",
    )
    .fetch_all(&mut root)
    .await
    .unwrap();
    let found: Vec<String> = rows.iter().map(|row| row.get("line")).collect();
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/store/grants.txt");
    if std::env::var_os("FAENA_BLESS").is_some() {
        std::fs::write(path, found.join("\n") + "\n").unwrap();
    }
    let written = std::fs::read_to_string(path).unwrap();
    assert_eq!(
        found,
        written.lines().collect::<Vec<_>>(),
        "FAENA_BLESS=1 writes grants.txt again; review the difference"
    );
}

async fn no_definer_function_belongs_to_the_owner_of_the_tables_but_the_one_for_partitions(db: Db) {
    let mut root = db.database.superuser().await.unwrap();
    let functions: Vec<String> = sqlx::query_scalar(
        "SELECT p.proname::text FROM pg_proc p JOIN pg_roles r ON r.oid = p.proowner
         WHERE p.pronamespace = 'faena'::regnamespace AND p.prosecdef AND r.rolname <> 'faena_definer'",
    )
    .fetch_all(&mut root)
    .await
    .unwrap();
    assert_eq!(functions, ["ensure_partitions"], "its owner sees no rows, and it needs none");
    let unpinned: i64 = sqlx::query_scalar(
        "SELECT count(*) FROM pg_proc WHERE pronamespace = 'faena'::regnamespace AND prosecdef
         AND NOT COALESCE(proconfig @> ARRAY['search_path=faena, pg_temp'], false)",
    )
    .fetch_one(&mut root)
    .await
    .unwrap();
    assert_eq!(unpinned, 0, "every definer function pins its search_path");
}

async fn migrating_again_changes_nothing(db: Db) {
    let before = db.count("SELECT count(*) FROM _sqlx_migrations").await;
    let (one, two) = tokio::join!(faena_store::migrate(&db.database.url), faena_store::migrate(&db.database.url));
    one.unwrap();
    two.unwrap();
    assert_eq!(db.count("SELECT count(*) FROM _sqlx_migrations").await, before);
}

async fn partitions_of_the_months_to_come_exist(db: Db) {
    assert_eq!(faena_store::jobs::ensure_partitions(&db.database.dispatcher, 3).await.unwrap(), 0);
    assert_eq!(faena_store::jobs::ensure_partitions(&db.database.dispatcher, 4).await.unwrap(), 7);
    db.sent(1).await;
    assert_eq!(
        db.count("SELECT count(*) FROM job_default").await,
        0,
        "today's jobs land in the partition of the month"
    );
    let mut root = db.database.superuser().await.unwrap();
    let plan: Vec<String> =
        sqlx::query_scalar("EXPLAIN SELECT * FROM job WHERE id = '019b0000-0000-7000-8000-000000000000'")
            .fetch_all(&mut root)
            .await
            .unwrap();
    assert!(plan.iter().filter(|line| line.contains("Scan")).count() <= 2, "an id leads to its partition: {plan:?}");
    root.close().await.unwrap();
}
