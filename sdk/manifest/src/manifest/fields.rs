//! The one list of the manifest's keys: what is built, what is planned, and an example of each.
//!
//! The types in [`super`] hold the values; a test keeps the two in step. A new part of the manifest moves its key from
//! [`Shape::Planned`] to the shape it has.

/// One key of a table of the manifest.
#[derive(Clone, Copy, Debug)]
pub struct Field {
    /// The key, such as `timeout_s`.
    pub name: &'static str,
    /// A line of TOML that sets it, such as `timeout_s = 30`.
    pub example: &'static str,
    /// Whether the manifest must have it.
    pub required: bool,
    /// What it holds.
    pub shape: Shape,
}

/// What a key holds.
#[derive(Clone, Copy, Debug)]
pub enum Shape {
    /// One value.
    Value,
    /// A table with these keys.
    Table(&'static [Field]),
    /// An array of tables with these keys.
    Tables(&'static [Field]),
    /// Known, but the part of Faena that it configures is not built yet.
    Planned,
}

/// The keys of the manifest itself.
pub const MANIFEST: &[Field] = &[
    Field { name: "module", example: "[module]", required: true, shape: Shape::Table(MODULE) },
    Field { name: "job", example: "[[job]]", required: true, shape: Shape::Tables(JOB) },
    Field { name: "capabilities", example: "[capabilities]", required: false, shape: Shape::Table(CAPABILITIES) },
    planned("config", "[config]"),
    planned("dependencies", "[dependencies]"),
    planned("schedules", "[[schedules]]"),
    planned("migrations", "[migrations]"),
    planned("ui", "[ui]"),
];

/// The keys of `[module]`.
pub const MODULE: &[Field] = &[
    required("name", r#"name = "commissions""#),
    required("version", r#"version = "0.1.0""#),
    required("description", r#"description = "Calculates sales commissions.""#),
    required("abi", r#"abi = "^1.0""#),
];

/// The keys of each `[[job]]`.
pub const JOB: &[Field] = &[
    required("name", r#"name = "calculate""#),
    required("description", r#"description = "Calculates the commissions of one period.""#),
    required("input_schema", r#"input_schema = "schemas/calculate.input.json""#),
    optional("output_schema", r#"output_schema = "schemas/calculate.output.json""#),
    optional("timeout_s", "timeout_s = 30"),
    optional("max_attempts", "max_attempts = 3"),
    optional("memory_mib", "memory_mib = 64"),
    optional("cpu_ms", "cpu_ms = 10000"),
];

/// The keys of `[capabilities]`.
pub const CAPABILITIES: &[Field] = &[
    planned("http", "[capabilities.http]"),
    planned("sql", "[capabilities.sql]"),
    planned("blob", "[capabilities.blob]"),
    planned("secrets", "[capabilities.secrets]"),
    planned("jobs", "[capabilities.jobs]"),
    planned("signals", "[capabilities.signals]"),
    planned("browser", "[capabilities.browser]"),
    planned("llm", "[capabilities.llm]"),
    planned("steps", "[capabilities.steps]"),
    planned("files", "[capabilities.files]"),
];

/// The field at `path`, such as `job[1].timeout_s`.
pub fn at(path: &str) -> Option<&'static Field> {
    let mut fields = MANIFEST;
    let mut found = None;
    for key in path.split('.') {
        let key = key.split('[').next().unwrap_or(key);
        let field = fields.iter().find(|field| field.name == key)?;
        fields = match field.shape {
            Shape::Table(inner) | Shape::Tables(inner) => inner,
            Shape::Value | Shape::Planned => &[],
        };
        found = Some(field);
    }
    found
}

const fn required(name: &'static str, example: &'static str) -> Field {
    Field { name, example, required: true, shape: Shape::Value }
}

const fn optional(name: &'static str, example: &'static str) -> Field {
    Field { name, example, required: false, shape: Shape::Value }
}

const fn planned(name: &'static str, example: &'static str) -> Field {
    Field { name, example, required: false, shape: Shape::Planned }
}
