//! From JSON to events. Unlike a plan, an event may carry keys that nobody reads: it comes from other systems.

use std::collections::BTreeSet;

use rust_decimal::Decimal;

use super::{Earned, Event, Item, Payment, PeriodLabel, Return, Tags, What};
use crate::error::{CalculateError, Code};
use crate::json::Node;
use crate::plan::{Plan, currency_of};

type Read<T> = Result<T, CalculateError>;

/// Reads the events in the order of arrival.
pub(crate) fn read(plan: &Plan, node: &Node) -> Read<Vec<Event>> {
    node.items()?.iter().map(|event| read_event(plan, event)).collect()
}

fn read_event(plan: &Plan, node: &Node) -> Read<Event> {
    let what = read_what(plan, node)?;
    let id = match &what {
        // Earnings of a period are told apart by where they stand, for they need no id (C12).
        What::Earned(_) => node.get("id").map_or(Ok(node.path.as_str()), |id| id.text())?,
        _ => node.need("id")?.text()?,
    };
    let webhook = node.get("webhook_id").map(|id| id.text()).transpose()?.map(str::to_owned);
    Ok(Event { id: id.to_owned(), webhook, path: node.path.clone(), what })
}

fn read_what(plan: &Plan, node: &Node) -> Read<What> {
    let Some(kind) = node.get("type") else {
        return read_earned(plan, node);
    };
    match kind.text()? {
        "payment" => Ok(What::Payment(read_payment(plan, node, "amount")?)),
        "InvoicePartiallyPaid" | "InvoicePaid" => read_invoice(plan, node),
        "refund" | "chargeback" => read_return(node, true),
        "void" => read_return(node, false),
        "InvoiceVoid" => read_invoice_void(node),
        "earned" => read_earned(plan, node),
        "approve" => read_approve(node),
        "correct" => read_correct(node),
        "assign" => read_assign(node),
        "close" => read_close(plan, node),
        other => Err(kind.fail(Code::NotSupported, other)),
    }
}

fn read_payment(plan: &Plan, node: &Node, amount: &str) -> Read<Payment> {
    let number = |key| node.get(key).map_or(Ok(Decimal::ZERO), |field| field.amount());
    Ok(Payment {
        at: node.need("paid_at")?.time()?,
        amount: node.need(amount)?.amount()?,
        currency: read_currency(plan, node)?,
        member: owned(node, "member")?,
        subtotal: node.get("subtotal").map(|subtotal| subtotal.amount()).transpose()?,
        discount: number("discount")?,
        tax: number("tax")?,
        cost: number("cost")?,
        quantity: read_quantity(node)?,
        tags: read_tags(node, &Tags::default())?,
        items: read_items(node)?,
        splits: read_splits(node)?,
    })
}

fn read_currency(plan: &Plan, node: &Node) -> Read<crate::money::Currency> {
    let code = node.need("currency")?;
    let found = currency_of(&code)?;
    match plan.currency {
        Some(only) if only != found => Err(code.fail(Code::CurrencyNotOfPlan, found.code)),
        _ => Ok(found),
    }
}

fn read_tags(node: &Node, event: &Tags) -> Read<Tags> {
    let get = |key, outer: &Option<String>| Ok(owned(node, key)?.or_else(|| outer.clone()));
    Ok(Tags {
        product: get("product", &event.product)?,
        category: get("category", &event.category)?,
        pipeline: get("pipeline", &event.pipeline)?,
        sale: get("sale", &event.sale)?,
    })
}

fn read_items(node: &Node) -> Read<Vec<Item>> {
    let Some(items) = node.get("items") else { return Ok(Vec::new()) };
    let event = read_tags(node, &Tags::default())?;
    let read_item = |item: &Node| {
        Ok(Item {
            tags: read_tags(item, &event)?,
            amount: item.need("amount")?.amount()?,
            quantity: read_quantity(item)?,
        })
    };
    items.items()?.iter().map(read_item).collect()
}

fn read_quantity(node: &Node) -> Read<Decimal> {
    node.get("quantity").map_or(Ok(Decimal::ONE), |quantity| quantity.quantity())
}

/// Shares add up to exactly 1, and nobody is in twice (C07).
fn read_splits(node: &Node) -> Read<Vec<(String, Decimal)>> {
    let Some(splits) = node.get("splits") else { return Ok(Vec::new()) };
    let mut shares = Vec::new();
    let mut seen = BTreeSet::new();
    for split in splits.items()? {
        let member = split.need("member")?;
        let name = member.text()?;
        if !seen.insert(name) {
            return Err(member.fail(Code::SplitMemberRepeated, name));
        }
        shares.push((name.to_owned(), split.need("share")?.rate()?));
    }
    let whole: Decimal = shares.iter().map(|(_, share)| *share).sum();
    if !shares.is_empty() && whole != Decimal::ONE {
        return Err(splits.fail(Code::SplitSharesNotOne, whole));
    }
    Ok(shares)
}

fn read_invoice(plan: &Plan, node: &Node) -> Read<What> {
    let paid = node.need("amountPaid")?.amount()?;
    let whole = if node.get("total").is_some() { "total" } else { "amountPaid" };
    let payment = read_payment(plan, node, whole)?;
    Ok(What::Invoice { invoice: node.need("invoice")?.text()?.to_owned(), paid, payment })
}

fn read_return(node: &Node, partial: bool) -> Read<What> {
    let amount = node.get("amount").filter(|_| partial).map(|amount| amount.amount()).transpose()?;
    let of = node.need("of")?.text()?.to_owned();
    Ok(What::Return(Return { of, at: read_at(node)?, amount, may_be_unpaid: false }))
}

fn read_invoice_void(node: &Node) -> Read<What> {
    let of = node.need("invoice")?.text()?.to_owned();
    Ok(What::Return(Return { of, at: read_at(node)?, amount: None, may_be_unpaid: true }))
}

/// Returns say `at`; an invoice event may say `paid_at`, as its siblings do.
fn read_at(node: &Node) -> Read<chrono::DateTime<chrono::Utc>> {
    match node.get("at").or_else(|| node.get("paid_at")) {
        Some(at) => at.time(),
        None => Err(node.fail(Code::MissingField, "at")),
    }
}

fn read_earned(plan: &Plan, node: &Node) -> Read<What> {
    let period = node.need("period")?;
    let label = match period.value.as_str() {
        Some(text) => {
            PeriodLabel::Calendar(plan.period.parse(text).ok_or_else(|| period.fail(Code::InvalidPeriod, text))?)
        }
        None => PeriodLabel::Number(read_period_number(&period)?),
    };
    let currency = if node.get("currency").is_some() { Some(read_currency(plan, node)?) } else { plan.currency };
    let amount = node.need("earned")?.signed()?;
    Ok(What::Earned(Earned { member: owned(node, "member")?, period: label, amount, currency }))
}

/// Bounded, because a draw is advanced in each period between the first and the last.
fn read_period_number(node: &Node) -> Read<i64> {
    let number = node.integer()?;
    if (1..=10_000).contains(&number) { Ok(number) } else { Err(node.fail(Code::InvalidPeriod, number)) }
}

fn read_approve(node: &Node) -> Read<What> {
    let events = node.need("lines")?.items()?;
    Ok(What::Approve { events: events.iter().map(|id| id.text().map(str::to_owned)).collect::<Read<_>>()? })
}

fn read_correct(node: &Node) -> Read<What> {
    Ok(What::Correct {
        of: node.need("of")?.text()?.to_owned(),
        at: node.get("at").map(|at| at.time()).transpose()?,
        amount: node.need("amount")?.amount()?,
    })
}

fn read_assign(node: &Node) -> Read<What> {
    Ok(What::Assign {
        of: node.need("of")?.text()?.to_owned(),
        at: node.get("at").map(|at| at.time()).transpose()?,
        member: node.need("member")?.text()?.to_owned(),
    })
}

fn read_close(plan: &Plan, node: &Node) -> Read<What> {
    let label = node.need("period")?;
    let text = label.text()?;
    let period = plan.period.parse(text).ok_or_else(|| label.fail(Code::InvalidPeriod, text))?;
    Ok(What::Close { period })
}

fn owned(node: &Node, key: &str) -> Read<Option<String>> {
    // Other systems send "" for a reference that they do not have.
    let present = node.get(key).filter(|field| field.value.as_str() != Some(""));
    present.map(|field| field.text().map(str::to_owned)).transpose()
}
