//! `faena org use`: the organization that later commands work in.

use anyhow::Result;
use faena_client::Client;
use faena_contract::ErrorCode;

use crate::failure::Failure;
use crate::output::remark;
use crate::session::{Store, stronger_than_credentials};

/// Choose the organization that later commands work in
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Slug or id of one of your organizations
    organization: String,
}

pub(crate) async fn run(args: &Args) -> Result<()> {
    if let Some(source) = stronger_than_credentials()? {
        let detail = format!("The token of {source} belongs to one organization.");
        return Err(Failure::invalid(detail).advise("log in with `faena login` to work in several").into());
    }
    let store = Store::open()?;
    let Some(mut credentials) = store.fresh().await? else {
        return Err(Failure::new(ErrorCode::NotLoggedIn, "Nobody is logged in.").into());
    };
    let client = Client::new(&credentials.url, Some(&credentials.access_token), Some(&args.organization))?;
    let me = client.me().await?;
    let organization = me
        .organization
        .ok_or_else(|| Failure::new(ErrorCode::OrganizationRequired, "This is none of your organizations."))?;
    credentials.organization = Some(organization.id.to_string());
    store.write(&credentials)?;
    remark(&format!("Working in {} ({}).", organization.name, organization.slug));
    Ok(())
}
