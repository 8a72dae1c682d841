//! Walks sales and returns in the order of time. The order of arrival plays no part, so it cannot change a total.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use rust_decimal::Decimal;

use crate::book::{Book, Draft, Key, Posted};
use crate::error::CalculateError;
use crate::event::natural;
use crate::money::Currency;
use crate::period::Period;
use crate::plan::{Plan, Version};
use crate::sale::{Back, Sale, Settled};
use crate::{clawback, rules};

/// Everything that a walk reads and writes.
pub(crate) struct Walk<'a> {
    pub(crate) plan: &'a Plan,
    pub(crate) sales: &'a [Sale],
    /// What went back of each sale, within the window.
    pub(crate) returned: Vec<Decimal>,
    pub(crate) books: BTreeMap<(Period, Currency), Book>,
    lines: Vec<Posted>,
}

/// The lines of settled events, in chronological order.
pub(crate) fn run(plan: &Plan, settled: &Settled) -> Result<Vec<Posted>, CalculateError> {
    let returned = vec![Decimal::ZERO; settled.sales.len()];
    let mut walk = Walk { plan, sales: &settled.sales, returned, books: BTreeMap::new(), lines: Vec::new() };
    for step in steps(settled) {
        match step {
            Step::Sale(place, sale) => walk.sell(place, sale)?,
            Step::Back(back) => {
                let drafts = clawback::give_back(&mut walk, back)?;
                walk.post_back(back, drafts);
            }
        }
    }
    Ok(walk.lines)
}

#[derive(Clone, Copy)]
enum Step<'a> {
    Sale(usize, &'a Sale),
    Back(&'a Back),
}

impl Step<'_> {
    /// At the same instant, a sale goes before a return.
    fn order(&self) -> (DateTime<Utc>, u8, &str) {
        match self {
            Self::Sale(_, sale) => (sale.at, 0, &sale.id),
            Self::Back(back) => (back.at, 1, &back.id),
        }
    }
}

fn steps(settled: &Settled) -> Vec<Step<'_>> {
    let sales = settled.sales.iter().enumerate().map(|(place, sale)| Step::Sale(place, sale));
    let mut steps: Vec<Step> = sales.chain(settled.backs.iter().map(Step::Back)).collect();
    steps.sort_by(|a, b| {
        let (a, b) = (a.order(), b.order());
        (a.0, a.1).cmp(&(b.0, b.1)).then_with(|| natural(a.2, b.2))
    });
    steps
}

impl<'a> Walk<'a> {
    /// The version of the plan that a sale was made under; it also rules what happens when the sale goes back.
    pub(crate) fn version(&self, sale: &Sale) -> Option<&'a Version> {
        self.plan.versions.get(sale.version)
    }

    fn sell(&mut self, place: usize, sale: &Sale) -> Result<(), CalculateError> {
        let Some(version) = self.version(sale) else { return Ok(()) };
        let book = self.books.entry((sale.period, sale.currency)).or_default();
        let rated = rules::rate(&mut book.state, &version.terms, sale, self.plan.local(sale.at).date(), Decimal::ZERO)?;
        book.sales.push(place);
        for draft in &rated.drafts {
            book.post(&sale.owner, draft);
            self.lines.push(line(&sale.id, sale.at, sale.period, sale.currency, draft.clone()));
        }
        book.rated.insert(place, rated);
        Ok(())
    }

    /// A return is paid in the period in which it happened, not in that of the sale (C16).
    fn post_back(&mut self, back: &Back, drafts: Vec<Draft>) {
        let period = self.plan.period_of(back.at);
        // All sales of a return have one currency: they are the payments of one invoice.
        let Some(currency) = back.sales.first().and_then(|at| self.sales.get(*at)).map(|sale| sale.currency) else {
            return;
        };
        self.lines.extend(drafts.into_iter().map(|draft| line(&back.id, back.at, period, currency, draft)));
    }
}

fn line(event: &str, at: DateTime<Utc>, period: Period, currency: Currency, draft: Draft) -> Posted {
    let key = Key { event: event.to_owned(), member: draft.member, role: draft.role };
    Posted { key, amount: draft.amount, trace: draft.trace.into_steps(), at, period, currency }
}
