//! One layer of settings: a file or the environment, checked against the list of keys.

use std::path::Path;

use anyhow::Result;
use faena_contract::ErrorCode;
use toml::{Table, Value};

use super::Settings;
use super::keys::{KEYS, Kind, variable};
use super::nearest::nearest;
use crate::failure::Failure;

/// The settings of a file.
pub(crate) fn file(text: &str, path: &Path) -> Result<Table> {
    let origin = path.display().to_string();
    let table: Table = text.parse().map_err(|error| Failure::invalid(format!("{origin} is not TOML: {error}")))?;
    check_keys(&table, &origin)?;
    read(table.clone(), &origin)?;
    Ok(table)
}

/// The settings of the environment; an empty variable counts as not set.
pub(crate) fn environment(get: impl Fn(&str) -> Option<String>) -> Result<Table> {
    let mut table = Table::new();
    for (key, kind) in KEYS {
        let variable = variable(key);
        if let Some(text) = get(&variable).filter(|text| !text.is_empty()) {
            table.insert((*key).to_owned(), value(&text, *kind, &variable)?);
        }
    }
    read(table.clone(), "the environment")?;
    Ok(table)
}

/// A table as settings.
pub(crate) fn read(table: Table, origin: &str) -> Result<Settings> {
    let settings: Settings = table.try_into().map_err(|error: toml::de::Error| {
        Failure::invalid(format!("{origin}: {}", error.to_string().trim().replace('\n', " ")))
    })?;
    for (name, number) in [("slots", settings.slots), ("database_connections", settings.database_connections)] {
        if number == Some(0) {
            return Err(Failure::invalid(format!("{origin}: {name} must be 1 or more.")).into());
        }
    }
    Ok(settings)
}

fn check_keys(table: &Table, origin: &str) -> Result<()> {
    let known = || KEYS.iter().map(|(key, _)| *key);
    let Some(unknown) = table.keys().find(|key| !known().any(|known| known == key.as_str())) else { return Ok(()) };
    let advice = match nearest(unknown, known()) {
        Some(near) => format!("did you mean `{near}`?"),
        None => format!("the keys are {}", known().collect::<Vec<_>>().join(", ")),
    };
    let detail = format!("{origin} has the key `{unknown}`, which does not exist.");
    Err(Failure::new(ErrorCode::ConfigUnknownKey, detail).advise(advice).into())
}

fn value(text: &str, kind: Kind, variable: &str) -> Result<Value> {
    let wrong = |wanted: &str| Failure::invalid(format!("{variable} must be {wanted}, not `{text}`."));
    Ok(match kind {
        Kind::Text => Value::String(text.to_owned()),
        Kind::Number => Value::Integer(text.parse().map_err(|_| wrong("a whole number"))?),
        Kind::Switch => Value::Boolean(text.parse().map_err(|_| wrong("true or false"))?),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn failure(text: &str) -> Failure {
        Failure::of(&file(text, Path::new("faena.toml")).unwrap_err())
    }

    #[test]
    fn an_unknown_key_is_named_with_the_nearest_one() {
        let failure = failure("lisen = '127.0.0.1:7070'");
        assert_eq!((failure.code.as_str(), failure.exit), ("FAE-0701", 2));
        assert_eq!(failure.detail, "faena.toml has the key `lisen`, which does not exist.");
        assert_eq!(failure.advice.as_deref(), Some("did you mean `listen`?"));
        assert!(self::failure("colour = 1").advice.unwrap().contains("jwt_key_file"));
    }

    #[test]
    fn a_wrong_value_is_named_with_its_key() {
        for (text, word) in
            [("slots = 'many'", "slots"), ("listen = 'here'", "listen"), ("slots = 0", "slots"), ("=", "TOML")]
        {
            let failure = failure(text);
            assert_eq!(failure.code, "FAE-0702");
            assert!(failure.detail.contains(word), "{}", failure.detail);
        }
    }

    #[test]
    fn the_environment_has_a_variable_for_each_key() {
        let set = |name: &str| match name {
            "DATABASE_URL" => Some("postgres://x".to_owned()),
            "FAENA_SLOTS" => Some("4".to_owned()),
            "FAENA_DEV_MODE" => Some("true".to_owned()),
            "FAENA_LOG" => Some(String::new()),
            _ => None,
        };
        let settings = read(environment(set).unwrap(), "test").unwrap();
        assert_eq!(settings.database_url.as_deref(), Some("postgres://x"));
        assert_eq!((settings.slots, settings.dev_mode, settings.log), (Some(4), Some(true), None));
        let wrong = |name: &str| (name == "FAENA_SLOTS").then(|| "four".to_owned());
        assert!(environment(wrong).unwrap_err().to_string().contains("FAENA_SLOTS"));
    }

    #[test]
    fn the_list_of_keys_is_the_one_of_the_settings() {
        let mut table = Table::new();
        for (key, kind) in KEYS {
            let text = match (*key, kind) {
                ("listen" | "worker_listen", _) => "127.0.0.1:1",
                (_, Kind::Number) => "1",
                (_, Kind::Switch) => "true",
                _ => "x",
            };
            table.insert((*key).to_owned(), value(text, *kind, key).unwrap());
        }
        let settings = read(table, "test").unwrap();
        // Every field is set, so none is missing in the list.
        assert!(!format!("{settings:?}").contains("None"));
    }
}
