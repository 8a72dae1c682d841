//! `faena org list`.

use anyhow::Result;
use faena_contract::api::{Organization, Page};

use crate::commands::Context;
use crate::output::{self, Table, optional, time};

/// List your organizations
#[derive(Debug, clap::Args)]
pub(crate) struct Args {}

pub(crate) async fn run(context: &Context, _: &Args) -> Result<()> {
    let client = context.client().await?;
    context.output.answer(client.organizations(), show).await
}

fn show(list: &Page<Organization>) {
    let mut table = Table::new(["SLUG", "NAME", "ROLE", "ID", "CREATED"]);
    for organization in &list.items {
        table.row([
            organization.slug.clone(),
            organization.name.clone(),
            optional(organization.role.clone()),
            organization.id.to_string(),
            time(organization.created_at),
        ]);
    }
    output::show(&table);
}
