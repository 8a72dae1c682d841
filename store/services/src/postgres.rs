//! The private PostgreSQL.

mod initdb;
mod place;
mod settings;

use std::fs;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitStatus};
use std::time::Duration;

use crate::ServiceError;
use crate::home;
use crate::process::{ProcessId, has_argument};
use crate::programs::{self, PostgresPrograms};
use crate::server::{Ending, Launch, Server, clean_command};
use crate::sys::{SIGINT, SIGKILL, SIGQUIT};
use crate::user::RunAs;

pub(crate) use place::ELSEWHERE;
use place::Place;

const SERVICE: &str = "PostgreSQL";

/// The superuser that `initdb` creates.
const SUPERUSER: &str = "faena_root";

/// Fast shutdown (sessions are ended, a checkpoint is written), then immediate shutdown, then by force.
const ENDING: Ending =
    &[(SIGINT, Duration::from_secs(60)), (SIGQUIT, Duration::from_secs(10)), (SIGKILL, Duration::from_secs(10))];

/// How to run a private PostgreSQL. [`PostgresConfig::new`] gives what `faena up` uses.
#[derive(Clone, Debug)]
pub struct PostgresConfig {
    /// The folder of this server, nobody else's. Created if missing.
    pub data_dir: PathBuf,
    /// Whether a commit survives a power cut. Tests switch it off to be faster; a crash of the process loses nothing
    /// either way.
    pub durable: bool,
    /// Memory for cached pages, in MiB.
    pub shared_buffers_mb: u32,
    /// How many sessions there can be at a time.
    pub max_connections: u32,
    /// Where `initdb` and `postgres` lie; `None` looks in the usual places.
    pub bin_dir: Option<PathBuf>,
    /// How long a start may take; replaying the log after a crash is part of it.
    pub start_timeout: Duration,
}

impl PostgresConfig {
    /// A durable server in `data_dir`.
    pub fn new(data_dir: impl Into<PathBuf>) -> Self {
        Self {
            data_dir: data_dir.into(),
            durable: true,
            shared_buffers_mb: 128,
            max_connections: 200,
            bin_dir: None,
            start_timeout: Duration::from_secs(180),
        }
    }

    pub(crate) fn for_tests(data_dir: PathBuf) -> Self {
        Self { durable: false, shared_buffers_mb: 64, ..Self::new(data_dir) }
    }
}

/// A running private PostgreSQL. Dropping it stops it; it also stops when this process ends in any other way.
#[derive(Debug)]
pub struct Postgres {
    // Dropped in this order: the lock of the folder goes last.
    server: Server,
    port: u16,
    password: String,
    place: Place,
}

impl Postgres {
    /// Starts the server of a folder, makes its data at the first time, and waits until it takes connections. A server
    /// that a killed process left behind in the folder is stopped first.
    pub fn start(config: &PostgresConfig) -> Result<Self, ServiceError> {
        let place = Place::choose(&config.data_dir)?;
        let programs = programs::postgres(config.bin_dir.as_deref(), place.data_version())?;
        place.home.end_leftover(SERVICE, ENDING)?;
        end_unregistered_leftover(&place)?;
        let password = place.home.password()?;
        if place.data_version().is_none() {
            initdb::run(&programs, &place, &password, config.durable)?;
        }
        let (server, port) = launch(config, &programs, &place)?;
        tracing::info!(port, pid = server.pid(), dir = %place.home.dir.display(), "PostgreSQL {} is ready", programs.major);
        Ok(Self { server, port, password, place })
    }

    /// The address for the superuser `faena_root`, with its password, of the database `postgres`.
    pub fn superuser_url(&self) -> String {
        self.url_for(SUPERUSER, &self.password, "postgres")
    }

    /// The address for another user and database of this server.
    pub fn url_for(&self, user: &str, password: &str, database: &str) -> String {
        let [user, password, database] = [user, password, database].map(percent_encode);
        format!("postgres://{user}:{password}@127.0.0.1:{}/{database}", self.port)
    }

    /// The TCP port on 127.0.0.1, which is also the number of the socket.
    pub fn port(&self) -> u16 {
        self.port
    }

    /// The folder of the Unix socket, which only the server's user and root can enter.
    pub fn socket_dir(&self) -> &Path {
        &self.place.socket_dir
    }

    /// The folder that is really used: `data_dir`, unless the server's user could not reach it.
    pub fn home(&self) -> &Path {
        &self.place.home.dir
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

    /// Stops the server: fast shutdown, and harder if that takes too long. A stopped server is no error.
    pub fn stop(&self) -> Result<(), ServiceError> {
        self.server.stop()
    }

    /// Kills the server with SIGKILL, as a crash would.
    pub fn kill(&self) -> Result<(), ServiceError> {
        self.server.end(&[(SIGKILL, Duration::from_secs(10))])
    }

    /// Stops without a checkpoint, for `TestServices`, whose data nobody reads again.
    pub(crate) fn abandon(&self) -> Result<(), ServiceError> {
        self.server.end(&[(SIGQUIT, Duration::from_secs(5)), (SIGKILL, Duration::from_secs(5))])
    }
}

fn launch(config: &PostgresConfig, programs: &PostgresPrograms, place: &Place) -> Result<(Server, u16), ServiceError> {
    let pid_file = place.data().join("postmaster.pid");
    let launch = Launch {
        service: SERVICE,
        home: &place.home,
        patience: config.start_timeout,
        ending: ENDING,
        command: &|port| {
            let settings = settings::file(config, port, &place.socket_dir);
            let path = place.home.write("postgresql.conf", &settings)?;
            // It holds no secret and is read by the server's user.
            crate::user::set_mode(&path, 0o644)?;
            Ok(command(programs, place, &path))
        },
        is_ready: &|_, pid| is_ready(&pid_file, pid),
    };
    launch.run()
}

fn command(programs: &PostgresPrograms, place: &Place, settings: &Path) -> Command {
    let mut command = clean_command(&programs.bin.join("postgres"));
    let mut config_file = std::ffi::OsString::from("config_file=");
    config_file.push(settings);
    command.arg("-D").arg(place.data()).arg("-c").arg(config_file).current_dir(&place.home.dir);
    RunAs::apply(place.user, &mut command);
    command
}

/// `postmaster.pid` has the server's pid in line 1 and its status in line 8.
fn is_ready(pid_file: &Path, pid: u32) -> bool {
    let text = fs::read_to_string(pid_file).unwrap_or_default();
    let mut lines = text.lines().map(str::trim);
    lines.next() == Some(pid.to_string().as_str()) && lines.nth(6) == Some("ready")
}

/// Settles what `postmaster.pid` says: a server of this folder that our own pid file does not know is stopped; a pid
/// that somebody else has by now, as is common in containers, would keep PostgreSQL from starting and is removed.
fn end_unregistered_leftover(place: &Place) -> Result<(), ServiceError> {
    let data = place.data();
    let path = data.join("postmaster.pid");
    let pid = fs::read_to_string(&path).ok().and_then(|text| text.lines().next()?.trim().parse().ok());
    let Some(process) = pid.and_then(ProcessId::of) else {
        return Ok(());
    };
    if has_argument(process.pid, data.as_os_str().as_bytes()) {
        return home::end(process, SERVICE, ENDING, &place.home.dir);
    }
    fs::remove_file(&path).map_err(ServiceError::file("remove", &path))
}

fn percent_encode(text: &str) -> String {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~".contains(&byte);
    let encode = |byte: u8| if plain(byte) { char::from(byte).to_string() } else { format!("%{byte:02X}") };
    text.bytes().map(encode).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn passwords_with_odd_characters_survive_in_addresses() {
        assert_eq!(percent_encode("a:b@c/d%é"), "a%3Ab%40c%2Fd%25%C3%A9");
    }
}
