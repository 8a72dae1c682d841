//! Which Redis URLs are taken, which are refused in words, and how any of them is shown.

use apalis_redis::{Client, RedisError};
use redis::{ConnectionInfo, IntoConnectionInfo, TlsCertificates};

use crate::{QueueConfig, QueueError};

const SENTINEL: &str = "Sentinel is not supported; give the address of the primary, or of a proxy that follows it";
const CLUSTER: &str = "Redis Cluster is not supported; give one Redis, the queue needs very little of it";
const SEVERAL_HOSTS: &str = "it names several hosts; give one Redis";
const UNKNOWN_PARAMETER: &str = "only db, user and pass are understood after '?', and only with unix://";
const FRAGMENT: &str = "nothing may follow '#'; certificates are always verified";
const CA_WITHOUT_TLS: &str = "a CA certificate is configured, but the URL is not rediss://";

/// A client for the configured URL. Nothing is connected yet.
pub(crate) fn open(config: &QueueConfig) -> Result<Client, QueueError> {
    refuse_unsupported(&config.url)?;
    let invalid = |source: RedisError| QueueError::InvalidUrl { url: redact(&config.url), source };
    let info = config.url.as_str().into_connection_info().map_err(invalid)?;
    let tls = is_tls(&config.url);
    if tls {
        // A second installation is refused by rustls and means the same provider is in place already.
        let _ = rustls::crypto::ring::default_provider().install_default();
    }
    match &config.ca_certificate {
        None => Client::open(info).map_err(invalid),
        Some(_) if !tls => Err(unsupported(&config.url, CA_WITHOUT_TLS)),
        Some(pem) => open_with_ca(info, pem.clone()).map_err(invalid),
    }
}

fn open_with_ca(info: ConnectionInfo, pem: Vec<u8>) -> Result<Client, RedisError> {
    Client::build_with_tls(info, TlsCertificates { client_tls: None, root_cert: Some(pem) })
}

fn is_tls(url: &str) -> bool {
    matches!(scheme(url), "rediss" | "valkeys")
}

fn scheme(url: &str) -> &str {
    url.split_once("://").map_or("", |(scheme, _)| scheme)
}

/// Says no to what the client library would misread, ignore or only half support.
fn refuse_unsupported(url: &str) -> Result<(), QueueError> {
    let scheme = scheme(url).to_ascii_lowercase();
    if scheme.contains("sentinel") {
        return Err(unsupported(url, SENTINEL));
    }
    if scheme.contains("cluster") {
        return Err(unsupported(url, CLUSTER));
    }
    let unix = scheme.ends_with("unix");
    let behind_password = url.rsplit_once('@').map_or(url, |(_, rest)| rest);
    let (address, query) = behind_password.split_once('?').unwrap_or((behind_password, ""));
    if !unix && address.contains(',') {
        return Err(unsupported(url, SEVERAL_HOSTS));
    }
    if behind_password.contains('#') {
        return Err(unsupported(url, FRAGMENT));
    }
    let known = |pair: &str| unix && matches!(pair.split('=').next(), Some("db" | "user" | "pass"));
    if query.split('&').any(|pair| !pair.is_empty() && !known(pair)) {
        return Err(unsupported(url, UNKNOWN_PARAMETER));
    }
    Ok(())
}

fn unsupported(url: &str, reason: &'static str) -> QueueError {
    QueueError::UnsupportedUrl { url: redact(url), reason }
}

/// The URL as it may be shown: scheme and address, without user, password and query.
///
/// It works on text, not on a parsed URL, so that a URL with a typing error does not leak what it should not. Everything
/// up to the last `@` is taken for credentials.
pub fn redact(url: &str) -> String {
    let Some((scheme, rest)) = url.split_once("://") else {
        return "***".to_owned();
    };
    let (hidden, address) = match rest.rsplit_once('@') {
        Some((_, address)) => ("***@", address),
        None => ("", rest),
    };
    match address.split_once('?') {
        Some((address, _)) => format!("{scheme}://{hidden}{address}?***"),
        None => format!("{scheme}://{hidden}{address}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refusal(url: &str) -> &'static str {
        match open(&QueueConfig::new(url)) {
            Err(QueueError::UnsupportedUrl { reason, url }) => {
                assert!(!url.contains("secret"), "{url}");
                reason
            }
            other => panic!("{url} gave {:?}", other.map(|_| ())),
        }
    }

    #[test]
    fn sentinel_cluster_and_several_hosts_are_refused_in_words() {
        assert_eq!(refusal("redis+sentinel://:secret@a:26379/primary"), SENTINEL);
        assert_eq!(refusal("redis-sentinel://a:26379"), SENTINEL);
        assert_eq!(refusal("redis-cluster://:secret@a:6379"), CLUSTER);
        assert_eq!(refusal("rediss+cluster://a:6379"), CLUSTER);
        assert_eq!(refusal("redis://:secret@a:6379,b:6379"), SEVERAL_HOSTS);
        assert_eq!(refusal("redis://a:6379?sentinel=secret"), UNKNOWN_PARAMETER);
        assert_eq!(refusal("rediss://:secret@a:6379#insecure"), FRAGMENT);
        let config = QueueConfig { ca_certificate: Some(vec![]), ..QueueConfig::new("redis://a:6379") };
        assert!(matches!(open(&config), Err(QueueError::UnsupportedUrl { reason: CA_WITHOUT_TLS, .. })));
    }

    #[test]
    fn one_redis_is_taken_however_it_is_reached() {
        for url in [
            "redis://localhost",
            "redis://user:with,comma@localhost:6380/2",
            "rediss://:secret@cache.example.com:6380",
            "unix:///run/faena/redis.sock?db=1&pass=secret",
            "redis+unix:///run/faena/redis.sock",
        ] {
            assert!(open(&QueueConfig::new(url)).is_ok(), "{url}");
        }
    }

    #[test]
    fn what_is_no_url_is_refused_without_a_leak() {
        for url in ["secret", "http://:secret@host", "redis://:secret@host:notaport", "redis://:secret@"] {
            let error = open(&QueueConfig::new(url)).err().unwrap();
            let shown = format!("{error} {error:?}");
            assert!(matches!(error, QueueError::InvalidUrl { .. }), "{shown}");
            assert!(!shown.contains("secret"), "{shown}");
        }
    }

    #[test]
    fn redaction_survives_odd_passwords() {
        assert_eq!(redact("redis://u:p@ss/w?rd@host:1/2"), "redis://***@host:1/2");
        assert_eq!(redact("unix:///run/r.sock?pass=x"), "unix:///run/r.sock?***");
        assert_eq!(redact("redis://host"), "redis://host");
    }
}
