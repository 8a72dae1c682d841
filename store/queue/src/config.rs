//! Where Redis is, and which keys are ours.

use std::fmt;

use crate::{QueueError, redact};

/// The namespace that is used when none is configured.
pub const DEFAULT_NAMESPACE: &str = "faena:default";

const MAX_NAMESPACE: usize = 100;

/// How to reach Redis, and under which namespace.
#[derive(Clone)]
pub struct QueueConfig {
    /// `redis://`, `rediss://` or `unix://`. May hold a password; it never appears in an error or a log.
    pub url: String,
    /// Separates installations that share one Redis, and is the hash tag of every key.
    pub namespace: String,
    /// PEM of the authority that signed Redis' certificate, when it is not a public one. Only with `rediss://`.
    pub ca_certificate: Option<Vec<u8>>,
}

impl QueueConfig {
    /// The default namespace on the Redis at `url`.
    pub fn new(url: impl Into<String>) -> Self {
        Self { url: url.into(), namespace: DEFAULT_NAMESPACE.to_owned(), ca_certificate: None }
    }
}

impl fmt::Debug for QueueConfig {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("QueueConfig")
            .field("url", &redact(&self.url))
            .field("namespace", &self.namespace)
            .field("ca_certificate", &self.ca_certificate.is_some())
            .finish()
    }
}

/// The closed list of what this crate touches in Redis.
#[derive(Clone, Debug)]
pub(crate) struct Keys {
    /// LIST of JSON envelopes: pushed at the head, popped at the tail.
    pub(crate) envelopes: String,
    /// Channel: something was pushed.
    pub(crate) wake: String,
    /// Channel: live events.
    pub(crate) events: String,
}

impl Keys {
    pub(crate) fn new(namespace: &str) -> Result<Self, QueueError> {
        let allowed = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.:".contains(&byte);
        if namespace.is_empty() || namespace.len() > MAX_NAMESPACE || !namespace.bytes().all(allowed) {
            return Err(QueueError::InvalidNamespace { namespace: namespace.to_owned() });
        }
        let key = |name: &str| format!("{{{namespace}}}:{name}");
        Ok(Self { envelopes: key("envelopes"), wake: key("wake"), events: key("events") })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_carry_the_namespace_as_hash_tag() {
        let keys = Keys::new("faena:default").unwrap();
        assert_eq!(keys.envelopes, "{faena:default}:envelopes");
        assert_eq!(keys.wake, "{faena:default}:wake");
        assert_eq!(keys.events, "{faena:default}:events");
    }

    #[test]
    fn namespaces_that_would_break_the_hash_tag_are_refused() {
        for namespace in ["", "a}b", "a{b", "a b", "a\n", &"x".repeat(101)] {
            assert!(Keys::new(namespace).is_err(), "{namespace:?}");
        }
    }

    #[test]
    fn debug_output_has_no_password() {
        let shown = format!("{:?}", QueueConfig::new("redis://:hunter2@cache:6379"));
        assert!(!shown.contains("hunter2"), "{shown}");
    }
}
