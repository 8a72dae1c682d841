//! What a stranger wrote must not steer the terminal: control characters could move the cursor or set colours, and
//! bidirectional ones could show a text in another order than it has.

use std::fmt::Write;

/// For one line or one cell: everything that steers is escaped, line ends too.
pub(crate) fn line(text: &str) -> String {
    escape(text, |_| false, |out, odd| write!(out, "{}", odd.escape_unicode()))
}

/// For a text of several lines.
pub(crate) fn text(text: &str) -> String {
    escape(text, |odd| matches!(odd, '\n' | '\t'), |out, odd| write!(out, "{}", odd.escape_unicode()))
}

/// For JSON: the same value, written with JSON's own escapes. Such characters can only be inside of strings.
pub(crate) fn json(text: &str) -> String {
    escape(
        text,
        |odd| matches!(odd, '\n' | '\t' | '\r'),
        |out, odd| {
            let mut units = [0; 2];
            odd.encode_utf16(&mut units).iter().try_for_each(|unit| write!(out, "\\u{unit:04x}"))
        },
    )
}

fn escape(text: &str, allowed: fn(char) -> bool, odd: impl Fn(&mut String, char) -> std::fmt::Result) -> String {
    let mut out = String::with_capacity(text.len());
    for character in text.chars() {
        if !steers(character) || allowed(character) {
            out.push(character);
        } else {
            // Writing to a String cannot fail.
            let _ = odd(&mut out, character);
        }
    }
    out
}

fn steers(character: char) -> bool {
    let bidirectional =
        matches!(character, '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
    let line_end = matches!(character, '\u{2028}' | '\u{2029}');
    let invisible = matches!(character, '\u{feff}' | '\u{e0000}'..='\u{e007f}');
    character.is_control() || bidirectional || line_end || invisible
}

#[cfg(test)]
mod tests {
    use super::*;

    const HOSTILE: &str = "a\u{1b}[31mred\u{7}\r\n\u{9b}2J\u{202e}evil\u{2066}\u{e0041}ñ字";

    #[test]
    fn nothing_that_steers_the_terminal_is_left() {
        assert_eq!(line(HOSTILE), "a\\u{1b}[31mred\\u{7}\\u{d}\\u{a}\\u{9b}2J\\u{202e}evil\\u{2066}\\u{e0041}ñ字");
        assert!(text("one\n\ttwo\r").starts_with("one\n\ttwo\\u{d}"));
    }

    #[test]
    fn escaped_json_is_the_same_value() {
        let value = serde_json::json!({ "k": "x\u{202e}\u{9b}\u{e0041}y\n" });
        let raw = value.to_string();
        let clean = json(&raw);
        assert!(!clean.contains('\u{202e}') && !clean.contains('\u{9b}') && !clean.contains('\u{e0041}'));
        assert_eq!(serde_json::from_str::<serde_json::Value>(&clean).unwrap(), value);
    }
}
