//! Digests: of one file, and of the content of a package.

use std::fmt;

use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

/// SHA-256 of something, written `sha256:<64 hex characters>`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Digest(String);

impl Digest {
    /// The digest of some bytes.
    pub fn of(bytes: &[u8]) -> Self {
        Self(format!("sha256:{}", hex::encode(Sha256::digest(bytes))))
    }

    /// The digest of a package's content: SHA-256 of a text with a first line `faena-package-v1` and then, for each
    /// entry but the signature in the order of the paths, the line `<sha256 in hex> <size in bytes> <path>`. Every
    /// line ends with a newline; paths hold no spaces and no newlines.
    pub(super) fn of_content<'a>(entries: impl Iterator<Item = (&'a str, &'a [u8])>) -> Self {
        let mut entries: Vec<_> = entries.collect();
        entries.sort_unstable_by_key(|(path, _)| *path);
        let mut list = String::from("faena-package-v1\n");
        for (path, bytes) in entries {
            list.push_str(&format!("{} {} {path}\n", hex::encode(Sha256::digest(bytes)), bytes.len()));
        }
        Self::of(list.as_bytes())
    }

    /// The digest as text, such as `sha256:e3b0c442...`.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl TryFrom<String> for Digest {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        let is_hex =
            |hex: &str| hex.len() == 64 && hex.bytes().all(|b| b.is_ascii_digit() || (b'a'..=b'f').contains(&b));
        match text.strip_prefix("sha256:") {
            Some(hex) if is_hex(hex) => Ok(Self(text)),
            _ => Err("a digest is `sha256:` and 64 lower-case hex characters".to_owned()),
        }
    }
}

impl std::str::FromStr for Digest {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        Self::try_from(text.to_owned())
    }
}

impl From<Digest> for String {
    fn from(digest: Digest) -> Self {
        digest.0
    }
}

impl fmt::Display for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}
