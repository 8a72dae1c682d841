//! Files that others may hold secrets in or depend on: written as a whole, read with a message that names them.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Read, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

use anyhow::Result;
use faena_contract::ErrorCode;

use crate::failure::Failure;

/// Replaces a file as a whole, readable by its owner only. A reader sees the old text or the new one.
pub(crate) fn write_private(path: &Path, text: &str) -> Result<()> {
    let mut name = path.file_name().unwrap_or_default().to_owned();
    name.push(".new");
    let new = path.with_file_name(name);
    let written = private().create(true).write(true).truncate(true).open(&new).and_then(|mut file| {
        file.write_all(text.as_bytes())?;
        file.sync_all()
    });
    written.and_then(|()| fs::rename(&new, path)).map_err(|error| failed("write", path, &error))
}

/// Opens a log for appending; one that has grown beyond `limit` bytes is set aside first.
pub(crate) fn open_log(path: &Path, limit: u64) -> Result<File> {
    if fs::metadata(path).is_ok_and(|found| found.len() > limit) {
        fs::rename(path, path.with_extension("log.1")).map_err(|error| failed("set aside", path, &error))?;
    }
    private().create(true).append(true).open(path).map_err(|error| failed("open", path, &error))
}

/// Opens a file for locking, making it if needed.
pub(crate) fn open_lock(path: &Path) -> Result<File> {
    private().create(true).write(true).truncate(false).open(path).map_err(|error| failed("open", path, &error))
}

/// Makes a folder and those above it; new ones get this mode.
pub(crate) fn create_dir(path: &Path, mode: u32) -> Result<()> {
    let made = fs::DirBuilder::new().recursive(true).mode(mode).create(path);
    made.map_err(|error| failed("create", path, &error))
}

/// The text of a file that must be there.
pub(crate) fn read(path: &Path) -> Result<String> {
    fs::read_to_string(path).map_err(|error| failed("read", path, &error))
}

/// The bytes of a file that must be there.
pub(crate) fn read_bytes(path: &Path) -> Result<Vec<u8>> {
    fs::read(path).map_err(|error| failed("read", path, &error))
}

/// The text of a file, if it is there.
pub(crate) fn read_if_there(path: &Path) -> Result<Option<String>> {
    match fs::read_to_string(path) {
        Ok(text) => Ok(Some(text)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(failed("read", path, &error)),
    }
}

/// Removes a file, if it is there.
pub(crate) fn remove(path: &Path) -> Result<()> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(failed("remove", path, &error)),
        _ => Ok(()),
    }
}

/// What an argument stands for: the text itself, `@file`, or `-` for standard input.
pub(crate) fn argument(text: &str) -> Result<String> {
    match text.strip_prefix('@') {
        Some(path) => read(&PathBuf::from(path)),
        None if text == "-" => standard_input(),
        None => Ok(text.to_owned()),
    }
}

/// Everything on standard input.
pub(crate) fn standard_input() -> Result<String> {
    let mut text = String::new();
    io::stdin()
        .read_to_string(&mut text)
        .map_err(|error| Failure::new(ErrorCode::FileUnreadable, format!("cannot read standard input: {error}")))?;
    Ok(text)
}

fn private() -> OpenOptions {
    let mut options = OpenOptions::new();
    options.mode(0o600);
    options
}

fn failed(operation: &str, path: &Path, error: &io::Error) -> anyhow::Error {
    Failure::new(ErrorCode::FileUnreadable, format!("cannot {operation} {}: {error}", path.display())).into()
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    #[test]
    fn what_is_written_is_private_and_replaces_what_was_there() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("client.json");
        fs::write(&path, "old and readable by everybody").unwrap();
        write_private(&path, "new").unwrap();
        assert_eq!(read(&path).unwrap(), "new");
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
        assert_eq!(argument(&format!("@{}", path.display())).unwrap(), "new");
        assert_eq!(argument("{}").unwrap(), "{}");
        remove(&path).unwrap();
        remove(&path).unwrap();
        assert_eq!(read_if_there(&path).unwrap(), None);
    }
}
