//! The store against a real PostgreSQL: one private server for all tests, a database of its own for each.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "tests fail by panicking"
)]

mod isolation;
mod jobs;
mod plans;
mod races;
mod schema;
mod support;

use std::process::ExitCode;

use libtest_mimic::{Arguments, Trial};

use support::Server;

fn main() -> ExitCode {
    let arguments = Arguments::from_args();
    let server = if arguments.list { None } else { Some(Server::start()) };
    let mut trials: Vec<Trial> = Vec::new();
    for (name, test) in [jobs::TESTS, races::TESTS, schema::TESTS, isolation::TESTS, plans::TESTS].concat() {
        let server = server.clone();
        trials.push(Trial::test(name, move || {
            server.expect("a server unless tests are only listed").run(name, test);
            Ok(())
        }));
    }
    libtest_mimic::run(&arguments, trials).exit_code()
}
