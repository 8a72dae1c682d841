//! One request: how it is made, sent, tried again and read.

use std::marker::PhantomData;
use std::pin::Pin;
use std::time::Duration;

use reqwest::header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE};
use reqwest::{Method, RequestBuilder, Response};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::value::RawValue;
use url::Url;

use crate::{Client, ClientError};

/// How long a call may take that does not ask the server to wait.
const TIMEOUT: Duration = Duration::from_secs(30);

/// How often a call that changes nothing is tried again, and how long after; a restart of the server fits into it.
const RETRIES: [Duration; 3] = [Duration::from_millis(100), Duration::from_millis(400), Duration::from_millis(1000)];

/// A request that is ready to be sent. Await it for the typed answer.
#[must_use = "a call does nothing until it is awaited"]
pub struct Call<T> {
    client: Client,
    method: Method,
    url: Url,
    body: Option<Body>,
    headers: Vec<(&'static str, String)>,
    timeout: Duration,
    answer: PhantomData<fn() -> T>,
}

struct Body {
    content_type: &'static str,
    bytes: Result<Vec<u8>, serde_json::Error>,
}

impl<T> Call<T> {
    pub(crate) fn new(client: Client, method: Method, url: Url) -> Self {
        Self { client, method, url, body: None, headers: Vec::new(), timeout: TIMEOUT, answer: PhantomData }
    }

    pub(crate) fn json(mut self, body: &impl Serialize) -> Self {
        self.body = Some(Body { content_type: "application/json", bytes: serde_json::to_vec(body) });
        self
    }

    pub(crate) fn bytes(mut self, content_type: &'static str, bytes: Vec<u8>) -> Self {
        self.body = Some(Body { content_type, bytes: Ok(bytes) });
        self
    }

    pub(crate) fn query(mut self, name: &str, value: Option<impl ToString>) -> Self {
        if let Some(value) = value {
            self.url.query_pairs_mut().append_pair(name, &value.to_string());
        }
        self
    }

    /// The address that is called.
    pub fn url(&self) -> &Url {
        &self.url
    }

    /// Asks the server to answer only when the work is done, or after this many seconds.
    pub fn wait(mut self, seconds: u64) -> Self {
        self.headers.push(("prefer", format!("wait={seconds}")));
        self.timeout = TIMEOUT + Duration::from_secs(seconds);
        self
    }

    /// Makes it safe to send the call again: the server does it once for each key.
    pub fn idempotency_key(mut self, key: &str) -> Self {
        self.headers.push(("idempotency-key", key.to_owned()));
        self
    }

    /// Gives up after this time instead of the usual one.
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.timeout = timeout;
        self
    }

    /// Sends the call and gives the answer's JSON as the server wrote it, `null` where it wrote nothing.
    ///
    /// # Errors
    /// When the server does not answer, or not with success.
    pub async fn raw(mut self) -> Result<Box<RawValue>, ClientError> {
        let (status, text) = self.text().await?;
        let text = if text.trim().is_empty() { "null".to_owned() } else { text };
        RawValue::from_string(text).map_err(|error| self.unexpected(status, &error))
    }

    /// Sends the call and gives the answer as text, whatever its form.
    pub(crate) async fn text(&mut self) -> Result<(u16, String), ClientError> {
        let response = self.send().await?;
        let (status, success) = (response.status().as_u16(), response.status().is_success());
        let text = response.text().await.map_err(|source| self.unreachable(source))?;
        if success {
            return Ok((status, text));
        }
        Err(match serde_json::from_str(&text) {
            Ok(problem) => ClientError::Problem(Box::new(problem)),
            Err(error) => self.unexpected(status, &error),
        })
    }

    async fn send(&mut self) -> Result<Response, ClientError> {
        let body = match self.body.take() {
            Some(body) => Some((body.content_type, body.bytes.map_err(ClientError::Request)?)),
            None => None,
        };
        let mut retries = RETRIES.iter();
        loop {
            let error = match self.request(body.as_ref()).send().await {
                Ok(response) => return Ok(response),
                Err(error) => error,
            };
            let Some(pause) = retries.next().filter(|_| self.is_repeatable() && !error.is_timeout()) else {
                return Err(self.unreachable(error));
            };
            tokio::time::sleep(*pause).await;
        }
    }

    fn request(&self, body: Option<&(&'static str, Vec<u8>)>) -> RequestBuilder {
        let client = &self.client;
        let mut request = client.http.request(self.method.clone(), self.url.clone()).timeout(self.timeout);
        request = request.header(ACCEPT, "application/json");
        if let Some(token) = &client.token {
            request = request.header(AUTHORIZATION, format!("Bearer {token}"));
        }
        if let Some(organization) = &client.organization {
            request = request.header("faena-organization", organization.as_ref());
        }
        if let Some((content_type, bytes)) = body {
            request = request.header(CONTENT_TYPE, *content_type).body(bytes.clone());
        }
        self.headers.iter().fold(request, |request, (name, value)| request.header(*name, value))
    }

    fn is_repeatable(&self) -> bool {
        self.method == Method::GET || self.headers.iter().any(|(name, _)| *name == "idempotency-key")
    }

    fn unreachable(&self, source: reqwest::Error) -> ClientError {
        ClientError::Unreachable { url: self.client.base.clone(), source: source.without_url() }
    }

    fn unexpected(&self, status: u16, reason: &serde_json::Error) -> ClientError {
        ClientError::Unexpected { url: self.url.clone(), status, reason: reason.to_string() }
    }
}

impl<T: DeserializeOwned + Send> Call<T> {
    /// Reads what [`Call::raw`] gave.
    ///
    /// # Errors
    /// When the answer is not of the expected form.
    pub fn read(url: &Url, raw: &RawValue) -> Result<T, ClientError> {
        serde_json::from_str(raw.get()).map_err(|error| ClientError::Unexpected {
            url: url.clone(),
            status: 200,
            reason: error.to_string(),
        })
    }
}

impl<T: DeserializeOwned + Send + 'static> IntoFuture for Call<T> {
    type Output = Result<T, ClientError>;
    type IntoFuture = Pin<Box<dyn Future<Output = Self::Output> + Send>>;

    fn into_future(self) -> Self::IntoFuture {
        Box::pin(async move {
            let url = self.url.clone();
            let raw = self.raw().await?;
            Self::read(&url, &raw)
        })
    }
}

#[cfg(test)]
mod tests {
    use std::io::{Read, Write};
    use std::net::TcpListener;

    use faena_contract::ErrorCode;
    use faena_contract::api::{Organization, Page};

    use super::*;

    /// Answers each connection with the next text and gives what it was asked.
    fn server(answers: Vec<&'static str>) -> (String, std::thread::JoinHandle<Vec<String>>) {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let asked = std::thread::spawn(move || {
            let mut asked = Vec::new();
            for answer in answers {
                let (mut stream, _) = listener.accept().unwrap();
                let mut buffer = [0; 4096];
                let length = stream.read(&mut buffer).unwrap();
                asked.push(String::from_utf8_lossy(&buffer[..length]).to_lowercase());
                stream.write_all(answer.as_bytes()).unwrap();
            }
            asked
        });
        (url, asked)
    }

    #[tokio::test]
    async fn a_get_survives_a_connection_that_breaks_and_carries_its_headers() {
        let answer = "HTTP/1.1 200 OK\r\ncontent-length: 12\r\n\r\n{\"items\":[]}";
        let (url, asked) = server(vec!["", answer]);
        let client = Client::new(&url, Some("fae_x"), Some("main")).unwrap();
        let organizations: Page<Organization> = client.organizations().await.unwrap();
        assert!(organizations.items.is_empty());
        let asked = asked.join().unwrap();
        assert!(asked[1].contains("authorization: bearer fae_x"), "{}", asked[1]);
        assert!(asked[1].contains("faena-organization: main"));
    }

    #[tokio::test]
    async fn a_problem_is_read_and_a_post_is_sent_once() {
        let body = r#"{"type":"/errors/FAE-0405","title":"t","status":404,"code":"FAE-0405","detail":"none"}"#;
        let answer = format!("HTTP/1.1 404 Not Found\r\ncontent-length: {}\r\n\r\n{body}", body.len());
        let (url, _asked) = server(vec![Box::leak(answer.into_boxed_str())]);
        let client = Client::new(&url, None, None).unwrap();
        let error = client.cancel_job("x").await.unwrap_err();
        assert!(error.is(ErrorCode::JobNotFound), "{error}");
        let error = client.cancel_job("x").await.unwrap_err();
        assert_eq!(error.code(), "FAE-0703");
    }
}
