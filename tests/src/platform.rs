//! A whole platform in a folder of its own.

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use sqlx::{Connection, PgConnection};
use tempfile::TempDir;

use crate::process::{Process, descendants, eventually, kill_9};
use crate::{Api, probe_package};

/// How a platform is started.
#[derive(Clone, Debug)]
pub struct Options {
    /// Worker processes.
    pub workers: usize,
    /// Jobs that each runs at once.
    pub slots: usize,
    /// Whether the bundled modules are installed.
    pub modules: bool,
    /// Whether the probe module is published, enabled and activated.
    pub probe: bool,
    /// What the processes log.
    pub log: &'static str,
}

impl Default for Options {
    fn default() -> Self {
        Self { workers: 1, slots: 32, modules: false, probe: true, log: "warn" }
    }
}

/// A running `faena up`. Dropping it stops everything and removes its folder.
#[derive(Debug)]
pub struct Platform {
    up: Process,
    options: Options,
    /// A caller with the administrator's API token.
    pub api: Api,
    /// What `client.json` says.
    pub client: Value,
    data_dir: PathBuf,
    folder: TempDir,
    administrator: tokio::sync::Mutex<()>,
}

impl Platform {
    /// Starts a platform in a new folder and waits until it is ready.
    pub async fn start(options: Options) -> Self {
        let folder = tempfile::Builder::new().prefix("faena-e2e-").tempdir().expect("a folder");
        open_to_postgres(folder.path());
        let data_dir = folder.path().join("data");
        let up = start_up(&data_dir, &options);
        let client = ready(&data_dir, up.id()).await;
        let api = caller(&client);
        let platform = Self { up, options, api, client, data_dir, folder, administrator: tokio::sync::Mutex::new(()) };
        if platform.options.probe {
            platform.install_probe().await;
        }
        platform
    }

    async fn install_probe(&self) {
        let package = probe_package(&self.data_dir, |manifest| manifest);
        self.api.publish(package).await.expect(201);
        let enabled = self.api.post("/platform/modules/probe/enable", json!({})).await.expect(200);
        assert_eq!(enabled["state"], "ENABLED", "{enabled}");
        self.api.put("/modules/probe/activation", json!({ "active": true })).await.expect(200);
    }

    /// Where it keeps its data.
    pub fn data_dir(&self) -> &Path {
        &self.data_dir
    }

    /// The process of `faena up`.
    pub fn up_id(&self) -> u32 {
        self.up.id()
    }

    /// Processes below `faena up` with this word in their command line.
    pub fn processes(&self, word: &str) -> Vec<u32> {
        descendants(self.up.id(), word)
    }

    /// Kills every process with this word in its command line without a word; returns how many.
    pub fn kill(&self, word: &str) -> usize {
        let found = self.processes(word);
        found.iter().for_each(|pid| kill_9(*pid));
        found.len()
    }

    /// Kills `faena up` itself and starts it again on the same folder.
    pub async fn kill_up_and_restart(&mut self) {
        self.up.kill();
        let _ = std::fs::remove_file(self.data_dir.join("client.json"));
        self.up = start_up(&self.data_dir, &self.options);
        self.client = ready(&self.data_dir, self.up.id()).await;
        self.api = caller(&self.client);
    }

    /// Stops it as Ctrl-C does; returns how long that took.
    pub fn stop(&mut self) -> Duration {
        let started = Instant::now();
        let status = self.up.terminate();
        assert!(status.success(), "a clean stop ends with success, not {status}");
        started.elapsed()
    }

    /// An organization of its own with a user, the probe module switched on, and a caller for each role asked for.
    pub async fn organization(&self, slug: &str, role: &str) -> Api {
        // An API token is of one organization: making another one, and acting in it, needs a login.
        let admin = self.admin().await.in_organization(slug);
        self.admin().await.post("/organizations", json!({ "slug": slug, "name": slug })).await.expect(201);
        let email = format!("{role}@{slug}.mx");
        let member = json!({ "email": email, "display_name": role, "password": "una clave bien larga", "role": role });
        admin.post("/members", member).await.expect(201);
        if self.options.probe {
            admin.put("/modules/probe/activation", json!({ "active": true })).await.expect(200);
        }
        admin.login(&email, "una clave bien larga").await.in_organization(slug)
    }

    /// The administrator, logged in with a password set for the tests.
    pub async fn admin(&self) -> Api {
        let email = "tests@faena.local";
        let _one_at_a_time = self.administrator.lock().await;
        let login = json!({ "email": email, "password": "una clave bien larga" });
        let answer = self.api.post("/auth/login", login.clone()).await;
        if answer.status != 200 {
            self.make_admin(email).await;
        }
        self.api.login(email, "una clave bien larga").await
    }

    /// The first password is shown once, on a terminal: tests make an administrator of their own as the database's owner.
    async fn make_admin(&self, email: &str) {
        let member =
            json!({ "email": email, "display_name": "Tests", "password": "una clave bien larga", "role": "owner" });
        let answer = self.api.post("/members", member).await;
        assert!(matches!(answer.status, 201 | 409), "{}", answer.body);
        let mut root = self.superuser().await;
        sqlx::query("UPDATE faena.app_user SET platform_role = 'platform_admin' WHERE email = $1")
            .bind(email)
            .execute(&mut root)
            .await
            .expect("an administrator");
        sqlx::query(
            "INSERT INTO faena.member (organization_id, user_id, role)
             SELECT o.id, u.id, 'owner' FROM faena.organization o, faena.app_user u
             WHERE u.email = $1 AND o.slug <> 'platform' ON CONFLICT DO NOTHING",
        )
        .bind(email)
        .execute(&mut root)
        .await
        .expect("memberships");
    }

    /// A connection as the superuser of the private PostgreSQL.
    pub async fn superuser(&self) -> PgConnection {
        let api_url = self.client["database_url"].as_str().expect("a database URL");
        let mut url = reqwest::Url::parse(api_url).expect("a URL");
        let password = std::fs::read_to_string(self.data_dir.join("postgres/password"))
            .or_else(|_| find_password(&self.data_dir))
            .expect("the password of the superuser");
        url.set_username("faena_root").expect("a user");
        url.set_password(Some(password.trim())).expect("a password");
        PgConnection::connect(url.as_str()).await.expect("the superuser connects")
    }

    /// One number from the whole database.
    pub async fn count(&self, query: &'static str) -> i64 {
        let mut root = self.superuser().await;
        sqlx::query_scalar(query).fetch_one(&mut root).await.expect(query)
    }

    /// The rows of jobs that contradict each other: what foreign keys would refuse, and what the state model excludes.
    pub async fn contradictions(&self) -> Vec<String> {
        let mut root = self.superuser().await;
        sqlx::query_scalar(include_str!("contradictions.sql")).fetch_all(&mut root).await.expect("the checker runs")
    }

    /// Waits until nothing is alive any more.
    pub async fn until_idle(&self, seconds: u64) {
        eventually("all jobs end", seconds, async || {
            (self.count("SELECT count(*) FROM faena.job_live").await == 0).then_some(())
        })
        .await;
    }

    /// The folder that holds everything of this platform.
    pub fn folder(&self) -> &Path {
        self.folder.path()
    }
}

/// As root, PostgreSQL runs as another user, who must be able to walk to its data.
pub fn open_to_postgres(folder: &Path) {
    use std::os::unix::fs::PermissionsExt;
    std::fs::set_permissions(folder, std::fs::Permissions::from_mode(0o755)).expect("the folder is ours");
}

fn find_password(data_dir: &Path) -> std::io::Result<String> {
    let mut open = vec![data_dir.to_owned()];
    while let Some(folder) = open.pop() {
        for entry in std::fs::read_dir(&folder)?.flatten() {
            let path = entry.path();
            if path.is_dir() && entry.file_name() != "pgdata" {
                open.push(path);
            } else if entry.file_name() == "password" && folder.to_string_lossy().contains("postgres") {
                return std::fs::read_to_string(path);
            }
        }
    }
    Err(std::io::Error::other("no password file below the data folder"))
}

fn start_up(data_dir: &Path, options: &Options) -> Process {
    let (workers, slots) = (options.workers.to_string(), options.slots.to_string());
    let data_dir = data_dir.to_str().expect("a path in UTF-8");
    let mut arguments =
        vec!["up", "--data-dir", data_dir, "--listen", "127.0.0.1:0", "--workers", &workers, "--slots", &slots];
    if !options.modules {
        arguments.push("--no-modules");
    }
    Process::start(&arguments, &[("FAENA_LOG", options.log)])
}

/// Waits for `client.json`, which is written once everything answers.
async fn ready(data_dir: &Path, up: u32) -> Value {
    let path = data_dir.join("client.json");
    eventually("the platform is ready", 120, async || {
        assert!(crate::process::is_alive(up), "`faena up` ended instead of getting ready");
        serde_json::from_str(&std::fs::read_to_string(&path).ok()?).ok()
    })
    .await
}

fn caller(client: &Value) -> Api {
    let text = |key: &str| client[key].as_str().unwrap_or_else(|| panic!("client.json has no {key}"));
    Api::new(text("url"), text("token"))
}
