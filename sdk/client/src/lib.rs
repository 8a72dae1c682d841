//! Typed HTTP client of the Faena API.
//!
//! Start at [`Client`]. Each endpoint is a method that gives a [`Call`]: awaiting it sends the request and gives the
//! answer as its type of `contract::api`; [`Call::raw`] gives the answer's exact text instead. What went wrong is a
//! [`ClientError`]: either the server answered with a problem, or it did not answer.
//!
//! The endpoints by file: `auth`, `organizations`, `modules`, `jobs`, `health`. Depends on `faena-contract` alone.

mod auth;
mod call;
mod error;
mod health;
mod jobs;
mod modules;
mod organizations;

use std::sync::Arc;
use std::time::Duration;

use reqwest::{Method, redirect};
use url::Url;

pub use call::Call;
pub use error::ClientError;
pub use jobs::{JobFilter, LogPosition};
pub use organizations::AuditPosition;

/// A server and who asks it. Cloning is cheap and shares the connections.
#[derive(Clone)]
pub struct Client {
    http: reqwest::Client,
    base: Url,
    token: Option<Arc<str>>,
    organization: Option<Arc<str>>,
}

impl Client {
    /// A client of the server at `url`, with a JWT or an API token, for one of the caller's organizations (by id or
    /// slug; without one the server takes the first).
    ///
    /// # Errors
    /// When the URL is none of http or https, or TLS cannot be set up.
    pub fn new(url: &str, token: Option<&str>, organization: Option<&str>) -> Result<Self, ClientError> {
        let base = parse(url)?;
        Ok(Self {
            http: connections(&base)?,
            base,
            token: token.map(Arc::from),
            organization: organization.map(Arc::from),
        })
    }

    /// The same server for somebody else.
    #[must_use]
    pub fn with_token(&self, token: &str) -> Self {
        Self { token: Some(Arc::from(token)), ..self.clone() }
    }

    /// The address of the server.
    pub fn url(&self) -> &Url {
        &self.base
    }

    /// A call of an endpoint under `/api/v1`.
    fn api<T>(&self, method: Method, path: &[&str]) -> Call<T> {
        let whole: Vec<&str> = ["api", "v1"].iter().chain(path).copied().collect();
        self.root(method, &whole)
    }

    /// A call of an endpoint at the root of the server.
    fn root<T>(&self, method: Method, path: &[&str]) -> Call<T> {
        let mut url = self.base.clone();
        if let Ok(mut segments) = url.path_segments_mut() {
            segments.pop_if_empty().extend(path);
        }
        Call::new(self.clone(), method, url)
    }
}

impl std::fmt::Debug for Client {
    /// Without the token.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Client").field("url", &self.base.as_str()).finish_non_exhaustive()
    }
}

fn parse(url: &str) -> Result<Url, ClientError> {
    let invalid = |reason: String| ClientError::InvalidUrl { url: url.to_owned(), reason };
    let parsed = Url::parse(url).map_err(|error| invalid(error.to_string()))?;
    match parsed.scheme() {
        "http" | "https" if parsed.has_host() => Ok(parsed),
        _ => Err(invalid("it must begin with http:// or https://".to_owned())),
    }
}

fn connections(base: &Url) -> Result<reqwest::Client, ClientError> {
    // The first crate of a process to get here decides; all of Faena uses ring, so losing this race changes nothing.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let mut builder = reqwest::Client::builder()
        .user_agent(concat!("faena/", env!("CARGO_PKG_VERSION")))
        .connect_timeout(Duration::from_secs(5))
        // A redirect could carry the token to another server.
        .redirect(redirect::Policy::none());
    if base.scheme() == "http" {
        // Without TLS no certificates are needed, and a machine that has none must not fail for it.
        builder = builder.tls_certs_only([]);
    }
    builder.build().map_err(ClientError::SetUp)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_web_addresses_are_taken() {
        for bad in ["", "127.0.0.1:7070", "ftp://host/", "localhost:7070", "http://"] {
            assert!(matches!(Client::new(bad, None, None), Err(ClientError::InvalidUrl { .. })), "{bad}");
        }
    }

    #[test]
    fn names_cannot_leave_their_place_in_the_path() {
        let client = Client::new("http://127.0.0.1:7070/faena/", Some("fae_secret"), None).unwrap();
        let call: Call<()> = client.api(Method::GET, &["jobs", "../x?y#z"]);
        assert_eq!(call.url().as_str(), "http://127.0.0.1:7070/faena/api/v1/jobs/..%2Fx%3Fy%23z");
        assert!(!format!("{client:?}").contains("fae_secret"));
    }
}
