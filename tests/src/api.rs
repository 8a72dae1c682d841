//! The HTTP API as a program sees it: JSON in, status and JSON out.

use reqwest::header::HeaderMap;
use reqwest::{Method, RequestBuilder};
use serde_json::{Value, json};

/// A caller of the API.
#[derive(Clone, Debug)]
pub struct Api {
    client: reqwest::Client,
    /// Root of the server.
    pub url: String,
    /// JWT or API token.
    pub token: String,
    /// Organization of the requests, by slug or id.
    pub organization: Option<String>,
}

/// What came back.
#[derive(Clone, Debug)]
pub struct Answer {
    /// HTTP status.
    pub status: u16,
    /// Headers.
    pub headers: HeaderMap,
    /// The body; a string when it is no JSON.
    pub body: Value,
}

impl Answer {
    /// The `code` of a problem.
    pub fn code(&self) -> &str {
        self.body["code"].as_str().unwrap_or("-")
    }

    /// The body of an answer that must have this status.
    pub fn expect(self, status: u16) -> Value {
        assert_eq!(self.status, status, "{}", self.body);
        self.body
    }

    /// Fails unless this is the problem with this code.
    pub fn refused(self, code: &str) -> Value {
        assert_eq!(self.code(), code, "{} {}", self.status, self.body);
        assert_eq!(self.body["status"], json!(self.status));
        assert!(self.body["detail"].as_str().is_some_and(|detail| detail.len() > 10), "{}", self.body);
        self.body
    }
}

impl Api {
    /// A caller with this token.
    pub fn new(url: &str, token: &str) -> Self {
        // The choice may have been made before, by another caller of this process.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let client = reqwest::Client::builder().no_proxy().build().expect("a client");
        Self { client, url: url.to_owned(), token: token.to_owned(), organization: None }
    }

    /// The same caller with another token.
    pub fn with_token(&self, token: &str) -> Self {
        Self { token: token.to_owned(), ..self.clone() }
    }

    /// The same caller for another organization.
    pub fn in_organization(&self, organization: &str) -> Self {
        Self { organization: Some(organization.to_owned()), ..self.clone() }
    }

    /// A request to a path below the root, ready for headers and a body.
    pub fn request(&self, method: Method, path: &str) -> RequestBuilder {
        let mut request = self.client.request(method, format!("{}{path}", self.url)).bearer_auth(&self.token);
        if let Some(organization) = &self.organization {
            request = request.header("Faena-Organization", organization);
        }
        request
    }

    /// Sends a request.
    pub async fn send(&self, request: RequestBuilder) -> Answer {
        let response = request.send().await.expect("the server answers");
        let (status, headers) = (response.status().as_u16(), response.headers().clone());
        let text = response.text().await.expect("the body arrives");
        let body = serde_json::from_str(&text).unwrap_or(Value::String(text));
        Answer { status, headers, body }
    }

    /// GET below `/api/v1`.
    pub async fn get(&self, path: &str) -> Answer {
        self.send(self.request(Method::GET, &format!("/api/v1{path}"))).await
    }

    /// POST of JSON below `/api/v1`.
    pub async fn post(&self, path: &str, body: Value) -> Answer {
        self.send(self.request(Method::POST, &format!("/api/v1{path}")).json(&body)).await
    }

    /// PUT of JSON below `/api/v1`.
    pub async fn put(&self, path: &str, body: Value) -> Answer {
        self.send(self.request(Method::PUT, &format!("/api/v1{path}")).json(&body)).await
    }

    /// DELETE below `/api/v1`.
    pub async fn delete(&self, path: &str) -> Answer {
        self.send(self.request(Method::DELETE, &format!("/api/v1{path}"))).await
    }

    /// Submits a job of the probe module and waits up to `seconds` for its end.
    pub async fn run(&self, job: &str, payload: Value, seconds: u64) -> Value {
        let body = json!({ "module": "probe", "job": job, "payload": payload, "max_attempts": 1 });
        self.run_body(body, seconds).await
    }

    /// Submits a job as given and waits up to `seconds` for its end.
    pub async fn run_body(&self, body: Value, seconds: u64) -> Value {
        let request =
            self.request(Method::POST, "/api/v1/jobs").header("Prefer", format!("wait={seconds}")).json(&body);
        self.send(request).await.expect(200)
    }

    /// Publishes a package.
    pub async fn publish(&self, package: Vec<u8>) -> Answer {
        let request = self.request(Method::POST, "/api/v1/platform/modules");
        self.send(request.header("content-type", "application/vnd.faena.package").body(package)).await
    }

    /// Logs in and gives a caller with the access token.
    pub async fn login(&self, email: &str, password: &str) -> Self {
        let tokens = self.post("/auth/login", json!({ "email": email, "password": password })).await.expect(200);
        self.with_token(tokens["access_token"].as_str().expect("a token"))
    }
}
