//! `faena logout`: ends the session and forgets its tokens.

use anyhow::Result;
use faena_client::Client;
use faena_contract::api::Refresh;

use crate::output::remark;
use crate::session::Store;

/// End the session of `faena login` and forget its tokens
#[derive(Debug, clap::Args)]
pub(crate) struct Args {}

pub(crate) async fn run(_: &Args) -> Result<()> {
    let store = Store::open()?;
    let Some(credentials) = store.read()? else {
        remark("Nobody is logged in.");
        return Ok(());
    };
    let client = Client::new(&credentials.url, Some(&credentials.access_token), None)?;
    let ended = client.logout(&Refresh { refresh_token: credentials.refresh_token }).await;
    // The tokens are forgotten even if the server cannot be told.
    store.clear()?;
    match ended {
        Ok(()) => remark(&format!("Logged out of {}.", credentials.url)),
        Err(error) => remark(&format!("Forgot the tokens; {} could not be told: {error}.", credentials.url)),
    }
    Ok(())
}
