//! Reading a manifest: text, TOML, keys, values, rules. The first thing that is wrong ends it.

use faena_contract::capability;
use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::document::{Document, join};
use super::error::{ManifestError, Problem};
use super::fields::{self, Field, Shape};
use super::nearest::nearest;
use super::{Manifest, rules};
use crate::limits;

impl Manifest {
    /// Reads the text of a `manifest.toml`.
    ///
    /// # Errors
    /// The first thing that is wrong, with its path, its line and how to mend it.
    pub fn parse(text: &str) -> Result<Self, ManifestError> {
        check_size(text)?;
        let document = Document::parse(text)?;
        check_keys(&document, "", document.root(), fields::MANIFEST)?;
        let manifest = read_values(&document)?;
        rules::check(&manifest).map_err(|broken| document.error_at(broken.path, broken.problem))?;
        Ok(manifest)
    }
}

fn check_size(text: &str) -> Result<(), ManifestError> {
    if text.len() <= limits::MANIFEST_BYTES {
        return Ok(());
    }
    let problem = Problem::TooLong { found: text.len(), limit: limits::MANIFEST_BYTES };
    Err(ManifestError { path: String::new(), line: None, problem })
}

/// Refuses keys that do not exist or are not built, here and in the tables below, then those that are missing.
fn check_keys(
    document: &Document<'_>,
    path: &str,
    table: &DeTable<'_>,
    fields: &'static [Field],
) -> Result<(), ManifestError> {
    for (key, value) in table {
        let key_path = join(path, key.get_ref());
        match fields.iter().find(|field| field.name == key.get_ref().as_ref()) {
            None => return Err(document.error(key_path, key.span().start, unknown(path, key.get_ref(), fields))),
            Some(Field { shape: Shape::Planned, .. }) => {
                return Err(document.error(key_path, key.span().start, Problem::NotBuilt));
            }
            Some(field) => check_below(document, &key_path, value, field.shape)?,
        }
    }
    match fields.iter().find(|field| field.required && !table.contains_key(field.name)) {
        Some(field) => Err(missing(document, path, field)),
        None => Ok(()),
    }
}

/// A value of another shape than its field has is left to [`read_values`], which words it.
fn check_below(
    document: &Document<'_>,
    path: &str,
    value: &Spanned<DeValue<'_>>,
    shape: Shape,
) -> Result<(), ManifestError> {
    match (shape, value.get_ref()) {
        (Shape::Table(fields), DeValue::Table(table)) => check_keys(document, path, table, fields),
        (Shape::Tables(fields), DeValue::Array(array)) => {
            for (index, item) in array.iter().enumerate() {
                if let DeValue::Table(table) = item.get_ref() {
                    check_keys(document, &format!("{path}[{index}]"), table, fields)?;
                }
            }
            Ok(())
        }
        _ => Ok(()),
    }
}

fn unknown(path: &str, key: &str, fields: &[Field]) -> Problem {
    if path == "capabilities" && capability::find(key).is_some_and(|found| !found.granted) {
        return Problem::AlwaysThere;
    }
    let built = || fields.iter().filter(|field| !matches!(field.shape, Shape::Planned)).map(|field| field.name);
    let advice = match nearest(key, fields.iter().map(|field| field.name)) {
        Some(close) => format!("did you mean `{close}`?"),
        None if built().next().is_none() => "remove it".to_owned(),
        None => format!("remove it or use one of: {}", built().collect::<Vec<_>>().join(", ")),
    };
    Problem::UnknownKey { advice }
}

fn missing(document: &Document<'_>, path: &str, field: &Field) -> ManifestError {
    let at_table = document.error_at(path.to_owned(), Problem::Missing { example: field.example });
    ManifestError { path: join(path, field.name), ..at_table }
}

fn read_values(document: &Document<'_>) -> Result<Manifest, ManifestError> {
    toml::from_str(document.text()).map_err(|error| {
        let reason = reason(error.message());
        let Some(span) = error.span() else {
            return ManifestError { path: String::new(), line: None, problem: Problem::Syntax(reason) };
        };
        let path = document.path_of(&span);
        let example = fields::at(&path).map_or("[module]", |field| field.example);
        document.error(path, span.start, Problem::Value { reason, example })
    })
}

/// What serde says, in the words of TOML and without the Rust type that it expected: the example says that better.
fn reason(message: &str) -> String {
    let told = message.split_once(", expected ").map_or(message, |(told, _)| told);
    let told =
        told.trim().replace('\n', ", ").replace("type: map", "type: table").replace("type: sequence", "type: array");
    told.chars().take(limits::MESSAGE_CHARS).collect()
}
