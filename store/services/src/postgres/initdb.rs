//! Making a new cluster, all or nothing.

use std::fs;
use std::path::Path;
use std::process::Command;

use super::place::Place;
use super::{SERVICE, SUPERUSER};
use crate::programs::PostgresPrograms;
use crate::server::clean_command;
use crate::user::{RunAs, set_mode};
use crate::{ServiceError, spawn, sys};

/// Makes the cluster in a folder beside its final place, so that a half-made one is never taken for data.
pub(super) fn run(
    programs: &PostgresPrograms,
    place: &Place,
    password: &str,
    durable: bool,
) -> Result<(), ServiceError> {
    let password_file = place.home.write("password.initdb", password)?;
    RunAs::own(place.user, &password_file)?;
    let new = place.home.dir.join("pgdata.new");
    let made = make(programs, place, &new, &password_file, durable);
    fs::remove_file(&password_file).map_err(ServiceError::file("remove", &password_file))?;
    made?;
    let data = place.data();
    fs::rename(&new, &data).map_err(ServiceError::file("create", &data))?;
    let synced = fs::File::open(&place.home.dir).and_then(|dir| dir.sync_all());
    synced.map_err(ServiceError::file("write", &place.home.dir))
}

/// Tries the locale that sorts by code point and knows Unicode's letters; a system without it has `C` at least.
fn make(
    programs: &PostgresPrograms,
    place: &Place,
    new: &Path,
    password_file: &Path,
    durable: bool,
) -> Result<(), ServiceError> {
    let mut failure = ServiceError::start(SERVICE, "initdb was not run");
    for locale in ["C.UTF-8", "C"] {
        empty_dir(new, place.user)?;
        let mut command = clean_command(&programs.bin.join("initdb"));
        command.arg("-D").arg(new).arg("--pwfile").arg(password_file).current_dir(&place.home.dir);
        command.args(["--username", SUPERUSER, "--auth=scram-sha-256", "--encoding=UTF8", "--locale", locale]);
        command.args(["--data-checksums", "--no-instructions"]);
        if !durable {
            command.arg("--no-sync");
        }
        RunAs::apply(place.user, &mut command);
        match execute(command, place) {
            Ok(()) => return Ok(()),
            Err(error) if error.to_string().contains("locale") => failure = error,
            Err(error) => return Err(error),
        }
    }
    Err(failure)
}

fn execute(mut command: Command, place: &Place) -> Result<(), ServiceError> {
    let (log, log_start) = place.home.open_log()?;
    let errors = log.try_clone().map_err(ServiceError::file("open", &place.home.dir))?;
    command.stdin(std::process::Stdio::null()).stdout(log).stderr(errors);
    let status = spawn::spawn(command, sys::SIGKILL).and_then(|mut child| child.wait());
    let reason = match status {
        Ok(status) if status.success() => return Ok(()),
        Ok(status) => format!("initdb failed ({status})"),
        Err(error) => format!("initdb cannot be executed: {error}"),
    };
    Err(ServiceError::StartFailed { service: SERVICE, reason, log: place.home.log_since(log_start) })
}

fn empty_dir(dir: &Path, user: Option<RunAs>) -> Result<(), ServiceError> {
    if dir.exists() {
        fs::remove_dir_all(dir).map_err(ServiceError::file("remove", dir))?;
    }
    fs::create_dir(dir).map_err(ServiceError::file("create", dir))?;
    set_mode(dir, 0o700)?;
    RunAs::own(user, dir)
}
