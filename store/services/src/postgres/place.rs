//! Where the server's files are, and as whom it runs.

use std::fs::{self, DirBuilder};
use std::io::ErrorKind;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::{DirBuilderExt, MetadataExt};
use std::path::{Path, PathBuf};

use super::SERVICE;
use crate::ServiceError;
use crate::home::Home;
use crate::user::{RunAs, set_mode};

/// Where data goes that root may reach and the server's user may not.
pub(crate) const ELSEWHERE: &str = "/var/lib/faena";

/// A Unix socket's path has at most 107 bytes; `/.s.PGSQL.65535` and its lock file take 20 of them.
const LONGEST_SOCKET_DIR: usize = 87;

#[derive(Debug)]
pub(crate) struct Place {
    /// The folder that is used.
    pub(crate) home: Home,
    pub(crate) socket_dir: PathBuf,
    /// The user to become, if we are root.
    pub(crate) user: Option<RunAs>,
    /// The configured folder, locked as well when the data lie elsewhere.
    _configured: Option<Home>,
}

impl Place {
    /// Locks the configured folder, or the one that stands for it, and prepares it for the server's user.
    pub(crate) fn choose(data_dir: &Path) -> Result<Self, ServiceError> {
        let mode = if crate::sys::effective_uid() == 0 { 0o755 } else { 0o700 };
        let configured = Home::open(data_dir, mode)?;
        let user = RunAs::for_postgres(&configured.dir.join("pgdata"))?;
        let (home, configured) = match elsewhere(&configured, user)? {
            Some(dir) => (Home::open(&dir, mode)?, Some(configured)),
            None => (configured, None),
        };
        let user = RunAs::for_postgres(&home.dir.join("pgdata"))?;
        let socket_dir = socket_dir(&home.dir, user)?;
        Ok(Self { home, socket_dir, user, _configured: configured })
    }

    /// The cluster itself.
    pub(crate) fn data(&self) -> PathBuf {
        self.home.dir.join("pgdata")
    }

    /// The major version that made the cluster; none when there is no cluster yet.
    pub(crate) fn data_version(&self) -> Option<u32> {
        fs::read_to_string(self.data().join("PG_VERSION")).ok()?.trim().parse().ok()
    }
}

/// The folder that stands for one that the server's user cannot reach. The choice is made once and kept in the file
/// `location`, so that data never seem lost because somebody changed the mode of a folder above.
fn elsewhere(configured: &Home, user: Option<RunAs>) -> Result<Option<PathBuf>, ServiceError> {
    if let Ok(kept) = fs::read_to_string(configured.dir.join("location")) {
        return Ok(Some(PathBuf::from(kept.trim())));
    }
    if RunAs::can_enter(user, &configured.dir) {
        return Ok(None);
    }
    if configured.dir.join("pgdata").exists() {
        let reason = format!("its user cannot reach {} any more: mend the modes above it", configured.dir.display());
        return Err(ServiceError::start(SERVICE, reason));
    }
    let dir = unused(&format!("{:016x}", hash(configured.dir.as_os_str().as_bytes())));
    DirBuilder::new().recursive(true).create(&dir).map_err(ServiceError::file("create", &dir))?;
    set_mode(Path::new(ELSEWHERE), 0o755)?;
    configured.write("location", &dir.display().to_string())?;
    tracing::warn!(
        "PostgreSQL does not run as root and its user cannot reach {}: its data are in {}",
        configured.dir.display(),
        dir.display()
    );
    Ok(Some(dir))
}

/// Data of an earlier folder of the same name are neither taken over nor overwritten.
fn unused(name: &str) -> PathBuf {
    let first = Path::new(ELSEWHERE).join(name);
    let others = (2u32..).map(|number| Path::new(ELSEWHERE).join(format!("{name}-{number}")));
    std::iter::once(first.clone()).chain(others).find(|dir| !dir.exists()).unwrap_or(first)
}

fn socket_dir(home: &Path, user: Option<RunAs>) -> Result<PathBuf, ServiceError> {
    let beside = home.join("socket");
    let name = beside.as_os_str().as_bytes();
    let plain = name.iter().all(|byte| byte.is_ascii_alphanumeric() || b"/._-".contains(byte));
    let dir = match plain && name.len() <= LONGEST_SOCKET_DIR {
        true => beside,
        false => PathBuf::from(format!("/tmp/faena-pg-{:016x}", hash(name))),
    };
    let owner = user.map_or_else(crate::sys::effective_uid, |user| user.uid);
    match DirBuilder::new().mode(0o700).create(&dir) {
        Ok(()) => RunAs::own(user, &dir)?,
        Err(error) if error.kind() == ErrorKind::AlreadyExists => refuse_foreign(&dir, owner)?,
        Err(error) => return Err(ServiceError::file("create", &dir)(error)),
    }
    Ok(dir)
}

/// Anybody may create names in /tmp: a folder that is somebody else's, or a link, is not used.
fn refuse_foreign(dir: &Path, owner: u32) -> Result<(), ServiceError> {
    let found = fs::symlink_metadata(dir).map_err(ServiceError::file("read", dir))?;
    if found.is_dir() && found.uid() == owner && found.mode() & 0o077 == 0 {
        return Ok(());
    }
    Err(ServiceError::start(SERVICE, format!("{} belongs to somebody else: remove it", dir.display())))
}

/// FNV-1a: short names that stay the same from one release to the next. Nothing depends on its strength.
fn hash(bytes: &[u8]) -> u64 {
    bytes.iter().fold(0xcbf2_9ce4_8422_2325, |hash, byte| (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_hash_is_the_published_one() {
        assert_eq!(hash(b"foobar"), 0x8594_4171_f739_67e8);
    }
}
