//! Reading requests, with a coded error for everything that can be wrong with them.

use std::time::Duration;

use axum::body::{Body, to_bytes};
use axum::extract::{FromRequest, FromRequestParts, Query, Request};
use bytes::Bytes;
use faena_contract::{ErrorCode, limits};
use http::header::CONTENT_TYPE;
use http::request::Parts;
use http_body_util::LengthLimitError;
use serde::de::DeserializeOwned;
use tokio::time::timeout;

use crate::error::{ApiError, ApiResult};

/// Fields of the design whose part is not built yet: refused, and said so, rather than ignored.
const NOT_BUILT: &[&str] = &["version", "queue", "concurrency_key", "depends_on", "webhook"];

/// A JSON body of the ordinary size, and its bytes.
pub(crate) struct Json<T>(pub(crate) T);

impl<T: DeserializeOwned, S: Send + Sync> FromRequest<S> for Json<T> {
    type Rejection = ApiError;

    async fn from_request(request: Request, _: &S) -> Result<Self, Self::Rejection> {
        let bytes = json_bytes(request, limits::BODY_BYTES).await?;
        parse(&bytes).map(Self)
    }
}

/// A JSON body that may be absent.
pub(crate) struct OptionalJson<T>(pub(crate) T);

impl<T: DeserializeOwned + Default, S: Send + Sync> FromRequest<S> for OptionalJson<T> {
    type Rejection = ApiError;

    async fn from_request(request: Request, _: &S) -> Result<Self, Self::Rejection> {
        let bytes = read(request.into_body(), limits::BODY_BYTES).await?;
        if bytes.is_empty() { Ok(Self(T::default())) } else { parse(&bytes).map(Self) }
    }
}

/// The bytes of a body that says that it is JSON.
pub(crate) async fn json_bytes(request: Request, limit: usize) -> ApiResult<Bytes> {
    let media_type = request.headers().get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    if !media_type.starts_with("application/json") {
        return Err(ApiError::new(
            ErrorCode::UnsupportedMediaType,
            "Send the body with `Content-Type: application/json`.",
        ));
    }
    read(request.into_body(), limit).await
}

/// A client that takes longer than this to send its body is cut off, however it drips.
const PATIENCE: Duration = Duration::from_secs(120);

/// The bytes of a body up to `limit`.
pub(crate) async fn read(body: Body, limit: usize) -> ApiResult<Bytes> {
    let incomplete =
        || ApiError::new(ErrorCode::MalformedJson, "The body ended, or took too long, before it was complete.");
    let read = timeout(PATIENCE, to_bytes(body, limit)).await.map_err(|_| incomplete())?;
    read.map_err(|error| {
        if std::error::Error::source(&error).is_some_and(|source| source.is::<LengthLimitError>()) {
            let detail = format!("The body is larger than the {limit} bytes that this endpoint takes.");
            ApiError::new(ErrorCode::BodyTooLarge, detail)
        } else {
            incomplete()
        }
    })
}

/// Parses JSON; a body of the wrong form is told from one that is no JSON at all.
pub(crate) fn parse<T: DeserializeOwned>(bytes: &[u8]) -> ApiResult<T> {
    serde_json::from_slice(bytes).map_err(|error| {
        let message = error.to_string();
        if !error.is_data() {
            return ApiError::new(ErrorCode::MalformedJson, format!("The body is not JSON: {message}."));
        }
        let unknown = message.strip_prefix("unknown field `").and_then(|rest| rest.split('`').next());
        match unknown {
            Some(field) if NOT_BUILT.contains(&field) => ApiError::at(
                ErrorCode::FieldNotSupported,
                format!("/{field}"),
                format!("`{field}` is not supported by this version of Faena; leave it out."),
            ),
            Some(field) => ApiError::at(ErrorCode::InvalidBody, format!("/{field}"), message),
            None => {
                ApiError::new(ErrorCode::InvalidBody, format!("The body does not have the expected form: {message}."))
            }
        }
    })
}

/// A part of the path.
pub(crate) struct Path<T>(pub(crate) T);

impl<T: DeserializeOwned + Send, S: Send + Sync> FromRequestParts<S> for Path<T> {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Self::Rejection> {
        let axum::extract::Path(value) = axum::extract::Path::from_request_parts(parts, state)
            .await
            .map_err(|rejection| ApiError::new(ErrorCode::InvalidQuery, format!("{}.", rejection.body_text())))?;
        Ok(Self(value))
    }
}

/// The query string, strict.
pub(crate) struct Params<T>(pub(crate) T);

impl<T: DeserializeOwned, S: Send + Sync> FromRequestParts<S> for Params<T> {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Self::Rejection> {
        let Query(params) = Query::<T>::from_request_parts(parts, state)
            .await
            .map_err(|rejection| ApiError::new(ErrorCode::InvalidQuery, format!("{}.", rejection.body_text())))?;
        Ok(Self(params))
    }
}

/// The page size asked for, within bounds.
pub(crate) fn page_size(limit: Option<i64>) -> ApiResult<i64> {
    match limit {
        None => Ok(limits::DEFAULT_PAGE),
        Some(limit) if (1..=limits::PAGE).contains(&limit) => Ok(limit),
        Some(limit) => Err(ApiError::new(
            ErrorCode::InvalidQuery,
            format!("`limit` is {limit}; it goes from 1 to {}.", limits::PAGE),
        )),
    }
}

/// The id in a cursor.
pub(crate) fn cursor_id(cursor: Option<&str>) -> ApiResult<Option<uuid::Uuid>> {
    cursor
        .map(|text| {
            text.parse().map_err(|_| {
                ApiError::new(ErrorCode::InvalidCursor, "Give `cursor` as an answer's `next_cursor` had it.")
            })
        })
        .transpose()
}

/// Seconds of `Prefer: wait=N`.
pub(crate) struct PreferWait(pub(crate) Option<u64>);

impl<S: Send + Sync> FromRequestParts<S> for PreferWait {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Self::Rejection> {
        let Some(header) = parts.headers.get("prefer") else { return Ok(Self(None)) };
        let text = header.to_str().unwrap_or_default();
        let wait = text.split([',', ';']).find_map(|part| part.trim().strip_prefix("wait="));
        let Some(wait) = wait else { return Ok(Self(None)) };
        let seconds: u64 = wait.parse().map_err(|_| {
            ApiError::new(ErrorCode::InvalidQuery, format!("`Prefer: wait={wait}`: give a whole number of seconds."))
        })?;
        Ok(Self(Some(seconds.min(limits::PREFER_WAIT_S))))
    }
}
