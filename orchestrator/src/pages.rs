//! The page of each error code, served where `type` of a problem points to.

use axum::extract::Path;
use axum::response::{IntoResponse, Response};
use faena_contract::ErrorCode;
use http::header::CONTENT_TYPE;

use crate::error::ApiError;

include!(concat!(env!("OUT_DIR"), "/error_pages.rs"));

/// `GET /errors/{code}`: what the code means and what to do.
pub(crate) async fn error_page(Path(code): Path<String>) -> Response {
    match ERROR_PAGES.iter().find(|(name, _)| *name == code) {
        Some((_, page)) => ([(CONTENT_TYPE, "text/markdown; charset=utf-8")], *page).into_response(),
        None => ApiError::new(ErrorCode::NoSuchRoute, format!("There is no error code `{code}`.")).into_response(),
    }
}
