//! Names that a manifest gives, each a type of its own that only holds what the rules allow.

use std::borrow::Cow;
use std::fmt;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use semver::{Op, Version, VersionReq};
use serde::{Deserialize, Serialize};

macro_rules! text_newtype {
    ($(#[$doc:meta])* $name:ident, $schema:literal, pattern $pattern:literal, example $example:literal,
     $check:ident, $rule:literal) => {
        $(#[$doc])*
        #[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(try_from = "String", into = "String")]
        pub struct $name(String);

        impl $name {
            /// The name as text.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl TryFrom<String> for $name {
            type Error = String;

            fn try_from(text: String) -> Result<Self, String> {
                if $check(&text) { Ok(Self(text)) } else { Err(refusal(&text, $rule)) }
            }
        }

        impl std::str::FromStr for $name {
            type Err = String;

            fn from_str(text: &str) -> Result<Self, String> {
                Self::try_from(text.to_owned())
            }
        }

        impl From<$name> for String {
            fn from(name: $name) -> Self {
                name.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.pad(&self.0)
            }
        }

        impl JsonSchema for $name {
            fn schema_name() -> Cow<'static, str> {
                $schema.into()
            }

            fn json_schema(_: &mut SchemaGenerator) -> Schema {
                json_schema!({
                    "type": "string", "description": $rule, "pattern": $pattern, "examples": [$example]
                })
            }
        }
    };
}

text_newtype!(
    /// Name of a module, such as `commissions`.
    ModuleName, "ModuleName", pattern "^[a-z][a-z0-9-]{1,39}$", example "commissions", is_module_name,
    "A module's name is 2 to 40 of a-z, 0-9 and -, and starts with a letter"
);
text_newtype!(
    /// Name of a job in its module, such as `calculate`.
    JobName, "JobName", pattern "^[a-z][a-z0-9_]{0,59}$", example "calculate", is_job_name,
    "A job's name is 1 to 60 of a-z, 0-9 and _, and starts with a letter"
);
text_newtype!(
    /// Place of a JSON Schema in the package, such as `schemas/calculate.input.json`.
    SchemaPath, "SchemaPath", pattern "^schemas(/[A-Za-z0-9_-][A-Za-z0-9._-]*)+\\.json$",
    example "schemas/calculate.input.json", is_schema_path,
    "A schema's path starts with schemas/, ends with .json, has at most 100 of A-Z, a-z, 0-9, -, _, . and /, \
     and no part of it starts with a dot"
);

fn is_module_name(text: &str) -> bool {
    (2..=40).contains(&text.len()) && starts_with_letter(text) && text.bytes().all(|b| is_lower(b) || b == b'-')
}

fn is_job_name(text: &str) -> bool {
    (1..=60).contains(&text.len()) && starts_with_letter(text) && text.bytes().all(|b| is_lower(b) || b == b'_')
}

/// 100 characters is what the name field of a tar header holds.
fn is_schema_path(text: &str) -> bool {
    let part = |part: &str| {
        !part.is_empty()
            && !part.starts_with('.')
            && part.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'_' | b'-'))
    };
    text.len() <= 100
        && text.strip_suffix(".json").is_some_and(|stem| !stem.ends_with('/'))
        && text.strip_prefix("schemas/").is_some_and(|rest| rest.split('/').all(part))
}

fn starts_with_letter(text: &str) -> bool {
    text.starts_with(|first: char| first.is_ascii_lowercase())
}

fn is_lower(byte: u8) -> bool {
    byte.is_ascii_lowercase() || byte.is_ascii_digit()
}

fn refusal(text: &str, rule: &str) -> String {
    let shown: String = text.chars().take(60).collect();
    format!("`{}` does not fit. {rule}", shown.escape_debug())
}

/// Versions of the host ABI that a module runs on: one caret range, such as `^1.0`, so one major version.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct AbiRange(VersionReq);

impl AbiRange {
    /// Whether a host with this version of the ABI runs the module.
    pub fn allows(&self, abi: (u64, u64, u64)) -> bool {
        self.0.matches(&Version::new(abi.0, abi.1, abi.2))
    }
}

impl TryFrom<String> for AbiRange {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        let rule = "The ABI is one caret range of major and minor version";
        let range = VersionReq::parse(&text).map_err(|_| refusal(&text, rule))?;
        match range.comparators.as_slice() {
            [one] if one.op == Op::Caret && one.minor.is_some() && one.pre.is_empty() => Ok(Self(range)),
            _ => Err(refusal(&text, rule)),
        }
    }
}

impl From<AbiRange> for String {
    fn from(range: AbiRange) -> Self {
        range.0.to_string()
    }
}

impl fmt::Display for AbiRange {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl JsonSchema for AbiRange {
    fn schema_name() -> Cow<'static, str> {
        "AbiRange".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "type": "string", "description": "The versions of faena:host that the module runs on, as one caret range",
            "pattern": "^\\^?[0-9]+\\.[0-9]+(\\.[0-9]+)?$", "examples": ["^1.0"]
        })
    }
}
