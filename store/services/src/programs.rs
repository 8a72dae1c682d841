//! Finding the installed servers.

use std::env;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::ServiceError;

/// The oldest PostgreSQL whose features Faena uses.
const OLDEST: u32 = 15;

/// The folder with `initdb` and `postgres` of one version.
#[derive(Clone, Debug)]
pub(crate) struct PostgresPrograms {
    pub(crate) bin: PathBuf,
    pub(crate) major: u32,
}

/// Finds PostgreSQL: exactly `wanted` where data of that version exists already, else the first that is new enough.
/// Without `bin_dir` it looks on PATH, among Debian's versions from the newest down, and asks `pg_config`.
pub(crate) fn postgres(bin_dir: Option<&Path>, wanted: Option<u32>) -> Result<PostgresPrograms, ServiceError> {
    let dirs = bin_dir.map_or_else(usual_places, |dir| vec![dir.to_owned()]);
    let found: Vec<_> = dirs.iter().filter_map(|dir| postgres_in(dir)).collect();
    let fits = |major: u32| wanted.map_or(major >= OLDEST, |wanted| major == wanted);
    if let Some(programs) = found.iter().find(|programs| fits(programs.major)) {
        return Ok(programs.clone());
    }
    let versions: Vec<_> = found.iter().map(|programs| programs.major.to_string()).collect();
    let need = wanted.map_or(format!("{OLDEST} or newer"), |wanted| format!("{wanted}, which the data was made with,"));
    let problem = match versions.as_slice() {
        [] => "not found on PATH, in /usr/lib/postgresql or through pg_config".into(),
        versions => format!("version {need} is needed, found {}", versions.join(", ")),
    };
    Err(ServiceError::ProgramMissing { program: "postgres", problem })
}

/// Finds `redis-server`.
pub(crate) fn redis(bin_dir: Option<&Path>) -> Result<PathBuf, ServiceError> {
    let dirs = bin_dir.map_or_else(path_dirs, |dir| vec![dir.to_owned()]);
    let found = dirs.iter().map(|dir| dir.join("redis-server")).find(|program| program.is_file());
    found.ok_or_else(|| ServiceError::ProgramMissing { program: "redis-server", problem: "not found on PATH".into() })
}

fn usual_places() -> Vec<PathBuf> {
    path_dirs().into_iter().chain(debian_dirs()).chain(pg_config_dir()).collect()
}

/// PATH, and the folders that a service manager's or an ordinary user's PATH may lack.
fn path_dirs() -> Vec<PathBuf> {
    let path = env::var_os("PATH").unwrap_or_default();
    let mut dirs: Vec<_> = env::split_paths(&path).filter(|dir| dir.is_absolute()).collect();
    dirs.extend(["/usr/bin", "/usr/sbin", "/usr/local/bin"].map(PathBuf::from));
    dirs
}

fn debian_dirs() -> Vec<PathBuf> {
    let entries = fs::read_dir("/usr/lib/postgresql").into_iter().flatten().flatten();
    let mut versions: Vec<_> = entries.filter_map(|entry| Some((version_of(&entry)?, entry.path()))).collect();
    versions.sort_by_key(|(version, _)| std::cmp::Reverse(*version));
    versions.into_iter().map(|(_, dir)| dir.join("bin")).collect()
}

fn version_of(entry: &fs::DirEntry) -> Option<u32> {
    entry.file_name().to_str()?.parse().ok()
}

fn pg_config_dir() -> Option<PathBuf> {
    let answer = Command::new("pg_config").arg("--bindir").output().ok()?;
    Some(PathBuf::from(String::from_utf8(answer.stdout).ok()?.trim()))
}

/// The programs of one folder. Links are followed, since PostgreSQL finds its own files from where the program lies.
fn postgres_in(dir: &Path) -> Option<PostgresPrograms> {
    let bin = fs::canonicalize(dir.join("postgres")).ok()?.parent()?.to_owned();
    if !bin.join("initdb").is_file() {
        return None;
    }
    let answer = Command::new(bin.join("postgres")).arg("--version").output().ok()?;
    let major = major_version(&String::from_utf8(answer.stdout).ok()?)?;
    Some(PostgresPrograms { bin, major })
}

/// From "postgres (PostgreSQL) 15.14 (Debian 15.14-0+deb12u1)", also "18beta1".
fn major_version(answer: &str) -> Option<u32> {
    let version = answer.split(") ").nth(1)?;
    let digits = version.chars().take_while(char::is_ascii_digit);
    digits.collect::<String>().parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_are_read_from_what_postgres_prints() {
        assert_eq!(major_version("postgres (PostgreSQL) 15.14 (Debian 15.14-0+deb12u1)\n"), Some(15));
        assert_eq!(major_version("postgres (PostgreSQL) 18beta1\n"), Some(18));
        assert_eq!(major_version("something else"), None);
    }

    #[test]
    fn an_empty_folder_has_no_postgres_and_the_message_says_what_to_install() {
        let error = postgres(Some(Path::new("/proc/self/task")), None).unwrap_err();
        assert_eq!(error.code(), "FAE-0705");
        assert!(error.to_string().contains("apt-get install postgresql redis-server"), "{error}");
    }

    #[test]
    fn data_of_another_version_asks_for_that_version() {
        let error = postgres(None, Some(9)).unwrap_err();
        assert!(error.to_string().contains("version 9, which the data was made with, is needed"), "{error}");
    }
}
