//! What a server says about itself.

use faena_contract::api::Health;
use reqwest::Method;

use crate::{Call, Client, ClientError};

impl Client {
    /// `GET /health/ready`. A server that is not ready answers 503 with the same body, which is a
    /// [`ClientError::Unexpected`] here.
    pub fn ready(&self) -> Call<Health> {
        self.root(Method::GET, &["health", "ready"])
    }

    /// `GET /openapi.json`, as text.
    ///
    /// # Errors
    /// When the server does not answer with success.
    pub async fn openapi(&self) -> Result<String, ClientError> {
        let (_, text) = self.api::<()>(Method::GET, &["openapi.json"]).text().await?;
        Ok(text)
    }

    /// `GET /metrics`, in Prometheus' text form.
    ///
    /// # Errors
    /// When the server does not answer with success.
    pub async fn metrics(&self) -> Result<String, ClientError> {
        let (_, text) = self.root::<()>(Method::GET, &["metrics"]).text().await?;
        Ok(text)
    }
}
