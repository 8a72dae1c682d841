//! Both servers for one test, in a folder of their own that is removed afterwards.

use std::fs;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use crate::home::{Home, random_hex};
use crate::postgres::ELSEWHERE;
use crate::{Postgres, PostgresConfig, Redis, RedisConfig, ServiceError, sys};

const PREFIX: &str = "faena-test-";

/// A PostgreSQL and a Redis that nobody else uses, fast rather than durable. Dropping it ends both and removes their
/// folder; what killed tests left behind is removed by the next start.
#[derive(Debug)]
pub struct TestServices {
    /// The database server; the superuser's address is `postgres.superuser_url()`.
    pub postgres: Postgres,
    /// The Redis server.
    pub redis: Redis,
    // Removed and unlocked after the servers have ended.
    dir: TestDir,
}

impl TestServices {
    /// Starts both in a new folder under the system's folder for temporary files.
    pub fn start() -> Result<Self, ServiceError> {
        let parent = std::env::temp_dir();
        sweep(&parent);
        let dir = TestDir::create(&parent)?;
        let postgres = Postgres::start(&PostgresConfig::for_tests(dir.path.join("postgres")))?;
        let redis = Redis::start(&RedisConfig::for_tests(dir.path.join("redis")))?;
        Ok(Self { postgres, redis, dir })
    }

    /// The folder of both servers, where a test may keep files of its own.
    pub fn dir(&self) -> &Path {
        &self.dir.path
    }
}

impl Drop for TestServices {
    fn drop(&mut self) {
        // An error leaves the servers to their own drop, which tries again and reports.
        let _ = (self.postgres.abandon(), self.redis.kill());
    }
}

#[derive(Debug)]
struct TestDir {
    path: PathBuf,
    _lock: Home,
}

impl TestDir {
    /// The folder gets its final name only when it is locked, so that nobody sweeps it away in between.
    fn create(parent: &Path) -> Result<Self, ServiceError> {
        let random = random_hex(6).map_err(ServiceError::file("make a name in", parent))?;
        let (new, path) = (parent.join(format!("faena-new-{random}")), parent.join(format!("{PREFIX}{random}")));
        let lock = Home::open(&new, 0o755)?;
        fs::rename(&new, &path).map_err(ServiceError::file("create", &path))?;
        Ok(Self { path, _lock: lock })
    }
}

impl Drop for TestDir {
    fn drop(&mut self) {
        remove(&self.path);
    }
}

/// Removes the folders of tests that were killed: nobody holds their lock any more.
fn sweep(parent: &Path) {
    for entry in fs::read_dir(parent).into_iter().flatten().flatten() {
        if is_ours(&entry) && fs::File::open(entry.path().join("lock")).is_ok_and(|lock| lock.try_lock().is_ok()) {
            remove(&entry.path());
        }
    }
}

/// Anybody may create names in a folder for temporary files; what is in somebody else's folder is not believed.
fn is_ours(entry: &fs::DirEntry) -> bool {
    let is_own_dir = entry.metadata().is_ok_and(|found| found.is_dir() && found.uid() == sys::effective_uid());
    is_own_dir && entry.file_name().to_str().is_some_and(|name| name.starts_with(PREFIX))
}

/// What cannot be removed is left to the operating system's cleaning of temporary files.
fn remove(dir: &Path) {
    if let Ok(location) = fs::read_to_string(dir.join("postgres/location")) {
        let moved = Path::new(location.trim());
        if moved.parent() == Some(Path::new(ELSEWHERE)) {
            let _ = fs::remove_dir_all(moved);
        }
    }
    let _ = fs::remove_dir_all(dir);
}
