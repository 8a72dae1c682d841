//! Passwords: Argon2id, off the async threads, two at a time.

use argon2::Argon2;
use argon2::password_hash::{PasswordHash, PasswordHasher, PasswordVerifier, SaltString};
use thiserror::Error;
use tokio::sync::Semaphore;

/// Shortest password.
pub(crate) const MIN_PASSWORD_CHARS: usize = 12;

/// What can fail in identity that is nobody's fault.
#[derive(Debug, Error)]
pub enum AuthError {
    /// The key of the access tokens does not read as Ed25519 in PKCS#8 PEM.
    #[error("the signing key of the access tokens is not Ed25519 in PKCS#8 PEM")]
    SigningKey,
    /// The operating system gave no random bytes.
    #[error("the operating system gave no random bytes")]
    Random,
    /// Argon2 refused.
    #[error("the password could not be hashed")]
    Hash,
}

/// Hashes a password with Argon2id and a random salt (OWASP parameters: 19 MiB, 2 passes, 1 lane).
pub fn hash_password(password: &str) -> Result<String, AuthError> {
    let mut salt = [0_u8; 16];
    getrandom::fill(&mut salt).map_err(|_| AuthError::Random)?;
    let salt = SaltString::encode_b64(&salt).map_err(|_| AuthError::Hash)?;
    let hash = Argon2::default().hash_password(password.as_bytes(), &salt).map_err(|_| AuthError::Hash)?;
    Ok(hash.to_string())
}

/// Bounds how many passwords are hashed at once, since each takes 19 MiB and a core.
pub(crate) struct Passwords {
    permits: Semaphore,
    /// Compared with when there is no such user, so that the answer takes as long.
    decoy: String,
}

impl Passwords {
    pub(crate) fn new() -> Result<Self, AuthError> {
        Ok(Self { permits: Semaphore::new(2), decoy: hash_password("a password that nobody has")? })
    }

    /// Whether `password` is the one behind `hash`; takes as long when there is no hash.
    pub(crate) async fn verify(&self, password: String, hash: Option<String>) -> bool {
        let Ok(_permit) = self.permits.acquire().await else { return false };
        let known = hash.is_some();
        let hash = hash.unwrap_or_else(|| self.decoy.clone());
        let matches = tokio::task::spawn_blocking(move || {
            PasswordHash::new(&hash)
                .is_ok_and(|hash| Argon2::default().verify_password(password.as_bytes(), &hash).is_ok())
        });
        matches.await.unwrap_or(false) && known
    }

    /// The hash of a new password.
    pub(crate) async fn hash(&self, password: String) -> Result<String, AuthError> {
        let _permit = self.permits.acquire().await.map_err(|_| AuthError::Hash)?;
        tokio::task::spawn_blocking(move || hash_password(&password)).await.map_err(|_| AuthError::Hash)?
    }
}

/// Whether a password is long enough and not one character over and over.
pub(crate) fn is_strong(password: &str) -> bool {
    let mut distinct: Vec<char> = password.chars().collect();
    distinct.sort_unstable();
    distinct.dedup();
    password.chars().count() >= MIN_PASSWORD_CHARS && distinct.len() >= 5
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn only_the_right_password_of_a_known_user_is_taken() {
        let passwords = Passwords::new().unwrap();
        let hash = hash_password("correct horse battery").unwrap();
        assert!(hash.starts_with("$argon2id$"));
        assert!(passwords.verify("correct horse battery".into(), Some(hash.clone())).await);
        assert!(!passwords.verify("wrong horse".into(), Some(hash)).await);
        assert!(!passwords.verify("a password that nobody has".into(), None).await);
    }

    #[test]
    fn short_and_monotonous_passwords_are_weak() {
        assert!(!is_strong("short"));
        assert!(!is_strong("aaaaaaaaaaaaaaaa"));
        assert!(is_strong("una clave larga"));
    }
}
