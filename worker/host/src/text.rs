//! Text of a module, made safe to store and to show.

use std::borrow::Cow;

use serde_json::Value;

/// What stands for a NUL, which PostgreSQL refuses.
const REPLACEMENT: &str = "\u{fffd}";

/// Text that can be stored: no NUL.
pub(crate) fn without_nul(text: String) -> String {
    if text.contains('\0') { text.replace('\0', REPLACEMENT) } else { text }
}

/// Text that can be shown in an error or a list: characters that move the cursor or turn the direction of writing are
/// written as escapes, and it ends with dots after `bytes` bytes.
pub(crate) fn shown(text: &str, bytes: usize) -> String {
    let mut shown = String::with_capacity(text.len().min(bytes));
    for character in cut(text, bytes).chars() {
        if is_deceptive(character) {
            shown.extend(character.escape_unicode());
        } else {
            shown.push(character);
        }
    }
    if text.len() > bytes {
        shown.push('…');
    }
    shown
}

/// The start of `text`, at most `bytes` bytes of it and no half of a character.
pub(crate) fn cut(text: &str, bytes: usize) -> &str {
    text.get(..text.floor_char_boundary(bytes)).unwrap_or(text)
}

/// The value without a NUL in any of its strings and keys.
pub(crate) fn value_without_nul(value: Value) -> Value {
    match value {
        Value::String(text) => Value::String(without_nul(text)),
        Value::Array(items) => items.into_iter().map(value_without_nul).collect(),
        Value::Object(fields) => {
            fields.into_iter().map(|(key, value)| (without_nul(key), value_without_nul(value))).collect()
        }
        other => other,
    }
}

/// The module's error code, or one that says that it is not fit to be one.
pub(crate) fn code(code: &str) -> Cow<'_, str> {
    let characters = |c: char| c.is_ascii_uppercase() || c.is_ascii_digit() || c == '_';
    // A code of the platform would lead its reader to the wrong page; those have a hyphen.
    if (1..=64).contains(&code.len()) && code.chars().all(characters) { code.into() } else { "MODULE_ERROR".into() }
}

fn is_deceptive(character: char) -> bool {
    let bidi =
        matches!(character, '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
    bidi || (character.is_control() && character != '\n' && character != '\t')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn deceptive_characters_are_written_as_escapes() {
        assert_eq!(shown("a\u{1b}[31m\u{202e}b\0\nc", 100), "a\\u{1b}[31m\\u{202e}b\\u{0}\nc");
    }

    #[test]
    fn long_text_ends_at_a_character() {
        assert_eq!(shown("éé", 3), "é…");
        assert_eq!(cut("éé", 4), "éé");
    }

    #[test]
    fn codes_of_the_platform_are_not_the_modules_to_give() {
        assert_eq!(code("PLAN_INVALID"), "PLAN_INVALID");
        assert_eq!(code("FAE-0501"), "MODULE_ERROR");
        assert_eq!(code(""), "MODULE_ERROR");
    }

    #[test]
    fn no_nul_is_left_in_a_value() {
        let value = value_without_nul(serde_json::json!({ "a\0": ["\0"] }));
        assert_eq!(value, serde_json::json!({ "a\u{fffd}": ["\u{fffd}"] }));
    }
}
