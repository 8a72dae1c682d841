//! A private `redis-server` on a unix socket in a temporary directory, with a password.

use std::path::PathBuf;
use std::process::{Child, Command, Stdio};

use faena_queue::{Link, QueueConfig};
use tempfile::TempDir;

use crate::harness::eventually;

pub(crate) const PASSWORD: &str = "a-test-password";

pub(crate) struct Server {
    directory: TempDir,
    process: Option<Child>,
}

impl Server {
    pub(crate) async fn start() -> Self {
        let mut server = Self { directory: tempfile::tempdir().unwrap(), process: None };
        server.restart().await;
        server
    }

    /// Starts it again, empty, on the same socket.
    pub(crate) async fn restart(&mut self) {
        let process = Command::new("redis-server")
            .args(["--port", "0", "--save", "", "--appendonly", "no", "--requirepass", PASSWORD, "--unixsocket"])
            .arg(self.socket())
            .current_dir(self.directory.path())
            .stdout(Stdio::null())
            .spawn()
            .unwrap();
        self.process = Some(process);
        let link = self.link();
        eventually("redis-server answers", async || link.ping().await.is_ok()).await;
    }

    pub(crate) fn kill(&mut self) {
        if let Some(mut process) = self.process.take() {
            process.kill().unwrap();
            process.wait().unwrap();
        }
    }

    pub(crate) fn link(&self) -> Link {
        Link::open(&QueueConfig::new(self.url())).unwrap()
    }

    /// One command over a connection of its own, so that faults do not touch it.
    pub(crate) async fn command(&self, line: &str) -> redis::Value {
        let mut words = line.split(' ');
        let mut command = redis::cmd(words.next().unwrap());
        words.for_each(|word| {
            command.arg(word);
        });
        let client = redis::Client::open(self.url()).unwrap();
        let mut connection = client.get_multiplexed_async_connection().await.unwrap();
        command.query_async(&mut connection).await.unwrap()
    }

    /// The same, for an answer that is text.
    pub(crate) async fn text(&self, line: &str) -> String {
        redis::from_redis_value(self.command(line).await).unwrap()
    }

    /// How many commands Redis has ever run.
    pub(crate) async fn commands_run(&self) -> u64 {
        let stats = self.text("INFO stats").await;
        let line = stats.lines().find_map(|line| line.strip_prefix("total_commands_processed:"));
        line.unwrap().parse().unwrap()
    }

    pub(crate) async fn push_raw(&self, entry: &[u8]) {
        let client = redis::Client::open(self.url()).unwrap();
        let mut connection = client.get_multiplexed_async_connection().await.unwrap();
        let () =
            redis::cmd("LPUSH").arg("{faena:default}:envelopes").arg(entry).query_async(&mut connection).await.unwrap();
    }

    fn url(&self) -> String {
        self.url_with(PASSWORD)
    }

    pub(crate) fn url_with(&self, password: &str) -> String {
        format!("unix://{}?pass={password}", self.socket().display())
    }

    fn socket(&self) -> PathBuf {
        self.directory.path().join("r.sock")
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.kill();
    }
}
