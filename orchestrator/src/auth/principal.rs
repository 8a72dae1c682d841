//! Whom a bearer token stands for. Looked up in PostgreSQL and kept for two seconds, which is also how long a
//! revocation may take to be noticed by another orchestrator.

use std::num::NonZeroUsize;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use chrono::{DateTime, Utc};
use faena_contract::{ErrorCode, TokenId, UserId};
use faena_store::identity::{self, Identity};
use lru::LruCache;
use uuid::Uuid;

use super::keys::{TokenError, sha256};
use crate::app::App;
use crate::error::{ApiError, ApiResult};

const FRESH: Duration = Duration::from_secs(2);
const MOST: usize = 10_000;

/// What starts every API token.
pub(crate) const API_TOKEN_PREFIX: &str = "fae_";

/// A user, and the token that the request came with.
pub(crate) struct Principal {
    pub(crate) identity: Identity,
    /// The API token, with its organization and what it may do.
    pub(crate) token: Option<TokenLimits>,
    valid_until: DateTime<Utc>,
}

/// What an API token narrows its user to.
pub(crate) struct TokenLimits {
    pub(crate) id: TokenId,
    pub(crate) organization: Uuid,
    pub(crate) permissions: Vec<String>,
}

/// When a principal was looked up, and what was found.
type Found = (Instant, Arc<Principal>);

/// The principals of the last moments, by SHA-256 of the token.
pub(crate) struct Principals(Mutex<LruCache<[u8; 32], Found>>);

impl Principals {
    pub(crate) fn new() -> Self {
        Self(Mutex::new(LruCache::new(NonZeroUsize::new(MOST).unwrap_or(NonZeroUsize::MIN))))
    }

    /// Forgets everything, after a change of members or tokens.
    pub(crate) fn clear(&self) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clear();
    }

    fn get(&self, hash: &[u8; 32]) -> Option<Arc<Principal>> {
        let mut cache = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let (since, principal) = cache.get(hash)?;
        (since.elapsed() < FRESH && principal.valid_until > Utc::now()).then(|| principal.clone())
    }

    fn put(&self, hash: [u8; 32], principal: Arc<Principal>) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).put(hash, (Instant::now(), principal));
    }
}

/// The principal of a bearer token.
pub(crate) async fn principal(app: &App, bearer: &str) -> ApiResult<Arc<Principal>> {
    let hash = sha256(bearer.as_bytes());
    if let Some(principal) = app.principals.get(&hash) {
        return Ok(principal);
    }
    let principal = if bearer.starts_with(API_TOKEN_PREFIX) {
        from_api_token(app, hash).await?
    } else {
        from_access_token(app, bearer).await?
    };
    let principal = Arc::new(principal);
    app.principals.put(hash, principal.clone());
    Ok(principal)
}

async fn from_access_token(app: &App, token: &str) -> ApiResult<Principal> {
    let (user, valid_until) = app.keys.verify(token).map_err(|error| match error {
        TokenError::Expired => expired("The access token has expired. Get a new one with POST /api/v1/auth/refresh."),
        TokenError::Invalid => invalid(),
    })?;
    let identity = identity::identity(&app.authenticator, user).await?.ok_or_else(invalid)?;
    Ok(Principal { identity, token: None, valid_until })
}

async fn from_api_token(app: &App, hash: [u8; 32]) -> ApiResult<Principal> {
    let token = identity::token_identity(&app.authenticator, hash).await?.ok_or_else(invalid)?;
    if token.revoked_at.is_some() {
        return Err(invalid());
    }
    if token.expires_at <= Utc::now() {
        return Err(expired("The API token has expired. Make a new one with `faena token create`."));
    }
    let identity = identity::identity(&app.authenticator, UserId(token.user_id)).await?.ok_or_else(invalid)?;
    let limits =
        TokenLimits { id: TokenId(token.id), organization: token.organization_id, permissions: token.permissions };
    Ok(Principal { identity, token: Some(limits), valid_until: token.expires_at })
}

fn expired(detail: &str) -> ApiError {
    ApiError::new(ErrorCode::TokenExpired, detail)
}

fn invalid() -> ApiError {
    ApiError::new(
        ErrorCode::NotAuthenticated,
        "The token is not valid. Log in with `faena login` or POST /api/v1/auth/login.",
    )
}
