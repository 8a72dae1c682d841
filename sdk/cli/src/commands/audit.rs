//! `faena audit`: who did what.

use anyhow::Result;
use faena_client::AuditPosition;
use faena_contract::api::{AuditEntry, Page};

use super::Context;
use crate::output::{self, Shade, Table, remark, time};

/// Show the audit trail of the organization, newest first
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Most entries to show
    #[arg(long, default_value_t = 50, value_parser = clap::value_parser!(u32).range(1..=500))]
    limit: u32,
    /// Go on where a page ended
    #[arg(long)]
    cursor: Option<String>,
    /// The trail of the installation itself: modules published, enabled and disabled
    #[arg(long)]
    platform: bool,
}

pub(crate) async fn run(context: &Context, args: &Args) -> Result<()> {
    let client = context.client().await?;
    let position = AuditPosition { cursor: args.cursor.clone(), limit: Some(args.limit), platform: args.platform };
    context.output.answer(client.audit(&position), show).await
}

fn show(page: &Page<AuditEntry>) {
    output::show(&table(&page.items));
    if let Some(cursor) = &page.next_cursor {
        remark(&format!("There is more: --cursor {cursor}"));
    }
}

/// Audit entries as a table; the demonstration shows it too.
pub(crate) fn table(entries: &[AuditEntry]) -> Table {
    let mut table = Table::new(["TIME", "ACTOR", "ACTION", "SUBJECT", "OUTCOME"]);
    for entry in entries {
        let shade = if entry.outcome == "ok" { Shade::Plain } else { Shade::Bad };
        let subject = format!("{} {}", entry.subject_kind, entry.subject);
        let cells = [time(entry.at), entry.actor.clone(), entry.action.clone(), subject, entry.outcome.clone()];
        table.shaded(cells.map(|cell| (cell, shade)));
    }
    table
}
