//! As whom a server runs. PostgreSQL refuses to run as root; everything else runs as whoever we are.

use std::os::unix::fs::{MetadataExt, PermissionsExt, chown};
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::Command;

use crate::ServiceError;

/// A user and group that a child takes before it starts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct RunAs {
    pub(crate) uid: u32,
    pub(crate) gid: u32,
}

impl RunAs {
    /// Nobody to change to when we are an ordinary user. As root: the owner of the data if there is data, else `postgres`.
    pub(crate) fn for_postgres(data: &Path) -> Result<Option<Self>, ServiceError> {
        if crate::sys::effective_uid() != 0 {
            return Ok(None);
        }
        let owner = std::fs::metadata(data).ok().map(|found| Self { uid: found.uid(), gid: found.gid() });
        match owner.filter(|owner| owner.uid != 0) {
            Some(owner) => Ok(Some(owner)),
            None => Self::named("postgres").map(Some),
        }
    }

    fn named(name: &'static str) -> Result<Self, ServiceError> {
        let (uid, gid) = (id("-u", name), id("-g", name));
        let (Some(uid), Some(gid)) = (uid, gid) else {
            let problem = "PostgreSQL refuses to run as root and there is no user `postgres`".into();
            return Err(ServiceError::ProgramMissing { program: "postgres", problem });
        };
        Ok(Self { uid, gid })
    }

    /// Lets the child of `command` become this user; the standard library drops the supplementary groups too.
    pub(crate) fn apply(user: Option<Self>, command: &mut Command) {
        if let Some(user) = user {
            command.gid(user.gid).uid(user.uid);
        }
    }

    /// Gives a file or folder to this user.
    pub(crate) fn own(user: Option<Self>, path: &Path) -> Result<(), ServiceError> {
        match user {
            Some(user) => chown(path, Some(user.uid), Some(user.gid)).map_err(ServiceError::file("give away", path)),
            None => Ok(()),
        }
    }

    /// Whether this user can enter `dir`: tried, not computed, so that access lists and mounts count as well.
    pub(crate) fn can_enter(user: Option<Self>, dir: &Path) -> bool {
        let mut command = Command::new("true");
        command.current_dir(dir);
        Self::apply(user, &mut command);
        user.is_none() || command.status().is_ok_and(|status| status.success())
    }
}

/// Sets the mode whatever the umask is.
pub(crate) fn set_mode(path: &Path, mode: u32) -> Result<(), ServiceError> {
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(mode)).map_err(ServiceError::file("protect", path))
}

/// Asks `id`, which knows users from everywhere, not only from /etc/passwd.
fn id(which: &str, name: &str) -> Option<u32> {
    let answer = Command::new("id").args([which, name]).output().ok()?;
    String::from_utf8(answer.stdout).ok()?.trim().parse().ok()
}
