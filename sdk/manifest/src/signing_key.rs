//! Keys that sign packages, as text: PEM for the private one, hex or PEM for the public one.

use std::fmt;

pub use ed25519_dalek::{SigningKey, VerifyingKey};

use ed25519_dalek::pkcs8::spki::der::pem::LineEnding;
use ed25519_dalek::pkcs8::{DecodePrivateKey, DecodePublicKey, EncodePrivateKey, EncodePublicKey, KeypairBytes};
use faena_contract::ErrorCode;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use zeroize::Zeroizing;

/// Short name of a public key: the first 16 hex characters of its SHA-256, such as `21fe31dfa154a261`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct KeyId(String);

impl KeyId {
    /// The id as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for KeyId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

/// Why a key cannot be read or made. It never holds the key.
#[derive(Debug, thiserror::Error)]
pub enum KeyError {
    /// The operating system gave no random bytes.
    #[error("the operating system gives no random bytes: {0}")]
    Random(getrandom::Error),
    /// The text is not a private key.
    #[error("this is not an Ed25519 private key in PEM; make one with `faena module keygen`")]
    NotPrivate,
    /// The text is not a public key.
    #[error("this is not an Ed25519 public key; give its 64 hex characters or its PEM text")]
    NotPublic,
    /// A private key stands where a public one belongs.
    #[error("this is a private key; keep it secret and give the public key instead")]
    PrivateGiven,
    /// The key is one under which anybody can make signatures.
    #[error("this public key is weak: it is a point of small order; make another key")]
    Weak,
    /// The key could not be written as PEM.
    #[error("the key cannot be written as PEM")]
    Encode,
}

impl KeyError {
    /// The stable code of the error.
    pub fn code(&self) -> ErrorCode {
        match self {
            Self::Random(_) | Self::Encode => ErrorCode::Internal,
            Self::NotPrivate | Self::NotPublic | Self::PrivateGiven | Self::Weak => ErrorCode::InvalidBody,
        }
    }
}

/// Makes a new key from the operating system's randomness.
///
/// # Errors
/// When there is none.
pub fn generate_key() -> Result<SigningKey, KeyError> {
    let mut seed = Zeroizing::new([0; 32]);
    getrandom::fill(seed.as_mut_slice()).map_err(KeyError::Random)?;
    Ok(SigningKey::from_bytes(&seed))
}

/// The name of a public key in signatures, lists and logs.
pub fn key_id(key: &VerifyingKey) -> KeyId {
    let digest = hex::encode(Sha256::digest(key.as_bytes()));
    KeyId(digest.chars().take(16).collect())
}

/// The private key as PKCS#8 PEM, in the first version of that format, which every tool reads.
///
/// # Errors
/// When the encoder fails, which a well-formed key does not make it do.
pub fn private_key_to_pem(key: &SigningKey) -> Result<Zeroizing<String>, KeyError> {
    let pair = KeypairBytes { secret_key: key.to_bytes(), public_key: None };
    pair.to_pkcs8_pem(LineEnding::LF).map_err(|_| KeyError::Encode)
}

/// Reads a private key from PKCS#8 PEM.
///
/// # Errors
/// When the text is something else.
pub fn private_key_from_pem(text: &str) -> Result<SigningKey, KeyError> {
    SigningKey::from_pkcs8_pem(text.trim()).map_err(|_| KeyError::NotPrivate)
}

/// The public key as 64 hex characters.
pub fn public_key_to_hex(key: &VerifyingKey) -> String {
    hex::encode(key.as_bytes())
}

/// The public key as PEM.
///
/// # Errors
/// When the encoder fails, which a well-formed key does not make it do.
pub fn public_key_to_pem(key: &VerifyingKey) -> Result<String, KeyError> {
    key.to_public_key_pem(LineEnding::LF).map_err(|_| KeyError::Encode)
}

/// Reads a public key from hex or PEM.
///
/// # Errors
/// When the text is something else, a private key above all, or the key is weak.
pub fn public_key_from_text(text: &str) -> Result<VerifyingKey, KeyError> {
    let text = text.trim();
    if text.contains("PRIVATE KEY") {
        return Err(KeyError::PrivateGiven);
    }
    let key = if text.starts_with("-----BEGIN") {
        VerifyingKey::from_public_key_pem(text).map_err(|_| KeyError::NotPublic)?
    } else {
        let mut bytes = [0; 32];
        hex::decode_to_slice(text, &mut bytes).map_err(|_| KeyError::NotPublic)?;
        VerifyingKey::from_bytes(&bytes).map_err(|_| KeyError::NotPublic)?
    };
    if key.is_weak() { Err(KeyError::Weak) } else { Ok(key) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_survive_as_text() {
        let key = generate_key().unwrap();
        let pem = private_key_to_pem(&key).unwrap();
        assert_eq!(private_key_from_pem(&pem).unwrap().to_bytes(), key.to_bytes());
        let public = key.verifying_key();
        assert_eq!(public_key_from_text(&public_key_to_hex(&public)).unwrap(), public);
        assert_eq!(public_key_from_text(&public_key_to_pem(&public).unwrap()).unwrap(), public);
        assert_eq!(key_id(&public).as_str().len(), 16);
        assert_ne!(generate_key().unwrap().to_bytes(), key.to_bytes());
    }

    #[test]
    fn a_key_that_openssl_made_is_read() {
        let pem = "-----BEGIN PRIVATE KEY-----\n\
                   MC4CAQAwBQYDK2VwBCIEINTuctv5E1hK1bbY8fdp+K06/nwoy/HU++CXqI9EdVhC\n\
                   -----END PRIVATE KEY-----\n";
        let public = private_key_from_pem(pem).unwrap().verifying_key();
        // The pair is the example of RFC 8410, section 10.3.
        let expected = "19bf44096984cdfe8541bac167dc3b96c85086aa30b6b6cb0c5c38ad703166e1";
        assert_eq!(public_key_to_hex(&public), expected);
    }

    #[test]
    fn a_wrong_key_is_refused_by_what_it_is() {
        let private = private_key_to_pem(&generate_key().unwrap()).unwrap();
        assert!(matches!(public_key_from_text(&private), Err(KeyError::PrivateGiven)));
        assert!(matches!(public_key_from_text("abc"), Err(KeyError::NotPublic)));
        assert!(matches!(public_key_from_text(&format!("01{}", "00".repeat(31))), Err(KeyError::Weak)));
        assert!(matches!(private_key_from_pem("hello"), Err(KeyError::NotPrivate)));
    }
}
