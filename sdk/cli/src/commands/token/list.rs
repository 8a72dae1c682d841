//! `faena token list`.

use anyhow::Result;
use faena_contract::api::{Page, Token};

use crate::commands::Context;
use crate::output::{self, Shade, Table, time, words};

/// List the API tokens of the organization
#[derive(Debug, clap::Args)]
pub(crate) struct Args {}

pub(crate) async fn run(context: &Context, _: &Args) -> Result<()> {
    let client = context.client().await?;
    context.output.answer(client.tokens(), show).await
}

fn show(list: &Page<Token>) {
    let mut table = Table::new(["NAME", "BEGINS WITH", "PERMISSIONS", "EXPIRES", "REVOKED", "ID"]);
    for token in &list.items {
        let shade = if token.revoked_at.is_some() { Shade::Quiet } else { Shade::Plain };
        let cells = [
            token.name.clone(),
            token.prefix.clone(),
            words(&token.permissions),
            time(token.expires_at),
            token.revoked_at.map(time).unwrap_or_default(),
            token.id.to_string(),
        ];
        table.shaded(cells.map(|cell| (cell, shade)));
    }
    output::show(&table);
}
