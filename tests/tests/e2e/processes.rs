//! Processes that run apart, and what they refuse.

use std::process::Command;

use faena_services::TestServices;
use faena_tests::{Options, Platform, Process, binary, eventually, open_to_postgres};
use serde_json::json;

use crate::own;

own! {
    two_orchestrators_and_two_workers_share_one_installation,
    a_second_up_on_the_same_folder_is_refused,
    a_wrong_configuration_is_refused_with_the_key,
    up_uses_the_servers_that_it_is_given,
    the_demonstration_shows_all_of_it_and_leaves_nothing_running,
}

async fn two_orchestrators_and_two_workers_share_one_installation() {
    let platform = Platform::start(Options { slots: 4, ..Options::default() }).await;
    let config = platform.data_dir().join("faena.toml");
    let config = config.to_str().unwrap();
    let port = faena_services::free_port().unwrap();
    let listen = format!("127.0.0.1:{port}");
    let _second = Process::start(&["orchestrator", "--config", config, "--listen", &listen], &[]);
    let _worker = Process::start(&["worker", "--config", config, "--listen", "127.0.0.1:0"], &[]);
    let other = faena_tests::Api::new(&format!("http://{listen}"), &platform.api.token);
    eventually("the second orchestrator is ready", 60, async || {
        let answer = other.request(reqwest::Method::GET, "/health/ready").send().await.ok()?;
        answer.status().is_success().then_some(())
    })
    .await;
    let job = json!({ "module": "probe", "job": "sleep", "payload": { "ms": 50 } });
    for _ in 0..5 {
        platform.api.post("/jobs/batch", json!({ "jobs": vec![job.clone(); 20] })).await.expect(202);
        other.post("/jobs/batch", json!({ "jobs": vec![job.clone(); 20] })).await.expect(202);
    }
    let through_other = other.run("noop", json!({}), 30).await;
    assert_eq!(
        through_other["status"], "COMPLETED",
        "one waits at one orchestrator for a job that the other may have sent"
    );
    platform.until_idle(60).await;
    assert_eq!(platform.contradictions().await, Vec::<String>::new());
    let workers = platform.count("SELECT count(DISTINCT worker) FROM faena.job_attempt").await;
    assert_eq!(workers, 2, "both workers took part");
    platform.api.post("/platform/modules/probe/disable", json!({})).await.expect(200);
    eventually("the other orchestrator learns of it", 5, async || {
        (other.post("/jobs", json!({ "module": "probe", "job": "noop" })).await.code() == "FAE-0401").then_some(())
    })
    .await;
}

async fn a_second_up_on_the_same_folder_is_refused() {
    let platform = Platform::start(Options { probe: false, ..Options::default() }).await;
    let data_dir = platform.data_dir().to_str().unwrap();
    let second =
        Command::new(binary()).args(["up", "--data-dir", data_dir, "--listen", "127.0.0.1:0"]).output().unwrap();
    assert!(!second.status.success());
    let error = String::from_utf8_lossy(&second.stderr);
    assert!(error.contains("FAE-0706"), "{error}");
    let port = platform.api.url.rsplit(':').next().unwrap().to_owned();
    let folder = tempfile::tempdir().unwrap();
    let other = folder.path().join("other");
    let taken = Command::new(binary())
        .args(["up", "--data-dir", other.to_str().unwrap(), "--listen", &format!("127.0.0.1:{port}")])
        .output()
        .unwrap();
    assert!(String::from_utf8_lossy(&taken.stderr).contains("FAE-0709"), "{}", String::from_utf8_lossy(&taken.stderr));
}

async fn a_wrong_configuration_is_refused_with_the_key() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("faena.toml");
    let run = |text: &str| {
        std::fs::write(&path, text).unwrap();
        let output =
            Command::new(binary()).args(["orchestrator", "--config", path.to_str().unwrap()]).output().unwrap();
        assert!(!output.status.success());
        String::from_utf8_lossy(&output.stderr).into_owned()
    };
    let unknown = run("databse_url = \"postgres://x\"\n");
    assert!(
        unknown.contains("FAE-0701") && unknown.contains("databse_url") && unknown.contains("database_url"),
        "{unknown}"
    );
    let wrong = run("listen = \"nowhere\"\n");
    assert!(wrong.contains("FAE-0702") && wrong.contains("listen"), "{wrong}");
    // A shared database URL is enough for a whole installation that was migrated.
    let services = TestServices::start().unwrap();
    let (database, redis) = (services.postgres.superuser_url(), services.redis.url());
    let variables = [("DATABASE_URL", database.as_str()), ("REDIS_URL", redis.as_str())];
    let migrated = Command::new(binary()).arg("migrate").envs(variables).output().unwrap();
    assert!(migrated.status.success(), "{}", String::from_utf8_lossy(&migrated.stderr));
    let worker_port = faena_services::free_port().unwrap();
    let listen = format!("127.0.0.1:{worker_port}");
    let mut worker = Process::start(&["worker", "--listen", &listen], &variables);
    let api = faena_tests::Api::new(&format!("http://{listen}"), "");
    eventually("the worker is ready", 30, async || {
        let answer = api.request(reqwest::Method::GET, "/health/ready").send().await.ok()?;
        answer.status().is_success().then_some(())
    })
    .await;
    assert!(worker.terminate().success());
}

async fn up_uses_the_servers_that_it_is_given() {
    let services = TestServices::start().unwrap();
    let (database, redis) = (services.postgres.superuser_url(), services.redis.url());
    let variables = [("DATABASE_URL", database.as_str()), ("REDIS_URL", redis.as_str())];
    let folder = tempfile::tempdir().unwrap();
    let data_dir = folder.path().join("data");
    let arguments = ["up", "--data-dir", data_dir.to_str().unwrap(), "--listen", "127.0.0.1:0", "--no-modules"];
    let mut up = Process::start(&arguments, &variables);
    let client: serde_json::Value = eventually("it is ready", 60, async || {
        serde_json::from_str(&std::fs::read_to_string(data_dir.join("client.json")).ok()?).ok()
    })
    .await;
    let api = faena_tests::Api::new(client["url"].as_str().unwrap(), client["token"].as_str().unwrap());
    api.get("/auth/me").await.expect(200);
    assert!(!data_dir.join("postgres").exists(), "no private server was made");
    let mut session = {
        use sqlx::Connection;
        sqlx::PgConnection::connect(client["database_url"].as_str().unwrap()).await.unwrap()
    };
    let refused = sqlx::query("SELECT password_hash FROM faena.app_user").execute(&mut session).await;
    assert!(
        refused.unwrap_err().to_string().contains("permission denied"),
        "client.json has the least-privileged login"
    );
    let jobs: i64 = sqlx::query_scalar("SELECT count(*) FROM faena.job").fetch_one(&mut session).await.unwrap();
    assert_eq!(jobs, 0);
    assert!(up.terminate().success());
    let key = Command::new(binary()).args(arguments).env("FAENA_DEV_MODE", "false").output().unwrap();
    assert!(String::from_utf8_lossy(&key.stderr).contains("FAE-0702"), "{}", String::from_utf8_lossy(&key.stderr));
}

async fn the_demonstration_shows_all_of_it_and_leaves_nothing_running() {
    let folder = tempfile::tempdir().unwrap();
    open_to_postgres(folder.path());
    let data_dir = folder.path().join("demo");
    let data_dir = data_dir.to_str().unwrap();
    let demo = Command::new(binary())
        .args(["demo", "--data-dir", data_dir, "--payments", "300", "--members", "3", "--months", "2"])
        .env("NO_COLOR", "1")
        .output()
        .unwrap();
    let shown = String::from_utf8_lossy(&[demo.stdout, demo.stderr].concat()).into_owned();
    assert!(demo.status.success(), "{shown}");
    // The table of results, the plan that is refused, the loop that is stopped, the trail, and how to go on.
    for part in
        ["COMMISSION", "error[FAE-0404]", "/payload/plan/rules/1/rate", "module.publish", "job.submit", "faena up"]
    {
        assert!(shown.contains(part), "{part} in {shown}");
    }
    // Which of its two limits it meets first depends on how busy the machine is.
    assert!(shown.contains("FAE-0502") || shown.contains("FAE-0503"), "{shown}");
    let left: Vec<_> = std::fs::read_dir("/proc")
        .unwrap()
        .flatten()
        .filter_map(|entry| std::fs::read(entry.path().join("cmdline")).ok())
        .filter(|line| String::from_utf8_lossy(line).contains(data_dir))
        .collect();
    assert!(left.is_empty(), "something of the demonstration still runs");
}
