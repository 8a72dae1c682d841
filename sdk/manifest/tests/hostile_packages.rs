//! Packages that somebody made to do harm, or that were damaged on the way. Each is built by hand, checksum included,
//! because `PackageBuilder` makes none of them.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test's helpers fail it by a panic, as the test itself does"
)]

mod support;

use std::io::Write;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use faena_manifest::{EntryProblem, Package, PackageError, limits};
use sha2::{Digest, Sha256};
use support::{MANIFEST, component, files, key, package};
use tar::{EntryType, Header};

type Entry = (String, Vec<u8>);

/// The entries of the good package.
fn entries() -> Vec<Entry> {
    let tar = zstd::stream::decode_all(package().as_slice()).unwrap();
    let mut archive = tar::Archive::new(tar.as_slice());
    let read = |entry: std::io::Result<tar::Entry<'_, &[u8]>>| {
        let mut entry = entry.unwrap();
        let mut bytes = Vec::new();
        std::io::Read::read_to_end(&mut entry, &mut bytes).unwrap();
        (entry.path().unwrap().display().to_string(), bytes)
    };
    archive.entries().unwrap().map(read).collect()
}

fn header(path: &str, size: u64) -> Header {
    let mut header = Header::new_ustar();
    header.as_ustar_mut().unwrap().name[..path.len()].copy_from_slice(path.as_bytes());
    header.set_entry_type(EntryType::Regular);
    header.set_mode(0o644);
    header.set_uid(0);
    header.set_gid(0);
    header.set_mtime(0);
    header.set_size(size);
    header.set_cksum();
    header
}

fn tar_of(entries: &[(Header, Vec<u8>)]) -> Vec<u8> {
    let mut tar = Vec::new();
    for (header, bytes) in entries {
        tar.extend_from_slice(header.as_bytes());
        tar.extend_from_slice(bytes);
        tar.resize(tar.len().next_multiple_of(512), 0);
    }
    tar.extend_from_slice(&[0; 1024]);
    tar
}

/// The outside of a package around any compressed bytes.
fn seal(mut bytes: Vec<u8>) -> Vec<u8> {
    bytes.extend_from_slice(b"\x5f\x2a\x4d\x18\x30\x00\x00\x00faena-package-1\n");
    let checksum = Sha256::digest(&bytes);
    bytes.extend_from_slice(&checksum);
    bytes
}

fn open_tar(tar: &[u8]) -> PackageError {
    Package::open(&seal(zstd::encode_all(tar, 1).unwrap())).unwrap_err()
}

fn plain(entries: Vec<Entry>) -> Vec<(Header, Vec<u8>)> {
    entries.into_iter().map(|(path, bytes)| (header(&path, bytes.len() as u64), bytes)).collect()
}

/// What opening says after the good entries were changed.
fn after(change: impl FnOnce(&mut Vec<Entry>)) -> PackageError {
    let mut entries = entries();
    change(&mut entries);
    open_tar(&tar_of(&plain(entries)))
}

/// What opening says about one entry, put first.
fn problem_of(header: Header, bytes: &[u8]) -> EntryProblem {
    let mut all = vec![(header, bytes.to_vec())];
    all.extend(plain(entries()));
    match open_tar(&tar_of(&all)) {
        PackageError::Entry { problem, .. } => problem,
        other => panic!("{other}"),
    }
}

#[test]
fn the_hand_made_form_of_the_good_package_opens() {
    let tar = tar_of(&plain(entries()));
    Package::open(&seal(zstd::encode_all(tar.as_slice(), 1).unwrap())).unwrap().verify(&key().verifying_key()).unwrap();
}

#[test]
fn what_is_no_package_is_refused() {
    for bytes in [&b""[..], b"hello", b"\x28\xb5\x2f\xfd", &[0; 4096], b"PK\x03\x04"] {
        assert_eq!(Package::open(bytes).unwrap_err().code().as_str(), "FAE-0301");
    }
    assert_eq!(Package::open(&zstd::encode_all(&b"hi"[..], 1).unwrap()).unwrap_err().code().as_str(), "FAE-0301");
    assert_eq!(open_tar(b"hi").code().as_str(), "FAE-0301");
    assert_eq!(open_tar(&[0; 1024]).to_string(), "entry `manifest.toml`: is missing");
    let large = vec![0; (64 << 20) + 1];
    assert_eq!(Package::open(&large).unwrap_err().code().as_str(), "FAE-0312");
}

#[test]
fn any_changed_byte_is_detected() {
    let good = package();
    let mut state = 0x9e37_79b9_7f4a_7c15_u64;
    let mut random = || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        state
    };
    for round in 0..4_000_usize {
        let mut bytes = good.clone();
        // Every position once, then any.
        let position = if round < bytes.len() { round } else { random() as usize % bytes.len() };
        bytes[position] ^= (random() % 255 + 1) as u8;
        assert!(Package::open(&bytes).is_err(), "byte {position}");
    }
    for length in 0..good.len() {
        assert!(Package::open(&good[..length]).is_err(), "cut to {length}");
    }
    assert!(Package::open(&[good.as_slice(), b"x"].concat()).is_err());
}

/// The same, for somebody who can repair the checksum: then form or signature catch it.
#[test]
fn any_changed_byte_of_the_archive_is_detected_without_the_checksum() {
    let tar = tar_of(&plain(entries()));
    for position in 0..tar.len() {
        let mut changed = tar.clone();
        changed[position] ^= 1 + (position % 255) as u8;
        let opened = Package::open(&seal(zstd::encode_all(changed.as_slice(), 1).unwrap()));
        let verified = opened.and_then(|package| package.verify(&key().verifying_key()));
        assert!(verified.is_err(), "byte {position}");
    }
}

#[test]
fn paths_that_leave_the_package_are_refused() {
    for path in ["/manifest.toml", "\\x", "C:\\x", "c:/x"] {
        assert_eq!(problem_of(header(path, 1), b"x"), EntryProblem::Absolute, "{path}");
    }
    for path in ["../x", "schemas/../../x.json", "schemas\\..\\x", ".."] {
        assert_eq!(problem_of(header(path, 1), b"x"), EntryProblem::Traversal, "{path}");
    }
    for path in ["", ".", "./manifest.toml", "x", "schemas/x", "schemas//x.json", "schemas/.x.json", "MANIFEST.toml"] {
        assert_eq!(problem_of(header(path, 1), b"x"), EntryProblem::Unknown, "{path}");
    }
}

#[test]
fn everything_but_regular_files_is_refused() {
    let of_type = |kind: EntryType| {
        let mut header = header("manifest.toml", 0);
        header.as_ustar_mut().unwrap().linkname[..11].copy_from_slice(b"/etc/passwd");
        header.set_entry_type(kind);
        header.set_cksum();
        problem_of(header, b"")
    };
    for kind in [EntryType::Symlink, EntryType::Link] {
        assert_eq!(of_type(kind), EntryProblem::Link);
    }
    for kind in [
        EntryType::Directory,
        EntryType::Char,
        EntryType::Fifo,
        EntryType::Continuous,
        EntryType::XHeader,
        EntryType::XGlobalHeader,
        EntryType::GNULongName,
        EntryType::GNULongLink,
        EntryType::GNUSparse,
    ] {
        assert_eq!(of_type(kind), EntryProblem::NotAFile, "{kind:?}");
    }
}

#[test]
fn headers_with_more_than_the_format_has_are_refused() {
    let with = |change: fn(&mut Header)| {
        let mut header = header("manifest.toml", 1);
        change(&mut header);
        header.set_cksum();
        problem_of(header, b"x")
    };
    assert_eq!(with(|header| header.set_mtime(1)), EntryProblem::Header);
    assert_eq!(with(|header| header.set_mode(0o4755)), EntryProblem::Header);
    assert_eq!(with(|header| header.set_uid(1)), EntryProblem::Header);
    assert_eq!(with(|header| header.set_username("root").unwrap()), EntryProblem::Header);
    let mut wrong_sum = header("manifest.toml", 1);
    wrong_sum.as_old_mut().cksum = *b"0000000\0";
    assert_eq!(problem_of(wrong_sum, b"x"), EntryProblem::Header);
}

#[test]
fn entries_must_be_there_once_and_in_order() {
    let twice = after(|entries| entries.insert(1, entries[0].clone()));
    assert!(matches!(twice, PackageError::Entry { problem: EntryProblem::Duplicate, .. }), "{twice}");
    let swapped = after(|entries| entries.swap(0, 1));
    assert!(matches!(swapped, PackageError::Entry { problem: EntryProblem::OutOfOrder, .. }), "{swapped}");
    for (index, name) in ["manifest.toml", "component.wasm", "schemas/in.json"].into_iter().enumerate() {
        let lacking = after(|entries| drop(entries.remove(index)));
        assert_eq!(lacking.to_string(), format!("entry `{name}`: is missing"));
        assert_eq!(lacking.code().as_str(), "FAE-0301");
    }
    assert_eq!(after(|entries| drop(entries.pop())).to_string(), "entry `signature.json`: is missing");
    let unnamed = after(|entries| entries.insert(4, ("schemas/zzz.json".to_owned(), b"{}".to_vec())));
    assert!(matches!(unnamed, PackageError::Entry { problem: EntryProblem::Unknown, .. }), "{unnamed}");
}

#[test]
fn too_many_entries_are_refused() {
    let many = (0..limits::ENTRIES).map(|number| (format!("schemas/a{number:05}.json"), Vec::new()));
    let error = after(|entries| drop(entries.splice(2..2, many)));
    assert!(matches!(error, PackageError::TooManyEntries { .. }), "{error}");
    assert_eq!(error.code().as_str(), "FAE-0312");
}

#[test]
fn a_lie_about_size_is_refused_without_believing_it() {
    let announced = |path: &str, size: u64| {
        let mut tar = tar_of(&plain(entries()[..1].to_vec()));
        tar.truncate(tar.len() - 1024);
        tar.extend_from_slice(header(path, size).as_bytes());
        match open_tar(&tar) {
            PackageError::Entry { problem, .. } => problem,
            other => panic!("{other}"),
        }
    };
    assert_eq!(announced("component.wasm", limits::COMPONENT_BYTES as u64), EntryProblem::SizeLie);
    assert!(matches!(announced("component.wasm", 1 << 32), EntryProblem::TooLarge(_)));
    assert!(matches!(announced("component.wasm", u64::MAX), EntryProblem::TooLarge(_)));
    assert!(matches!(announced("schemas/a.json", 257 << 10), EntryProblem::TooLarge(_)));
}

#[test]
fn a_bomb_is_not_unpacked() {
    let mut bomb = tar_of(&plain(entries()[..1].to_vec()));
    bomb.truncate(bomb.len() - 1024);
    let size = limits::COMPONENT_BYTES as u64;
    bomb.extend_from_slice(header("component.wasm", size).as_bytes());
    let mut encoder = zstd::Encoder::new(Vec::new(), 1).unwrap();
    encoder.write_all(&bomb).unwrap();
    let mebibyte = vec![0; 1 << 20];
    for _ in 0..size >> 20 {
        encoder.write_all(&mebibyte).unwrap();
    }
    // Schemas of the largest size, many more than fit into what is left.
    let schema = vec![b' '; 256 << 10];
    for number in 0..400 {
        encoder.write_all(header(&format!("schemas/a{number:05}.json"), 256 << 10).as_bytes()).unwrap();
        encoder.write_all(&schema).unwrap();
    }
    let bytes = seal(encoder.finish().unwrap());
    assert!(bytes.len() < 1 << 20, "{} bytes", bytes.len());
    let error = Package::open(&bytes).unwrap_err();
    assert!(matches!(error, PackageError::TooLarge { what: "unpacked package", .. }), "{error}");
    assert_eq!(error.code().as_str(), "FAE-0312");
}

#[test]
fn a_window_that_wants_much_memory_is_refused() {
    let mut encoder = zstd::Encoder::new(Vec::new(), 1).unwrap();
    encoder.window_log(27).unwrap();
    encoder.write_all(&tar_of(&plain(entries()))).unwrap();
    let error = Package::open(&seal(encoder.finish().unwrap())).unwrap_err();
    assert!(matches!(error, PackageError::Unpack(_)), "{error}");
}

#[test]
fn nothing_may_follow_the_archive() {
    let good = tar_of(&plain(entries()));
    let more = [good.as_slice(), &[0; 512]].concat();
    assert!(matches!(open_tar(&more), PackageError::Damaged(_)));
    let frame = zstd::encode_all(good.as_slice(), 1).unwrap();
    let second = [frame.clone(), zstd::encode_all(&b"more"[..], 1).unwrap()].concat();
    assert!(matches!(Package::open(&seal(second)), Err(PackageError::Damaged(_))));
    let skipped = [frame.as_slice(), b"\x50\x2a\x4d\x18\x02\x00\x00\x00hi"].concat();
    assert!(matches!(Package::open(&seal(skipped)), Err(PackageError::Damaged(_))));
    let mut padded = good;
    let end_of_manifest = 512 + MANIFEST.len();
    padded[end_of_manifest] = b'x';
    assert!(matches!(open_tar(&padded), PackageError::Damaged(_)));
}

#[test]
fn a_signature_is_over_what_is_in_the_package() {
    let told = |error: PackageError| (error.code().to_string(), error.to_string());
    let component = told(after(|entries| *entries[1].1.last_mut().unwrap() ^= 1));
    assert_eq!(component.0, "FAE-0302");
    assert!(component.1.contains("another component"), "{}", component.1);
    let schema = told(after(|entries| entries[2].1.push(b' ')));
    assert!(schema.0 == "FAE-0302" && schema.1.contains("another content"), "{schema:?}");
    let version = told(after(|entries| {
        entries[0].1 = MANIFEST.replace("0.1.0", "0.2.0").into_bytes();
    }));
    assert!(version.0 == "FAE-0302" && version.1.contains("another version"), "{version:?}");
    let none = told(after(|entries| entries[4].1 = b"{}".to_vec()));
    assert_eq!(none.0, "FAE-0302");
    let spaced = told(after(|entries| entries[4].1.push(b'\n')));
    assert_eq!(spaced.0, "FAE-0302");
}

#[test]
fn a_statement_signed_by_another_key_does_not_verify() {
    // Somebody else's signature under the key id that people trust.
    let error = Package::open(&{
        let mut all = entries();
        let text = String::from_utf8(all[4].1.clone()).unwrap();
        let mut envelope: serde_json::Value = serde_json::from_str(&text).unwrap();
        let forged = ed25519_dalek::Signer::sign(&ed25519_dalek::SigningKey::from_bytes(&[9; 32]), b"x");
        let old = envelope["signatures"][0]["sig"].take();
        all[4].1 = text.replace(old.as_str().unwrap(), &STANDARD.encode(forged.to_bytes())).into_bytes();
        seal(zstd::encode_all(tar_of(&plain(all)).as_slice(), 1).unwrap())
    })
    .unwrap()
    .verify(&key().verifying_key())
    .unwrap_err();
    assert!(matches!(error, PackageError::Signature), "{error}");
    assert_eq!(error.code().as_str(), "FAE-0302");
}

#[test]
fn text_must_be_text_and_schemas_must_be_schemas() {
    let text = after(|entries| entries[0].1 = vec![0xff]);
    assert!(matches!(text, PackageError::Entry { problem: EntryProblem::NotText, .. }), "{text}");
    let manifest = after(|entries| entries[0].1 = b"[module]".to_vec());
    assert_eq!(manifest.code().as_str(), "FAE-0304");
    let schema = after(|entries| entries[2].1 = br#"{"$ref":"file:///etc/passwd"}"#.to_vec());
    assert!(schema.to_string().contains("self-contained"), "{schema}");
    assert!(files().len() == 2 && !component().is_empty());
}
