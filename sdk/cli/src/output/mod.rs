//! Everything that reaches the terminal: tables and sentences for people, the API's JSON for programs.

mod escape;
mod problem;
mod table;
mod values;

use std::io::{self, IsTerminal, Write};
use std::process;

use anyhow::Result;
use faena_client::Call;
use serde::Serialize;
use serde::de::DeserializeOwned;

pub(crate) use escape::line;
pub(crate) use problem::{failure_text, print_failure};
pub(crate) use table::{Shade, Table};
pub(crate) use values::{bytes, duration, json_line, optional, state, time, words};

/// How a command answers.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Output {
    /// JSON for programs instead of tables for people.
    pub(crate) json: bool,
}

impl Output {
    /// Sends a call and shows its answer: the server's own JSON, or what `show` makes of it.
    pub(crate) async fn answer<T>(self, call: Call<T>, show: impl FnOnce(&T)) -> Result<()>
    where
        T: DeserializeOwned + Send + 'static,
    {
        let url = call.url().clone();
        let raw = call.raw().await?;
        if self.json {
            self.raw(raw.get());
        } else {
            show(&Call::<T>::read(&url, &raw)?);
        }
        Ok(())
    }

    /// Shows a value that the caller has already.
    pub(crate) fn value<T: Serialize>(self, value: &T, show: impl FnOnce(&T)) -> Result<()> {
        if self.json {
            self.raw(&serde_json::to_string(value)?);
        } else {
            show(value);
        }
        Ok(())
    }

    /// JSON text as it came.
    pub(crate) fn raw(self, json: &str) {
        write(&escape::json(json));
    }
}

/// Prints a text for people.
pub(crate) fn say(text: &str) {
    write(&escape::text(text));
}

/// Prints a remark for people that is no part of the answer.
pub(crate) fn remark(text: &str) {
    // Nothing can be done about a broken standard error.
    let _ = writeln!(io::stderr().lock(), "{}", escape::text(text));
}

/// Prints one line whose text may be coloured and is escaped already.
pub(crate) fn show_line(line: &str) {
    write(line);
}

/// Prints a table.
pub(crate) fn show(table: &Table) {
    write(&table.render());
}

/// Whether standard output may have colours and moving parts.
pub(crate) fn is_fancy() -> bool {
    io::stdout().is_terminal() && std::env::var_os("NO_COLOR").is_none()
}

/// Writes to standard output. A reader that went away (`| head`) ends the command without complaint.
fn write(text: &str) {
    let mut out = io::stdout().lock();
    if writeln!(out, "{text}").and_then(|()| out.flush()).is_err() {
        process::exit(0);
    }
}
