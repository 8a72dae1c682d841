//! `faena login`: e-mail address and password for tokens that renew themselves.

use std::io::{BufRead, Write};

use anyhow::{Context as _, Result};
use faena_client::Client;
use faena_contract::api::Login;

use crate::output::remark;
use crate::session::{Credentials, DEFAULT_URL, Store};
use crate::{failure::Failure, files};

/// Log in to a server and keep the tokens in ~/.config/faena
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Address of the server
    #[arg(long, env = "FAENA_URL", default_value = DEFAULT_URL)]
    url: String,
    /// E-mail address; asked for when absent
    #[arg(long)]
    email: Option<String>,
    /// Read the password from standard input instead of the terminal
    #[arg(long)]
    password_stdin: bool,
}

pub(crate) async fn run(args: Args) -> Result<()> {
    let client = Client::new(&args.url, None, None)?;
    let email = match args.email {
        Some(email) => email,
        None if args.password_stdin => return Err(Failure::invalid("--password-stdin needs --email.").into()),
        None => ask("E-mail: ")?,
    };
    let password = password(args.password_stdin)?;
    let login = Login { email, password };
    let tokens = client.login(&login).await?;
    let credentials = Credentials::new(&args.url, &login.email, None, tokens);
    let me = client.with_token(&credentials.access_token).me().await?;
    Store::open()?.write(&credentials)?;
    let organization = me.organization.map_or_else(String::new, |organization| format!(", in {}", organization.slug));
    remark(&format!("Logged in to {} as {}{organization}.", args.url, me.user.email));
    Ok(())
}

fn password(from_stdin: bool) -> Result<String> {
    if from_stdin {
        return Ok(files::standard_input()?.trim_end_matches(['\r', '\n']).to_owned());
    }
    rpassword::prompt_password("Password: ")
        .context("read the password from the terminal; use --password-stdin without one")
}

fn ask(question: &str) -> Result<String> {
    let mut err = std::io::stderr().lock();
    err.write_all(question.as_bytes())?;
    err.flush()?;
    let mut answer = String::new();
    std::io::stdin().lock().read_line(&mut answer)?;
    Ok(answer.trim().to_owned())
}
