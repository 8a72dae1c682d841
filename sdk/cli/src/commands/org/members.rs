//! `faena org members`.

use anyhow::Result;
use faena_contract::api::{Member, Page};

use crate::commands::Context;
use crate::output::{self, Table, time, words};

/// List the members of the organization
#[derive(Debug, clap::Args)]
pub(crate) struct Args {}

pub(crate) async fn run(context: &Context, _: &Args) -> Result<()> {
    let client = context.client().await?;
    context.output.answer(client.members(), show).await
}

fn show(list: &Page<Member>) {
    let mut table = Table::new(["E-MAIL", "NAME", "ROLE", "MORE PERMISSIONS", "USER ID", "SINCE"]);
    for member in &list.items {
        table.row([
            member.user.email.clone(),
            member.user.display_name.clone(),
            member.role.clone(),
            words(&member.permissions),
            member.user.id.to_string(),
            time(member.created_at),
        ]);
    }
    output::show(&table);
}
