//! The rules of JSON Schemas in a package.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test's helpers fail it by a panic, as the test itself does"
)]

use faena_manifest::{JobSchema, SchemaError, limits};
use serde_json::{Value, json};

fn compile(schema: &Value) -> Result<JobSchema, SchemaError> {
    JobSchema::compile(&schema.to_string())
}

#[test]
fn violations_name_the_place_and_never_the_value() {
    let schema = compile(&json!({
        "type": "object",
        "properties": {"sales": {"items": {"$ref": "#/$defs/sale"}}, "pin": {"maxLength": 4}},
        "$defs": {"sale": {"properties": {"amount": {"type": "string", "pattern": "^[0-9]+$"}}}}
    }))
    .unwrap();
    assert!(schema.validate(&json!({"sales": [{"amount": "12"}]})).is_empty());
    let told = schema.validate(&json!({"sales": [{"amount": "12"}, {"amount": "hunter2"}], "pin": "hunter2"}));
    let told: Vec<_> = told.iter().map(|violation| (violation.path.as_str(), violation.message.as_str())).collect();
    assert!(told.contains(&("/sales/1/amount", "value does not match \"^[0-9]+$\"")), "{told:?}");
    assert!(told.contains(&("/pin", "value is longer than 4 characters")), "{told:?}");
    assert!(!format!("{told:?}").contains("hunter2"));
}

#[test]
fn violations_are_bounded_in_number_and_length() {
    let schema = compile(&json!({"items": {"type": "string"}})).unwrap();
    assert_eq!(schema.validate(&json!(vec![1; 1_000])).len(), limits::VIOLATIONS);
    assert_eq!(schema.validate(&json!(vec![1; 500_000])).len(), 1);
    let long = compile(&json!({"additionalProperties": false})).unwrap();
    let told = long.validate(&json!({"x".repeat(100_000): 1}));
    assert!(told[0].message.chars().count() <= limits::MESSAGE_CHARS + 3);
}

#[test]
fn a_schema_must_be_json_of_the_right_size_and_dialect() {
    assert!(matches!(JobSchema::compile("{"), Err(SchemaError::NotJson(_))));
    assert!(matches!(JobSchema::compile(&" ".repeat(300 << 10)), Err(SchemaError::TooLarge { .. })));
    assert!(matches!(JobSchema::compile(&"[".repeat(200 << 10)), Err(SchemaError::NotJson(_))));
    let old = compile(&json!({"$schema": "http://json-schema.org/draft-07/schema#"})).unwrap_err();
    assert!(old.to_string().contains("write it for draft 2020-12"), "{old}");
    assert!(compile(&json!({"$schema": "https://json-schema.org/draft/2020-12/schema"})).is_ok());
    let wrong = compile(&json!({"properties": {"a": {"type": "text"}}})).unwrap_err();
    assert!(wrong.to_string().starts_with("at `/properties/a/type` of the schema: "), "{wrong}");
    assert_eq!(wrong.code().as_str(), "FAE-0304");
}

#[test]
fn a_schema_must_be_self_contained() {
    for outside in ["https://example.com/a.json", "http://127.0.0.1/x", "file:///etc/passwd", "other.json", "../a.json"]
    {
        for schema in [json!({"$ref": outside}), json!({"properties": {"a": {"items": {"$ref": outside}}}})] {
            let error = compile(&schema).unwrap_err().to_string();
            assert!(error.contains("self-contained"), "{outside}: {error}");
        }
    }
    for inside in [json!({"$ref": "#/$defs/nowhere"}), json!({"$dynamicRef": "#"}), json!({"items": {"$id": "x:/y"}})] {
        assert!(compile(&inside).is_err(), "{inside}");
    }
    let named = json!({"$id": "https://example.com/me", "properties": {"$ref": {"type": "string"}, "$id": {}}});
    assert!(compile(&named).is_ok());
    assert!(compile(&json!({"$ref": "#/$defs/here", "$defs": {"here": {}}})).is_ok());
}

#[test]
fn patterns_cannot_backtrack_or_be_huge() {
    assert!(compile(&json!({"pattern": "(a+)+\\1"})).is_err());
    assert!(compile(&json!({"pattern": "(?=x)y"})).is_err());
    assert!(compile(&json!({"pattern": "((a{1000}){1000}){1000}"})).is_err());
    let evil = compile(&json!({"pattern": "^(a+)+$"})).unwrap();
    assert_eq!(evil.validate(&json!(format!("{}b", "a".repeat(100_000)))).len(), 1);
}

#[test]
fn a_schema_that_refers_to_itself_ends() {
    for schema in [
        json!({"$ref": "#"}),
        json!({"$ref": "#/$defs/a", "$defs": {"a": {"$ref": "#/$defs/b"}, "b": {"$ref": "#/$defs/a"}}}),
        json!({"allOf": [{"$ref": "#"}, {"anyOf": [{"$ref": "#"}]}]}),
        json!({"$dynamicRef": "#x", "$dynamicAnchor": "x"}),
    ] {
        if let Ok(schema) = compile(&schema) {
            schema.validate(&json!({"a": [1, 2, {"b": 3}]}));
        }
    }
}

/// Definitions that each refer twice to the next, closed by `last`.
fn doubling(levels: usize, last: Value) -> Value {
    let mut definitions = serde_json::Map::new();
    for level in 0..levels {
        let next = json!({"$ref": format!("#/$defs/d{}", level + 1)});
        definitions.insert(format!("d{level}"), json!({"allOf": [next, next]}));
    }
    definitions.insert(format!("d{levels}"), last);
    json!({"$ref": "#/$defs/d0", "$defs": definitions})
}

#[test]
fn references_that_multiply_are_refused_before_they_are_followed() {
    let error = compile(&doubling(60, json!({"type": "string"}))).unwrap_err().to_string();
    assert!(error.contains("refer less often"), "{error}");
    let few = compile(&doubling(8, json!({"type": "string"}))).unwrap();
    assert!(few.validate(&json!("fits")).is_empty());
    assert!(!few.validate(&json!(1)).is_empty());
}

#[test]
fn chains_of_references_are_bounded() {
    let chain = |length: usize| {
        let definition = |link: usize| (format!("d{link}"), json!({"$ref": format!("#/$defs/d{}", link + 1)}));
        let mut definitions: serde_json::Map<_, _> = (0..length).map(definition).collect();
        definitions.insert(format!("d{length}"), json!({"type": "string"}));
        compile(&json!({"$ref": "#/$defs/d0", "$defs": definitions}))
    };
    assert!(chain(100).unwrap().validate(&json!("fits")).is_empty());
    assert!(chain(3_000).unwrap_err().to_string().contains("deeper than"));
}

/// A tree's schema refers to itself, and a payload that is as deep as JSON may be must not cost 2^100 steps.
#[test]
fn a_recursive_schema_is_linear_in_the_depth_of_the_payload() {
    let child = json!({"allOf": [{"$ref": "#"}, {"$ref": "#"}]});
    let schema = compile(&json!({"properties": {"child": child, "name": {"type": "string"}}})).unwrap();
    let tree = |name: Value| (0..100).fold(json!({"name": name}), |tree, _| json!({"child": tree}));
    assert!(schema.validate(&tree(json!("leaf"))).is_empty());
    assert_eq!(schema.validate(&tree(json!(1))).len(), 1);
    let mut wrong_above = tree(json!("leaf"));
    wrong_above["name"] = json!(1);
    assert_eq!(schema.validate(&wrong_above).len(), 1);
    let shallow = schema.validate(&json!({"child": {"name": 1}}));
    assert_eq!(shallow[0].path, "/child/name");
}
