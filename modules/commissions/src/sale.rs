//! From events to what the rules work on: sales, each with its base and its sellers, and returns of them.
//!
//! Corrections and assignments are applied here, as if the payment had come right the first time; that an approved
//! line does not change because of it is the business of `posting`.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use rust_decimal::Decimal;

use crate::error::{CalculateError, Code};
use crate::event::{Event, Payment, Tags, What, natural};
use crate::money::{Currency, mul_div, show};
use crate::period::Period;
use crate::plan::{Base, Plan};

/// What happened to money, once events are settled among themselves.
#[derive(Debug, Default)]
pub(crate) struct Settled {
    pub(crate) sales: Vec<Sale>,
    pub(crate) backs: Vec<Back>,
    /// Payments of nobody, waiting for an `assign`; never dropped in silence (C25).
    pub(crate) unassigned: Vec<String>,
    /// What was paid by event and by invoice, after corrections.
    pub(crate) paid: BTreeMap<String, Decimal>,
}

/// A payment that earns commission.
#[derive(Debug)]
pub(crate) struct Sale {
    pub(crate) id: String,
    pub(crate) at: DateTime<Utc>,
    pub(crate) period: Period,
    pub(crate) currency: Currency,
    /// Place of the version of the plan in force when it was PAID.
    pub(crate) version: usize,
    pub(crate) amount: Decimal,
    pub(crate) items: Vec<SaleItem>,
    /// Whose quota and tiers it counts for.
    pub(crate) owner: String,
    /// Who shares its commission: the owner alone, or the split.
    pub(crate) shares: Vec<(String, Decimal)>,
    pub(crate) notes: Vec<String>,
}

/// The base of one line of a sale.
#[derive(Debug)]
pub(crate) struct SaleItem {
    pub(crate) tags: Tags,
    pub(crate) label: String,
    pub(crate) quantity: Decimal,
    pub(crate) base: Decimal,
}

/// Money that went back.
#[derive(Debug)]
pub(crate) struct Back {
    pub(crate) id: String,
    /// Never before the payment that it gives back, whatever its clock said.
    pub(crate) at: DateTime<Utc>,
    pub(crate) amount: Option<Decimal>,
    /// Places of the sales, the latest first.
    pub(crate) sales: Vec<usize>,
}

/// Settles events; references to events that are not among them are left aside (`refer` checked them all).
pub(crate) fn settle(plan: &Plan, events: &[&Event]) -> Result<Settled, CalculateError> {
    let changes = changes(events);
    let deltas = invoice_deltas(events);
    let mut settled = Settled::default();
    for event in chronological(events) {
        let Some(payment) = event.what.payment() else { continue };
        let Some(amount) = effective_amount(event, payment, &changes, &deltas) else { continue };
        settled.note_paid(event, amount);
        match sale(plan, event, payment, amount, &changes)? {
            Some(sale) => settled.sales.push(sale),
            None => settled.unassigned.push(event.id.clone()),
        }
    }
    settled.backs = backs(events, &settled.sales);
    Ok(settled)
}

impl Settled {
    fn note_paid(&mut self, event: &Event, amount: Decimal) {
        *self.paid.entry(event.id.clone()).or_default() += amount;
        if let What::Invoice { invoice, .. } = &event.what {
            *self.paid.entry(invoice.clone()).or_default() += amount;
        }
    }
}

/// What corrections and assignments say of each payment, the last one first.
#[derive(Default)]
struct Changes<'a> {
    amounts: BTreeMap<&'a str, (Order<'a>, Decimal)>,
    members: BTreeMap<&'a str, (Order<'a>, &'a str)>,
}

/// The order among changes of one payment: those without a date are the last word.
type Order<'a> = (DateTime<Utc>, &'a str);

fn changes<'a>(events: &[&'a Event]) -> Changes<'a> {
    let mut changes = Changes::default();
    for event in events {
        let order = (event.what.at().unwrap_or(DateTime::<Utc>::MAX_UTC), event.id.as_str());
        match &event.what {
            What::Correct { of, amount, .. } => keep_last(&mut changes.amounts, of, order, *amount),
            What::Assign { of, member, .. } => keep_last(&mut changes.members, of, order, member.as_str()),
            _ => {}
        }
    }
    changes
}

fn keep_last<'a, T>(map: &mut BTreeMap<&'a str, (Order<'a>, T)>, of: &'a str, order: Order<'a>, value: T) {
    let later = |old: &Order| old.0.cmp(&order.0).then_with(|| natural(old.1, order.1)).is_lt();
    if map.get(of).is_none_or(|(old, _)| later(old)) {
        map.insert(of, (order, value));
    }
}

fn chronological<'a>(events: &[&'a Event]) -> Vec<&'a Event> {
    let mut events = events.to_vec();
    events.sort_by(|a, b| a.what.at().cmp(&b.what.at()).then_with(|| natural(&a.id, &b.id)));
    events
}

/// `amountPaid` of an invoice is cumulative: each event pays what it adds (C20). A late delivery of a smaller total
/// adds nothing, and neither does a repeated one.
fn invoice_deltas<'a>(events: &[&'a Event]) -> BTreeMap<&'a str, (Decimal, Decimal)> {
    let mut so_far: BTreeMap<&str, Decimal> = BTreeMap::new();
    let mut deltas = BTreeMap::new();
    for event in chronological(events) {
        if let What::Invoice { invoice, paid, .. } = &event.what {
            let before = so_far.entry(invoice).or_default();
            if *paid > *before {
                deltas.insert(event.id.as_str(), (*before, *paid));
                *before = *paid;
            }
        }
    }
    deltas
}

fn effective_amount(
    event: &Event,
    payment: &Payment,
    changes: &Changes,
    deltas: &BTreeMap<&str, (Decimal, Decimal)>,
) -> Option<Decimal> {
    let amount = match &event.what {
        What::Invoice { .. } => deltas.get(event.id.as_str()).map(|(before, after)| after - before)?,
        _ => payment.amount,
    };
    Some(changes.amounts.get(event.id.as_str()).map_or(amount, |(_, corrected)| *corrected))
}

/// A sale, or `None` when nobody known made it.
fn sale(
    plan: &Plan,
    event: &Event,
    payment: &Payment,
    amount: Decimal,
    changes: &Changes,
) -> Result<Option<Sale>, CalculateError> {
    let member =
        changes.members.get(event.id.as_str()).map(|(_, member)| (*member).to_owned()).or(payment.member.clone());
    let Some((owner, shares)) = sellers(plan, member, payment) else { return Ok(None) };
    let local = plan.local(payment.at);
    let Some((version, found)) = plan.version_on(local.date()) else {
        return Err(CalculateError::new(Code::NoPlanVersion, format!("{}/paid_at", event.path), local.date()));
    };
    let mut notes = Vec::new();
    if plan.versions.len() > 1 {
        notes.push(format!("local {} -> version {}", local.format("%Y-%m-%d %H:%M"), version + 1));
    }
    if let What::Invoice { paid, .. } = &event.what
        && *paid != amount
    {
        notes.push(format!("invoice: {paid} paid so far - {} already = {amount}", paid - amount));
    }
    let items = items(event, payment, found.terms.base, amount, &mut notes)?;
    let id = event.id.clone();
    let (at, period, currency) = (payment.at, plan.period.of(local.date()), payment.currency);
    Ok(Some(Sale { id, at, period, currency, version, amount, items, owner, shares, notes }))
}

/// The owner, whose quota the sale counts for, and the shares. A split without an owner counts for its largest share.
fn sellers(plan: &Plan, member: Option<String>, payment: &Payment) -> Option<(String, Vec<(String, Decimal)>)> {
    let known = |name: &String| plan.members.as_ref().is_none_or(|members| members.contains(name));
    let by_share = |a: &&(String, Decimal), b: &&(String, Decimal)| a.1.cmp(&b.1).then_with(|| b.0.cmp(&a.0));
    let owner = member.or_else(|| payment.splits.iter().max_by(by_share).map(|(name, _)| name.clone()))?;
    let shares = match payment.splits.is_empty() {
        true => vec![(owner.clone(), Decimal::ONE)],
        false => payment.splits.clone(),
    };
    (known(&owner) && shares.iter().all(|(name, _)| known(name))).then_some((owner, shares))
}

/// Divides the base of a sale among its items. Items may add up to the amount, the subtotal or the base; the base is
/// divided in their proportion. A partial or corrected payment is that part of the base.
fn items(
    event: &Event,
    payment: &Payment,
    policy: Base,
    amount: Decimal,
    notes: &mut Vec<String>,
) -> Result<Vec<SaleItem>, CalculateError> {
    let whole = base(payment, policy, notes);
    let part = match (amount == payment.amount, payment.amount.is_zero()) {
        (true, _) => whole,
        (false, true) => amount,
        (false, false) => payment.currency.round(mul_div(whole, amount, payment.amount)),
    };
    if payment.items.is_empty() {
        let (tags, label) = (payment.tags.clone(), String::new());
        return Ok(vec![SaleItem { tags, label, quantity: payment.quantity, base: part }]);
    }
    let sum: Decimal = payment.items.iter().map(|item| item.amount).sum();
    if ![Some(whole), Some(payment.amount), payment.subtotal].contains(&Some(sum)) {
        return Err(CalculateError::new(Code::ItemsNotEventAmount, format!("{}/items", event.path), sum));
    }
    let weights: Vec<_> =
        payment.items.iter().enumerate().map(|(at, item)| (format!("{at:06}"), item.amount)).collect();
    let bases = if sum == part {
        payment.items.iter().map(|item| item.amount).collect()
    } else {
        payment.currency.apportion(part, &weights)
    };
    let pairs = payment.items.iter().zip(bases).enumerate();
    let item = |(at, (item, base)): (usize, (&crate::event::Item, Decimal))| SaleItem {
        tags: item.tags.clone(),
        label: item
            .tags
            .product
            .clone()
            .or_else(|| item.tags.category.clone())
            .unwrap_or_else(|| format!("item {}", at + 1)),
        quantity: item.quantity,
        base,
    };
    Ok(pairs.map(item).collect())
}

/// The part of a whole payment that earns commission (C22); never below zero.
fn base(payment: &Payment, policy: Base, notes: &mut Vec<String>) -> Decimal {
    if policy == Base::Gross {
        return payment.amount;
    }
    // What was paid is already after the discount; a subtotal is not.
    let (gross, less) = payment.subtotal.map_or((payment.amount, payment.tax), |subtotal| (subtotal, payment.discount));
    let cost = if policy == Base::Margin { payment.cost } else { Decimal::ZERO };
    let base = (gross - less - cost).max(Decimal::ZERO);
    let costs = if policy == Base::Margin { format!(" - {}", show(cost, 2)) } else { String::new() };
    notes.push(format!("base {} - {}{costs} = {}", show(gross, 2), show(less, 2), show(base, 2)));
    base
}

fn backs(events: &[&Event], sales: &[Sale]) -> Vec<Back> {
    let places = places(events, sales);
    let mut backs = Vec::new();
    for event in events {
        let What::Return(back) = &event.what else { continue };
        let targets = places.get(back.of.as_str()).cloned().unwrap_or_default();
        let paid_at = targets.iter().filter_map(|at| sales.get(*at)).map(|sale| sale.at).max();
        let at = paid_at.map_or(back.at, |paid_at| paid_at.max(back.at));
        backs.push(Back { id: event.id.clone(), at, amount: back.amount, sales: targets });
    }
    backs
}

/// The sales of each payment and of each invoice, the latest first. When an id is both, it is the payment.
fn places<'a>(events: &[&'a Event], sales: &'a [Sale]) -> BTreeMap<&'a str, Vec<usize>> {
    let invoices = events.iter().filter_map(|event| match &event.what {
        What::Invoice { invoice, .. } => Some((event.id.as_str(), invoice.as_str())),
        _ => None,
    });
    let invoices: BTreeMap<&str, &str> = invoices.collect();
    let mut places: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
    // Sales are in the order of time.
    for (place, sale) in sales.iter().enumerate().rev() {
        if let Some(invoice) = invoices.get(sale.id.as_str()) {
            places.entry(invoice).or_default().push(place);
        }
    }
    places.extend(sales.iter().enumerate().map(|(place, sale)| (sale.id.as_str(), vec![place])));
    places
}
