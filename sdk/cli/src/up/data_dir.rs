//! The data folder: what is where, and the lock that keeps a second `up` out.

use std::fs::{self, File, TryLockError};
use std::path::{Path, PathBuf};

use anyhow::Result;
use faena_contract::ErrorCode;
use faena_services::effective_uid;

use crate::failure::Failure;
use crate::files;

/// The folder of one Faena, locked for as long as this value lives.
pub(crate) struct DataDir {
    /// The folder, as an absolute path.
    pub(crate) path: PathBuf,
    lock: File,
}

impl DataDir {
    /// Makes the folder where it is missing, and locks it.
    pub(crate) fn open(path: &Path) -> Result<Self> {
        // As root, PostgreSQL's user must be able to walk through; every secret is a file of mode 0600.
        files::create_dir(path, if effective_uid() == 0 { 0o755 } else { 0o700 })?;
        let path = fs::canonicalize(path).map_err(|error| {
            Failure::new(ErrorCode::FileUnreadable, format!("cannot find {}: {error}", path.display()))
        })?;
        let lock = files::open_lock(&path.join("up.lock"))?;
        match lock.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => {
                let detail = format!("Another `faena up` uses {}.", path.display());
                return Err(Failure::new(ErrorCode::DataDirInUse, detail).into());
            }
            Err(TryLockError::Error(error)) => {
                let detail = format!("cannot lock {}: {error}", path.display());
                return Err(Failure::new(ErrorCode::FileUnreadable, detail).into());
            }
        }
        let dir = Self { path, lock };
        for private in [dir.run(), dir.logs(), dir.secrets()] {
            files::create_dir(&private, 0o700)?;
        }
        Ok(dir)
    }

    /// Identities and addresses of the running children.
    pub(crate) fn run(&self) -> PathBuf {
        self.path.join("run")
    }

    /// What the children log.
    pub(crate) fn logs(&self) -> PathBuf {
        self.path.join("logs")
    }

    /// Passwords and keys.
    pub(crate) fn secrets(&self) -> PathBuf {
        self.path.join("secrets")
    }

    /// What the children are told.
    pub(crate) fn config(&self) -> PathBuf {
        self.path.join("faena.toml")
    }
}

impl Drop for DataDir {
    /// Unlocks by name: a child that is just being forked holds a copy of the descriptor, which would keep the lock.
    fn drop(&mut self) {
        // Ending the process unlocks as well.
        let _ = self.lock.unlock();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_has_one_owner_at_a_time() {
        let parent = tempfile::tempdir().unwrap();
        let path = parent.path().join("data");
        let first = DataDir::open(&path).unwrap();
        let error = DataDir::open(&path).err().unwrap();
        assert_eq!(Failure::of(&error).code, "FAE-0706");
        drop(first);
        DataDir::open(&path).unwrap();
    }
}
