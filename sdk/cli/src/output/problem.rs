//! Errors, as standard error shows them.

use std::io::{self, IsTerminal, Write};

use faena_contract::ErrorCode;
use faena_contract::api::FieldError;

use super::escape;
use crate::failure::Failure;

/// Prints an error: as a sentence for people, as one JSON object for programs.
pub(crate) fn print_failure(failure: &Failure, json: bool) {
    let text = if json { as_json(failure) } else { as_text(failure, io::stderr().is_terminal()) };
    // Nothing can be done about a broken standard error; the exit code still tells.
    let _ = writeln!(io::stderr().lock(), "{text}");
}

/// An error as [`print_failure`] prints it, for standard output.
pub(crate) fn failure_text(failure: &Failure) -> String {
    as_text(failure, io::stdout().is_terminal())
}

fn as_text(failure: &Failure, coloured: bool) -> String {
    let (red, plain) =
        if coloured && std::env::var_os("NO_COLOR").is_none() { ("\x1b[1;31m", "\x1b[0m") } else { ("", "") };
    let code = escape::line(&failure.code);
    let mut text = format!("{red}error[{code}]{plain}: {}", escape::text(&failure.detail));
    for error in &failure.errors {
        text.push_str("\n  ");
        text.push_str(&field(error));
    }
    let advice = failure.advice.as_deref().map_or_else(|| known_page(&failure.code), |advice| Some(advice.to_owned()));
    if let Some(advice) = advice {
        text.push_str(&format!("\n  what to do: {}", escape::text(&advice)));
    }
    if let Some(trace) = &failure.trace_id {
        text.push_str(&format!("\n  trace id: {}", escape::line(trace)));
    }
    text
}

fn known_page(code: &str) -> Option<String> {
    ErrorCode::parse(code).map(|code| format!("`faena error {code}` says what it means and how to mend it"))
}

/// `jobs[3] /events/0/amount: "x" is not a number`
fn field(error: &FieldError) -> String {
    let index = error.index.map_or_else(String::new, |index| format!("jobs[{index}] "));
    let path = if error.path.is_empty() { "(the whole)" } else { &error.path };
    let code = error.code.as_ref().map_or_else(String::new, |code| format!(" [{code}]"));
    escape::line(&format!("{index}{path}: {}{code}", error.message))
}

fn as_json(failure: &Failure) -> String {
    let value = serde_json::json!({
        "code": failure.code,
        "detail": failure.detail,
        "errors": failure.errors,
        "advice": failure.advice,
        "trace_id": failure.trace_id,
        "exit": failure.exit,
    });
    escape::json(&value.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_error_names_its_code_each_field_and_what_to_do() {
        let mut failure = Failure::new(ErrorCode::PayloadInvalid, "The payload\u{1b}[2J is wrong.");
        failure.errors = vec![FieldError {
            index: Some(3),
            path: "/events/0/amount".to_owned(),
            code: None,
            message: "\"x\"\nis not a number".to_owned(),
        }];
        assert_eq!(
            as_text(&failure, false),
            "error[FAE-0404]: The payload\\u{1b}[2J is wrong.\n  \
             jobs[3] /events/0/amount: \"x\"\\u{a}is not a number\n  \
             what to do: `faena error FAE-0404` says what it means and how to mend it"
        );
    }
}
