//! What the tests of both servers share: a folder, and the servers' own command-line clients.

#![allow(dead_code, reason = "each test program uses its own part")]
#![allow(clippy::unwrap_used, reason = "what fails in a helper fails its test")]

use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;
use std::process::{Child, Command};
use std::time::{Duration, Instant};

use faena_services::{Postgres, PostgresConfig, Redis, RedisConfig};

/// A folder that is removed in the end.
pub(crate) struct Dir(pub(crate) PathBuf);

impl Dir {
    pub(crate) fn new(name: &str) -> Self {
        let path = std::env::temp_dir().join(format!("faena-services-{}-{name}", std::process::id()));
        std::fs::create_dir_all(&path).unwrap();
        // Whatever the umask is: the server's user has to get in.
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o755)).unwrap();
        Self(path)
    }

    pub(crate) fn postgres(&self) -> PostgresConfig {
        let mut config = PostgresConfig::new(self.0.join("postgres"));
        config.durable = false;
        config.shared_buffers_mb = 16;
        config
    }

    pub(crate) fn redis(&self) -> RedisConfig {
        RedisConfig::new(self.0.join("redis"))
    }
}

impl Drop for Dir {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

/// Runs SQL as the superuser and gives the answer.
pub(crate) fn sql(postgres: &Postgres, statement: &str) -> String {
    sql_at(&postgres.superuser_url(), statement)
}

pub(crate) fn sql_at(url: &str, statement: &str) -> String {
    let answer =
        Command::new("psql").arg(url).args(["-AtqX", "-v", "ON_ERROR_STOP=1", "-c", statement]).output().unwrap();
    assert!(answer.status.success(), "{statement}: {}", String::from_utf8_lossy(&answer.stderr));
    String::from_utf8(answer.stdout).unwrap().trim().to_owned()
}

/// Runs one Redis command and gives the answer.
pub(crate) fn redis(redis: &Redis, command: &[&str]) -> String {
    let answer =
        Command::new("redis-cli").args(["--no-auth-warning", "-u", &redis.url()]).args(command).output().unwrap();
    assert!(answer.status.success(), "{command:?}: {}", String::from_utf8_lossy(&answer.stderr));
    String::from_utf8(answer.stdout).unwrap().trim().to_owned()
}

/// A process that has nothing to do with us.
pub(crate) struct Stranger(pub(crate) Child);

impl Stranger {
    pub(crate) fn new() -> Self {
        Self(Command::new("sleep").arg("600").spawn().unwrap())
    }

    pub(crate) fn is_running(&mut self) -> bool {
        self.0.try_wait().unwrap().is_none()
    }

    /// Field 22 of /proc/<pid>/stat; the name `sleep` holds no space.
    pub(crate) fn start_time(&self) -> u64 {
        let stat = std::fs::read_to_string(format!("/proc/{}/stat", self.0.id())).unwrap();
        stat.split(' ').nth(21).unwrap().parse().unwrap()
    }
}

impl Drop for Stranger {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// Waits for something outside this process, which gives no signal.
pub(crate) fn eventually(what: &str, mut done: impl FnMut() -> bool) {
    let deadline = Instant::now() + Duration::from_secs(30);
    while !done() {
        assert!(Instant::now() < deadline, "not within 30 s: {what}");
        std::thread::sleep(Duration::from_millis(20));
    }
}
