//! The outside of a package: a zstd frame and, in a frame that zstd tools skip, the checksum of everything before it.
//!
//! The checksum protects from accidents, not from attackers: it makes any change to the file show, also where zstd
//! would unpack the same content from other bytes.

use std::io::{BufReader, Read, Write};

use faena_contract::limits as contract;
use sha2::{Digest, Sha256};
use zstd::stream::read::Decoder;
use zstd::stream::write::Encoder;

use super::error::PackageError;
use crate::limits::WINDOW_LOG;

/// First bytes of a zstd frame.
const ZSTD: [u8; 4] = [0x28, 0xb5, 0x2f, 0xfd];
/// Head of the frame that is skipped: its magic number, its size (48), and which format this is.
const TRAILER: &[u8; 24] = b"\x5f\x2a\x4d\x18\x30\x00\x00\x00faena-package-1\n";
/// Bytes of the checksum.
const CHECKSUM: usize = 32;
const LEVEL: i32 = 9;

/// The bytes of a package around the bytes of its archive.
pub(super) fn wrap(archive: &[u8]) -> Result<Vec<u8>, PackageError> {
    let mut bytes = compress(archive).map_err(PackageError::Write)?;
    bytes.extend_from_slice(TRAILER);
    let checksum = Sha256::digest(&bytes);
    bytes.extend_from_slice(&checksum);
    check_size(&bytes)?;
    Ok(bytes)
}

fn compress(archive: &[u8]) -> std::io::Result<Vec<u8>> {
    let mut encoder = Encoder::new(Vec::new(), LEVEL)?;
    encoder.window_log(WINDOW_LOG)?;
    encoder.set_pledged_src_size(Some(archive.len() as u64))?;
    encoder.write_all(archive)?;
    encoder.finish()
}

/// The archive of a package, unpacked while it is read. It ends with an error when it is longer than the limit.
pub(super) fn unwrap(bytes: &[u8]) -> Result<impl Read, PackageError> {
    check_size(bytes)?;
    let frame = check_frames(bytes)?;
    let mut decoder = Decoder::with_buffer(BufReader::new(frame)).map_err(PackageError::Unpack)?.single_frame();
    decoder.window_log_max(WINDOW_LOG).map_err(PackageError::Unpack)?;
    // One byte more, by which the archive's reader sees that there is too much.
    Ok(decoder.take(contract::UNPACKED_BYTES + 1))
}

fn check_size(bytes: &[u8]) -> Result<(), PackageError> {
    if bytes.len() > contract::PACKAGE_BYTES {
        return Err(PackageError::TooLarge { what: "package", limit: contract::PACKAGE_BYTES as u64 });
    }
    Ok(())
}

fn check_frames(bytes: &[u8]) -> Result<&[u8], PackageError> {
    if !bytes.starts_with(&ZSTD) {
        return Err(PackageError::NotAPackage("it is not compressed with zstd"));
    }
    let Some((rest, checksum)) = bytes.split_last_chunk::<CHECKSUM>() else {
        return Err(PackageError::NotAPackage("it is too short"));
    };
    let Some(frame) = rest.strip_suffix(TRAILER) else {
        return Err(PackageError::NotAPackage("it lacks the mark at its end, or the end itself"));
    };
    if <[u8; CHECKSUM]>::from(Sha256::digest(rest)) != *checksum {
        return Err(PackageError::Damaged("its checksum differs"));
    }
    // Another frame behind the first would be bytes that nobody signed.
    match zstd::zstd_safe::find_frame_compressed_size(frame) {
        Ok(size) if size == frame.len() => Ok(frame),
        _ => Err(PackageError::Damaged("it is not one zstd frame")),
    }
}
