//! The JSON Schema of a job's payload or result: compiled once, then asked for every job.

use faena_contract::{ErrorCode, limits as contract};
use jsonschema::{Draft, PatternOptions, Retrieve, Uri, ValidationError, Validator};
use serde_json::Value;

use crate::{limits, schema_refs};

/// The only dialect of JSON Schema that packages use.
const DIALECT: &str = "https://json-schema.org/draft/2020-12/schema";
/// Largest compiled pattern, in bytes.
const PATTERN_BYTES: usize = 1 << 20;
/// Above this many values in an instance only its first violation is looked for, because every violation that is
/// collected costs memory and a payload can have hundreds of thousands.
const VALUES_FOR_ALL_VIOLATIONS: usize = 10_000;

/// Above this many visits of a value by a schema that refers to itself, its violations are not listed.
const VISITS_FOR_VIOLATIONS: u64 = 10_000;

/// A compiled JSON Schema (draft 2020-12) that needs nothing from outside, with patterns that run in linear time.
///
/// ```
/// let schema = faena_manifest::JobSchema::compile(r#"{"type": "object", "required": ["period"]}"#)?;
/// assert!(schema.validate(&serde_json::json!({"period": "2026-10"})).is_empty());
/// let violations = schema.validate(&serde_json::json!({}));
/// assert_eq!(violations[0].message, "\"period\" is a required property");
/// # Ok::<(), faena_manifest::SchemaError>(())
/// ```
#[derive(Clone, Debug)]
pub struct JobSchema {
    validator: Validator,
    /// References of the schema to itself. The validator remembers verdicts on what it met before, but not violations.
    recursions: u64,
}

/// One way in which a value does not fit its schema. It never holds the value itself, which may be secret.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Violation {
    /// JSON pointer to the value, such as `/sales/0/amount`; empty for the whole.
    pub path: String,
    /// What is wrong with it, such as `value is not of type "string"`.
    pub message: String,
}

/// Why a JSON Schema is refused.
#[derive(Debug, thiserror::Error)]
pub enum SchemaError {
    /// It is longer than a schema may be.
    #[error("the schema has {found} bytes; at most {limit} are allowed, so shorten it or split the job")]
    TooLarge {
        /// Bytes that it has.
        found: usize,
        /// Bytes that it may have.
        limit: usize,
    },
    /// The text is not JSON.
    #[error("the schema is not JSON: {0}")]
    NotJson(#[source] serde_json::Error),
    /// It names another dialect than draft 2020-12.
    #[error("the schema is written for `{0}`; write it for draft 2020-12: \"$schema\": \"{DIALECT}\"")]
    Dialect(String),
    /// It is not a JSON Schema, refers to something outside itself, or has a pattern that needs backtracking.
    #[error("at `{path}` of the schema: {message}")]
    Invalid {
        /// JSON pointer into the schema.
        path: String,
        /// What is wrong there.
        message: String,
    },
}

impl SchemaError {
    /// The stable code of the error.
    pub fn code(&self) -> ErrorCode {
        match self {
            Self::TooLarge { .. } | Self::NotJson(_) | Self::Dialect(_) | Self::Invalid { .. } => {
                ErrorCode::ManifestInvalid
            }
        }
    }
}

impl JobSchema {
    /// Compiles the text of a schema.
    ///
    /// # Errors
    /// When it is too large, not JSON, of another dialect, not a JSON Schema, or not self-contained.
    pub fn compile(text: &str) -> Result<Self, SchemaError> {
        if text.len() > contract::SCHEMA_BYTES {
            return Err(SchemaError::TooLarge { found: text.len(), limit: contract::SCHEMA_BYTES });
        }
        let schema: Value = serde_json::from_str(text).map_err(SchemaError::NotJson)?;
        check_dialect(&schema)?;
        let expanded =
            schema_refs::check(&schema).map_err(|bad| SchemaError::Invalid { path: bad.path, message: bad.message })?;
        let validator = jsonschema::options()
            .with_draft(Draft::Draft202012)
            .with_retriever(Nothing)
            .with_pattern_options(PatternOptions::regex().size_limit(PATTERN_BYTES).dfa_size_limit(PATTERN_BYTES))
            .build(&schema)
            .map_err(|error| SchemaError::Invalid {
                path: error.instance_path().to_string(),
                message: cut(&error.to_string()),
            })?;
        Ok(Self { validator, recursions: expanded.recursions })
    }

    /// The ways in which `value` does not fit, at most [`limits::VIOLATIONS`]; none when it fits.
    pub fn validate(&self, value: &Value) -> Vec<Violation> {
        if self.validator.is_valid(value) {
            return Vec::new();
        }
        if !self.can_list_violations(value) {
            let message = "value does not fit, and is too deep in a schema that refers to itself to say where";
            return vec![Violation { path: String::new(), message: message.to_owned() }];
        }
        if count(value) > VALUES_FOR_ALL_VIOLATIONS {
            return self.validator.validate(value).err().iter().map(Violation::new).collect();
        }
        self.validator.iter_errors(value).take(limits::VIOLATIONS).map(|error| Violation::new(&error)).collect()
    }
}

impl JobSchema {
    /// Each level of a value may be looked at once for each reference of the schema to itself, so that the work to list
    /// violations is a power.
    fn can_list_violations(&self, value: &Value) -> bool {
        let visits = self.recursions.checked_pow(depth(value));
        self.recursions < 2 || visits.is_some_and(|visits| visits <= VISITS_FOR_VIOLATIONS)
    }
}

impl Violation {
    fn new(error: &ValidationError<'_>) -> Self {
        Self { path: cut(error.instance_path().as_str()), message: cut(&error.masked().to_string()) }
    }
}

/// Answers every reference that leaves the schema, should one pass [`schema_refs`].
struct Nothing;

impl Retrieve for Nothing {
    fn retrieve(&self, _: &Uri<String>) -> Result<Value, Box<dyn std::error::Error + Send + Sync>> {
        Err("a schema in a package is self-contained".into())
    }
}

fn check_dialect(schema: &Value) -> Result<(), SchemaError> {
    match schema.get("$schema") {
        None => Ok(()),
        Some(Value::String(dialect)) if dialect.trim_end_matches('#') == DIALECT => Ok(()),
        Some(other) => Err(SchemaError::Dialect(cut(&other.to_string()))),
    }
}

fn count(value: &Value) -> usize {
    match value {
        Value::Array(items) => 1 + items.iter().map(count).sum::<usize>(),
        Value::Object(members) => 1 + members.values().map(count).sum::<usize>(),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => 1,
    }
}

fn depth(value: &Value) -> u32 {
    match value {
        Value::Array(items) => 1 + items.iter().map(depth).max().unwrap_or_default(),
        Value::Object(members) => 1 + members.values().map(depth).max().unwrap_or_default(),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => 0,
    }
}

fn cut(text: &str) -> String {
    match text.char_indices().nth(limits::MESSAGE_CHARS) {
        Some((end, _)) => format!("{}...", text.get(..end).unwrap_or_default()),
        None => text.to_owned(),
    }
}
