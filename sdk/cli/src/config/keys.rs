//! The one list of keys.

/// What kind of value a key has, so that a text of the environment is read as one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Text,
    Number,
    Switch,
}

/// Every key, in the order of the documentation.
pub(crate) const KEYS: &[(&str, Kind)] = &[
    ("database_url", Kind::Text),
    ("database_api_url", Kind::Text),
    ("database_dispatcher_url", Kind::Text),
    ("database_worker_url", Kind::Text),
    ("database_authenticator_url", Kind::Text),
    ("database_connections", Kind::Number),
    ("redis_url", Kind::Text),
    ("namespace", Kind::Text),
    ("listen", Kind::Text),
    ("worker_listen", Kind::Text),
    ("jwt_key_file", Kind::Text),
    ("dev_mode", Kind::Switch),
    ("slots", Kind::Number),
    ("grace_s", Kind::Number),
    ("log", Kind::Text),
    ("log_format", Kind::Text),
];

/// The variable of the environment for a key: the two that every host of databases sets have their usual names.
pub(crate) fn variable(key: &str) -> String {
    match key {
        "database_url" | "redis_url" => key.to_uppercase(),
        _ => format!("FAENA_{}", key.to_uppercase()),
    }
}
