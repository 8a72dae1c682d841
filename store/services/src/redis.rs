//! The private Redis. It runs as whoever we are, root as well.

use std::fs;
use std::io::{Read, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpStream};
use std::path::{Path, PathBuf};
use std::process::ExitStatus;
use std::time::Duration;

use crate::home::Home;
use crate::server::{Ending, Launch, Server, clean_command};
use crate::sys::{SIGKILL, SIGTERM};
use crate::user::set_mode;
use crate::{ServiceError, programs};

const SERVICE: &str = "Redis";

/// An orderly shutdown flushes the append-only file; then by force.
const ENDING: Ending = &[(SIGTERM, Duration::from_secs(30)), (SIGKILL, Duration::from_secs(10))];

/// How to run a private Redis. [`RedisConfig::new`] gives what `faena up` uses.
#[derive(Clone, Debug)]
pub struct RedisConfig {
    /// The folder of this server, nobody else's. Created if missing.
    pub data_dir: PathBuf,
    /// Whether data are kept on disk (at most a second is lost). Tests switch it off.
    pub durable: bool,
    /// Where `redis-server` lies; `None` looks on PATH.
    pub bin_dir: Option<PathBuf>,
    /// How long a start may take; loading the data is part of it.
    pub start_timeout: Duration,
}

impl RedisConfig {
    /// A durable server in `data_dir`.
    pub fn new(data_dir: impl Into<PathBuf>) -> Self {
        Self { data_dir: data_dir.into(), durable: true, bin_dir: None, start_timeout: Duration::from_secs(60) }
    }

    pub(crate) fn for_tests(data_dir: PathBuf) -> Self {
        Self { durable: false, ..Self::new(data_dir) }
    }
}

/// A running private Redis. Dropping it stops it; it also stops when this process ends in any other way.
#[derive(Debug)]
pub struct Redis {
    // Dropped in this order: the lock of the folder goes last.
    server: Server,
    port: u16,
    password: String,
    home: Home,
}

impl Redis {
    /// Starts the server of a folder and waits until it answers. A server that a killed process left behind in the
    /// folder is stopped first.
    pub fn start(config: &RedisConfig) -> Result<Self, ServiceError> {
        let home = Home::open(&config.data_dir, 0o700)?;
        let program = programs::redis(config.bin_dir.as_deref())?;
        home.end_leftover(SERVICE, ENDING)?;
        let password = home.password()?;
        let data = home.dir.join("data");
        fs::create_dir_all(&data).map_err(ServiceError::file("create", &data))?;
        set_mode(&data, 0o700)?;
        let launch = Launch {
            service: SERVICE,
            home: &home,
            patience: config.start_timeout,
            ending: ENDING,
            command: &|port| {
                let settings = home.write("redis.conf", &settings(port, &password, config.durable))?;
                let mut command = clean_command(&program);
                // The settings name no folder: data go to where the server stands, whatever that path looks like.
                command.arg(settings).current_dir(&data);
                Ok(command)
            },
            is_ready: &|port, _| answers(port, &password),
        };
        let (server, port) = launch.run()?;
        tracing::info!(port, pid = server.pid(), dir = %home.dir.display(), "Redis is ready");
        Ok(Self { server, port, password, home })
    }

    /// The address with the password, of database 0. It names the user, without which redis-cli does not log in.
    pub fn url(&self) -> String {
        format!("redis://default:{}@127.0.0.1:{}/0", self.password, self.port)
    }

    /// The TCP port on 127.0.0.1.
    pub fn port(&self) -> u16 {
        self.port
    }

    /// The folder of the server.
    pub fn home(&self) -> &Path {
        &self.home.dir
    }

    /// The process id of the server.
    pub fn pid(&self) -> u32 {
        self.server.pid()
    }

    /// Whether the server runs. Cheap, does not block: what a supervisor polls before it drops this and starts anew.
    pub fn is_running(&self) -> bool {
        self.server.exited().is_none()
    }

    /// Waits until the server has ended.
    pub fn wait(&self) -> ExitStatus {
        self.server.wait()
    }

    /// Stops the server in order, and by force if that takes too long. A stopped server is no error.
    pub fn stop(&self) -> Result<(), ServiceError> {
        self.server.stop()
    }

    /// Kills the server with SIGKILL, as a crash would.
    pub fn kill(&self) -> Result<(), ServiceError> {
        self.server.end(&[(SIGKILL, Duration::from_secs(10))])
    }
}

fn settings(port: u16, password: &str, durable: bool) -> String {
    let append_only = if durable { "yes" } else { "no" };
    format!(
        "# Written by Faena at every start.
bind 127.0.0.1
port {port}
requirepass {password}
daemonize no
supervised no
logfile \"\"
dir .
appendonly {append_only}
appendfsync everysec
# The append-only file is the copy on disk; snapshots would only fork for nothing.
save \"\"
# A full Redis must refuse work, not drop queued envelopes.
maxmemory-policy noeviction
"
    )
}

/// Whether our own Redis, which knows our password, answers on this port and has loaded its data.
fn answers(port: u16, password: &str) -> bool {
    let ping = || -> std::io::Result<bool> {
        let address = SocketAddr::from((Ipv4Addr::LOCALHOST, port));
        let mut stream = TcpStream::connect_timeout(&address, Duration::from_millis(500))?;
        stream.set_read_timeout(Some(Duration::from_millis(500)))?;
        stream.write_all(format!("AUTH {password}\r\nPING\r\nQUIT\r\n").as_bytes())?;
        let mut answer = String::new();
        stream.read_to_string(&mut answer)?;
        Ok(answer.starts_with("+OK\r\n+PONG\r\n"))
    };
    ping().unwrap_or(false)
}
