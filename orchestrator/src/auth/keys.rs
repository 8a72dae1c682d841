//! Access tokens (JWT, Ed25519) and random secrets, which are stored only as SHA-256.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chrono::{DateTime, Duration, Utc};
use ed25519_dalek::pkcs8::DecodePrivateKey;
use ed25519_dalek::pkcs8::spki::EncodePublicKey;
use ed25519_dalek::pkcs8::spki::der::pem::LineEnding;
use faena_contract::UserId;
use jsonwebtoken::errors::ErrorKind;
use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey, Header, Validation};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::password::AuthError;

/// How long an access token lives.
pub(crate) const ACCESS_TOKEN_TTL: Duration = Duration::minutes(15);
const ISSUER: &str = "faena";

/// The key pair of the access tokens.
pub(crate) struct TokenKeys {
    encoding: EncodingKey,
    decoding: DecodingKey,
    validation: Validation,
}

#[derive(Serialize, Deserialize)]
struct Claims {
    sub: UserId,
    iss: String,
    iat: i64,
    exp: i64,
}

/// Why a token does not count.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum TokenError {
    Expired,
    Invalid,
}

impl TokenKeys {
    /// Reads the private key; the public one follows from it.
    pub(crate) fn from_pem(pem: &str) -> Result<Self, AuthError> {
        let private = ed25519_dalek::SigningKey::from_pkcs8_pem(pem).map_err(|_| AuthError::SigningKey)?;
        let public = private.verifying_key().to_public_key_pem(LineEnding::LF).map_err(|_| AuthError::SigningKey)?;
        let mut validation = Validation::new(Algorithm::EdDSA);
        validation.set_issuer(&[ISSUER]);
        validation.set_required_spec_claims(&["exp", "iss", "sub"]);
        validation.leeway = 0;
        Ok(Self {
            encoding: EncodingKey::from_ed_pem(pem.as_bytes()).map_err(|_| AuthError::SigningKey)?,
            decoding: DecodingKey::from_ed_pem(public.as_bytes()).map_err(|_| AuthError::SigningKey)?,
            validation,
        })
    }

    /// An access token for this user.
    pub(crate) fn issue(&self, user: UserId, now: DateTime<Utc>) -> Result<String, AuthError> {
        let exp = (now + ACCESS_TOKEN_TTL).timestamp();
        let claims = Claims { sub: user, iss: ISSUER.to_owned(), iat: now.timestamp(), exp };
        jsonwebtoken::encode(&Header::new(Algorithm::EdDSA), &claims, &self.encoding).map_err(|_| AuthError::SigningKey)
    }

    /// The user that an access token stands for, and until when.
    pub(crate) fn verify(&self, token: &str) -> Result<(UserId, DateTime<Utc>), TokenError> {
        let data = jsonwebtoken::decode::<Claims>(token, &self.decoding, &self.validation).map_err(|error| {
            if matches!(error.kind(), ErrorKind::ExpiredSignature) { TokenError::Expired } else { TokenError::Invalid }
        })?;
        let until = DateTime::from_timestamp(data.claims.exp, 0).ok_or(TokenError::Invalid)?;
        Ok((data.claims.sub, until))
    }
}

/// A random secret of 256 bits with a prefix that says what it is, and its SHA-256.
pub(crate) fn issue_secret(prefix: &str) -> Result<(String, [u8; 32]), AuthError> {
    let mut bytes = [0_u8; 32];
    getrandom::fill(&mut bytes).map_err(|_| AuthError::Random)?;
    let secret = format!("{prefix}{}", URL_SAFE_NO_PAD.encode(bytes));
    let hash = sha256(secret.as_bytes());
    Ok((secret, hash))
}

/// SHA-256 of the bytes.
pub(crate) fn sha256(bytes: &[u8]) -> [u8; 32] {
    Sha256::digest(bytes).into()
}

#[cfg(test)]
mod tests {
    use super::*;
    use ed25519_dalek::pkcs8::EncodePrivateKey;

    fn keys(seed: u8) -> TokenKeys {
        let key = ed25519_dalek::SigningKey::from_bytes(&[seed; 32]);
        TokenKeys::from_pem(&key.to_pkcs8_pem(LineEnding::LF).unwrap()).unwrap()
    }

    #[test]
    fn a_token_counts_for_its_key_and_time_only() {
        let user = UserId::new();
        let token = keys(1).issue(user, Utc::now()).unwrap();
        assert_eq!(keys(1).verify(&token).unwrap().0, user);
        assert_eq!(keys(2).verify(&token), Err(TokenError::Invalid));
        let old = keys(1).issue(user, Utc::now() - Duration::minutes(16)).unwrap();
        assert_eq!(keys(1).verify(&old), Err(TokenError::Expired));
        assert_eq!(keys(1).verify("nonsense"), Err(TokenError::Invalid));
    }

    #[test]
    fn secrets_differ_and_hash_to_what_is_stored() {
        let (one, hash) = issue_secret("fae_").unwrap();
        let (two, _) = issue_secret("fae_").unwrap();
        assert_ne!(one, two);
        assert_eq!(sha256(one.as_bytes()), hash);
    }
}
