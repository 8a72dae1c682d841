//! `faena error`: what a code means.

use std::env;
use std::path::PathBuf;

use anyhow::Result;
use faena_contract::ErrorCode;

use super::Context;
use crate::failure::{Failure, NOT_FOUND};
use crate::files;
use crate::output::say;

/// Explain an error code, such as FAE-0404
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// The code; the number alone will do
    code: String,
}

pub(crate) fn run(context: &Context, args: &Args) -> Result<()> {
    let code = parse(&args.code)?;
    let page = page(code)?;
    let value =
        serde_json::json!({ "code": code.as_str(), "title": code.title(), "status": code.status(), "page": page });
    context.output.value(&value, |_| match &page {
        Some(text) => say(text.trim_end()),
        None => say(&format!("{code}: {}.\nIts page is deploy/errors/{code}.md.", code.title())),
    })
}

fn parse(text: &str) -> Result<ErrorCode> {
    let upper = text.trim().to_uppercase();
    let number = upper.strip_prefix("FAE-").unwrap_or(&upper);
    ErrorCode::parse(&format!("FAE-{number:0>4}")).ok_or_else(|| {
        let mut failure = Failure::invalid(format!("There is no error code `{text}`."))
            .advise("codes of a module's own, such as PLAN_INVALID, are explained by the module");
        failure.exit = NOT_FOUND;
        failure.into()
    })
}

/// The page, where an installation puts it or where the sources have it.
fn page(code: ErrorCode) -> Result<Option<String>> {
    let Ok(program) = env::current_exe() else { return Ok(None) };
    let beside = program.parent().map_or_else(PathBuf::new, PathBuf::from);
    for dir in ["../share/faena/errors", "../../deploy/errors"] {
        if let Some(text) = files::read_if_there(&beside.join(dir).join(format!("{code}.md")))? {
            return Ok(Some(text));
        }
    }
    Ok(None)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_is_found_however_it_is_written() {
        for text in ["FAE-0404", "fae-0404", "0404", "404"] {
            assert_eq!(parse(text).unwrap(), ErrorCode::PayloadInvalid);
        }
        assert_eq!(Failure::of(&parse("9999").unwrap_err()).exit, NOT_FOUND);
    }
}
