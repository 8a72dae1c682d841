//! The tar inside a package. Of all the tars that hold the same files it is exactly one: entries in a fixed order, each
//! with the header that [`header`] makes, zeros as padding, two empty blocks at the end.

use std::io::{self, Read};

use faena_contract::limits as contract;
use tar::{EntryType, Header};

use super::error::{EntryProblem, PackageError};
use crate::{SchemaPath, limits};

pub(super) const MANIFEST: &str = "manifest.toml";
pub(super) const COMPONENT: &str = "component.wasm";
pub(super) const SIGNATURE: &str = "signature.json";

const BLOCK: usize = 512;
type Block = [u8; BLOCK];

/// One file of a package.
pub(super) struct Entry {
    pub(super) path: String,
    pub(super) bytes: Vec<u8>,
}

/// Writes the entries as they are given; [`read`] checks their order.
pub(super) fn write<'a>(entries: impl Iterator<Item = (&'a str, &'a [u8])>) -> Result<Vec<u8>, PackageError> {
    let mut archive = Vec::new();
    for (path, bytes) in entries {
        archive.extend_from_slice(header(path, bytes.len() as u64).map_err(PackageError::Write)?.as_bytes());
        archive.extend_from_slice(bytes);
        archive.resize(archive.len().next_multiple_of(BLOCK), 0);
    }
    archive.resize(archive.len() + 2 * BLOCK, 0);
    Ok(archive)
}

/// Reads every entry, or refuses the archive at the first thing that is not as [`write`] has it.
pub(super) fn read(source: impl Read) -> Result<Vec<Entry>, PackageError> {
    let mut source = Source { inner: source, left: contract::UNPACKED_BYTES };
    let mut entries: Vec<Entry> = Vec::new();
    while let Some(entry) = read_entry(&mut source, &entries)? {
        if entries.len() == limits::ENTRIES {
            return Err(PackageError::TooManyEntries { limit: limits::ENTRIES });
        }
        entries.push(entry);
    }
    source.end()?;
    Ok(entries)
}

fn read_entry(source: &mut Source<impl Read>, before: &[Entry]) -> Result<Option<Entry>, PackageError> {
    let block = source.block()?;
    if block == [0; BLOCK] {
        return Ok(None);
    }
    let found = Header::from_byte_slice(&block);
    let path = check_path(found)?;
    let refuse = |problem| PackageError::entry(&path, problem);
    let rank = rank(&path).ok_or_else(|| refuse(EntryProblem::Unknown))?;
    check_order(&path, rank, before).map_err(refuse)?;
    let size = found.entry_size().map_err(|_| refuse(EntryProblem::Header))?;
    if size > rank.limit() {
        return Err(refuse(EntryProblem::TooLarge(rank.limit())));
    }
    if header(&path, size).map_err(PackageError::Write)?.as_bytes() != found.as_bytes() {
        return Err(refuse(EntryProblem::Header));
    }
    let bytes = source.content(size).map_err(|error| error.unwrap_or_else(|| refuse(EntryProblem::SizeLie)))?;
    Ok(Some(Entry { path, bytes }))
}

/// The path of a regular file inside the package, or what else the header describes.
fn check_path(header: &Header) -> Result<String, PackageError> {
    let bytes = header.path_bytes();
    let path = String::from_utf8_lossy(&bytes).into_owned();
    let drive = path.get(1..2) == Some(":");
    let problem = match header.entry_type() {
        EntryType::Symlink | EntryType::Link => EntryProblem::Link,
        EntryType::Regular if path.starts_with(['/', '\\']) || drive => EntryProblem::Absolute,
        EntryType::Regular if path.split(['/', '\\']).any(|part| part == "..") => EntryProblem::Traversal,
        EntryType::Regular => return Ok(path),
        _ => EntryProblem::NotAFile,
    };
    Err(PackageError::entry(&path, problem))
}

/// Where an entry stands among the others; schemas are ordered by path.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Rank {
    Manifest,
    Component,
    Schema,
    Signature,
}

impl Rank {
    fn limit(self) -> u64 {
        let bytes = match self {
            Self::Manifest => limits::MANIFEST_BYTES,
            Self::Component => limits::COMPONENT_BYTES,
            Self::Schema => contract::SCHEMA_BYTES,
            Self::Signature => limits::SIGNATURE_BYTES,
        };
        bytes as u64
    }
}

fn rank(path: &str) -> Option<Rank> {
    match path {
        MANIFEST => Some(Rank::Manifest),
        COMPONENT => Some(Rank::Component),
        SIGNATURE => Some(Rank::Signature),
        _ => path.parse::<SchemaPath>().is_ok().then_some(Rank::Schema),
    }
}

fn check_order(path: &str, rank: Rank, before: &[Entry]) -> Result<(), EntryProblem> {
    if before.iter().any(|entry| entry.path == path) {
        return Err(EntryProblem::Duplicate);
    }
    match before.last() {
        Some(last) if (self::rank(&last.path), last.path.as_str()) > (Some(rank), path) => {
            Err(EntryProblem::OutOfOrder)
        }
        _ => Ok(()),
    }
}

/// The one header that an entry may have.
fn header(path: &str, size: u64) -> io::Result<Header> {
    let mut header = Header::new_ustar();
    header.set_path(path)?;
    header.set_entry_type(EntryType::Regular);
    header.set_mode(0o644);
    header.set_uid(0);
    header.set_gid(0);
    header.set_mtime(0);
    header.set_size(size);
    header.set_cksum();
    Ok(header)
}

/// The unpacked bytes, counted.
struct Source<R> {
    inner: R,
    left: u64,
}

impl<R: Read> Source<R> {
    fn block(&mut self) -> Result<Block, PackageError> {
        let mut block = [0; BLOCK];
        self.spend(BLOCK as u64)?;
        self.inner.read_exact(&mut block).map_err(ended)?;
        Ok(block)
    }

    /// The content of an entry and its padding. `Err(None)` when there is less than the header says. Memory grows with
    /// what arrives, not with what is announced.
    fn content(&mut self, size: u64) -> Result<Vec<u8>, Option<PackageError>> {
        let padding = size.next_multiple_of(BLOCK as u64) - size;
        self.spend(size + padding)?;
        let mut bytes = Vec::new();
        self.inner.by_ref().take(size + padding).read_to_end(&mut bytes).map_err(PackageError::Unpack)?;
        if (bytes.len() as u64) < size + padding {
            return Err(None);
        }
        let content = bytes.len() - padding as usize;
        if bytes.iter().skip(content).any(|byte| *byte != 0) {
            return Err(Some(PackageError::Damaged("its padding is not empty")));
        }
        bytes.truncate(content);
        Ok(bytes)
    }

    /// The second empty block, and then nothing.
    fn end(&mut self) -> Result<(), PackageError> {
        if self.block()? != [0; BLOCK] {
            return Err(PackageError::Damaged("its archive does not end as it should"));
        }
        match self.inner.read(&mut [0]).map_err(PackageError::Unpack)? {
            0 => Ok(()),
            _ => Err(PackageError::Damaged("it has something after the end of its archive")),
        }
    }

    fn spend(&mut self, bytes: u64) -> Result<(), PackageError> {
        let limit = contract::UNPACKED_BYTES;
        self.left = self.left.checked_sub(bytes).ok_or(PackageError::TooLarge { what: "unpacked package", limit })?;
        Ok(())
    }
}

fn ended(error: io::Error) -> PackageError {
    match error.kind() {
        io::ErrorKind::UnexpectedEof => PackageError::Damaged("its archive ends too early"),
        _ => PackageError::Unpack(error),
    }
}
