//! What the references of a JSON Schema may do: stay inside the schema, and not multiply it.
//!
//! A validator follows each reference anew, so sixty definitions that each refer twice to the next would be 2^60 steps
//! in two kilobytes of schema. Counting what a schema becomes once its references are followed catches that before
//! anything is compiled.

use std::collections::HashMap;

use serde_json::Value;

use crate::limits;

/// Why a schema's references are refused: a JSON pointer into the schema, and what is wrong there.
pub(crate) struct BadReference {
    pub(crate) path: String,
    pub(crate) message: String,
}

/// What a value stands for once the references in it are followed.
#[derive(Clone, Copy, Default)]
pub(crate) struct Expanded {
    /// How many values of the schema.
    size: u64,
    /// How many references back to where one comes from, at which the following ends.
    pub(crate) recursions: u64,
}

/// Refuses references that leave the schema, chains that are too long, and schemas that grow too large by them.
pub(crate) fn check(schema: &Value) -> Result<Expanded, BadReference> {
    // The schema itself is what `#` refers to, and being followed from the start.
    let mut walk = Walk { root: schema, targets: HashMap::from([("#", None)]) };
    let expanded = walk.expand(schema, &mut String::new(), 0)?;
    if expanded.size > limits::EXPANDED_SCHEMA {
        let message = format!(
            "with its references followed the schema has more than {} values; refer less often to large definitions",
            limits::EXPANDED_SCHEMA
        );
        return Err(BadReference { path: String::new(), message });
    }
    Ok(expanded)
}

impl Expanded {
    fn add(&mut self, other: Self) {
        self.size = self.size.saturating_add(other.size);
        self.recursions = self.recursions.saturating_add(other.recursions);
    }
}

struct Walk<'a> {
    root: &'a Value,
    /// What each target of a reference stands for; `None` while it is being followed.
    targets: HashMap<&'a str, Option<Expanded>>,
}

impl<'a> Walk<'a> {
    fn expand(&mut self, value: &'a Value, path: &mut String, depth: usize) -> Result<Expanded, BadReference> {
        if depth > limits::SCHEMA_DEPTH {
            return Err(bad(path, format!("the schema nests or refers deeper than {}", limits::SCHEMA_DEPTH)));
        }
        let mut all = Expanded { size: 1, recursions: 0 };
        match value {
            Value::Object(members) => {
                for (key, member) in members {
                    let inner = at(path, key, |path| self.member(key, member, path, depth + 1))?;
                    all.add(inner);
                }
            }
            Value::Array(items) => {
                for (index, item) in items.iter().enumerate() {
                    let inner = at(path, &index.to_string(), |path| self.expand(item, path, depth + 1))?;
                    all.add(inner);
                }
            }
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
        }
        Ok(all)
    }

    fn member(
        &mut self,
        key: &str,
        value: &'a Value,
        path: &mut String,
        depth: usize,
    ) -> Result<Expanded, BadReference> {
        match (key, value) {
            ("$ref", Value::String(target)) => self.target(target, path, depth),
            ("$dynamicRef" | "$recursiveRef", Value::String(_)) => {
                Err(bad(path, "dynamic references are not allowed; use `$ref`: \"#/$defs/...\"".to_owned()))
            }
            ("$id", Value::String(_)) if path != "/$id" => {
                Err(bad(path, "only the schema itself may have an `$id`; remove this one".to_owned()))
            }
            _ => self.expand(value, path, depth),
        }
    }

    fn target(&mut self, target: &'a str, path: &mut String, depth: usize) -> Result<Expanded, BadReference> {
        if let Some(known) = self.targets.get(target) {
            return Ok(known.unwrap_or(Expanded { size: 1, recursions: 1 }));
        }
        let found = target.strip_prefix('#').and_then(|pointer| self.root.pointer(pointer));
        let Some(found) = found else {
            let shown: String = target.chars().take(100).collect();
            let message = format!(
                "`{}` is not in the schema, which must be self-contained; put the definition under `$defs` and refer \
                 to it as `#/$defs/...`",
                shown.escape_debug()
            );
            return Err(bad(path, message));
        };
        self.targets.insert(target, None);
        let expanded = self.expand(found, path, depth + 1)?;
        self.targets.insert(target, Some(expanded));
        Ok(expanded)
    }
}

/// Runs `inner` with `path` one step longer.
fn at<T>(path: &mut String, step: &str, inner: impl FnOnce(&mut String) -> T) -> T {
    let length = path.len();
    path.push('/');
    path.push_str(&step.replace('~', "~0").replace('/', "~1"));
    let result = inner(path);
    path.truncate(length);
    result
}

fn bad(path: &str, message: String) -> BadReference {
    BadReference { path: path.chars().take(limits::MESSAGE_CHARS).collect(), message }
}
