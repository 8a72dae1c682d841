//! The manifest as a JSON Schema, for editors that check and complete TOML.

use schemars::schema_for;
use serde_json::Value;

use super::Manifest;

/// The JSON Schema of the manifest, the same that is checked in as `manifests/manifest.schema.json`.
pub fn manifest_json_schema() -> Value {
    schema_for!(Manifest).to_value()
}

#[cfg(test)]
mod tests {
    use super::super::fields::{self, Field, Shape};
    use super::*;

    /// The list of fields says exactly what the types say: the keys that are built, and which are required.
    #[test]
    fn fields_and_types_agree() {
        let schema = manifest_json_schema();
        agree(&schema, fields::MANIFEST);
        agree(&schema["$defs"]["Module"], fields::MODULE);
        agree(&schema["$defs"]["Job"], fields::JOB);
        agree(&schema["$defs"]["Capabilities"], fields::CAPABILITIES);
    }

    #[test]
    fn what_the_host_has_is_not_listed_as_planned() {
        for capability in faena_contract::capability::CAPABILITIES {
            assert!(fields::at(&format!("capabilities.{}", capability.name)).is_none(), "{}", capability.name);
        }
    }

    #[test]
    fn a_path_leads_to_its_field() {
        assert_eq!(fields::at("job[12].timeout_s").map(|field| field.example), Some("timeout_s = 30"));
        assert_eq!(fields::at("job").map(|field| field.name), Some("job"));
        assert!(fields::at("job[0].colour").is_none());
        assert!(fields::at("").is_none());
    }

    fn agree(schema: &Value, fields: &[Field]) {
        let built = fields.iter().filter(|field| !matches!(field.shape, Shape::Planned));
        let required = fields.iter().filter(|field| field.required);
        let properties = schema["properties"].as_object().map(|all| all.keys().map(String::as_str).collect::<Vec<_>>());
        assert_eq!(sorted(properties.unwrap_or_default()), sorted(built.map(|field| field.name).collect()));
        let listed = schema["required"].as_array().map(|all| all.iter().filter_map(Value::as_str).collect::<Vec<_>>());
        assert_eq!(sorted(listed.unwrap_or_default()), sorted(required.map(|field| field.name).collect()));
        assert_eq!(schema["additionalProperties"], false);
    }

    fn sorted(mut names: Vec<&str>) -> Vec<&str> {
        names.sort_unstable();
        names
    }
}
