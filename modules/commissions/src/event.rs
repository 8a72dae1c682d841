//! What can happen to a commission. Reading is in `event/read.rs`, duplicates in `event/dedupe.rs`, references between
//! events in `event/refer.rs`.

use chrono::{DateTime, NaiveDate, Utc};
use rust_decimal::Decimal;

use crate::money::Currency;
use crate::period::Period;

pub(crate) mod dedupe;
mod read;
pub(crate) mod refer;

pub(crate) use read::read;

/// One event, with where it came from.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Event {
    /// Unique among the events of a payload.
    pub(crate) id: String,
    /// Delivery that brought it; deliveries are repeated.
    pub(crate) webhook: Option<String>,
    /// JSON pointer, for errors.
    pub(crate) path: String,
    /// What happened.
    pub(crate) what: What,
}

/// The closed list of events.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum What {
    /// `payment`: money came in.
    Payment(Payment),
    /// `InvoicePartiallyPaid` and `InvoicePaid`: what an invoice has been paid SO FAR (C20).
    /// The amount of `payment` is the whole invoice, so that its items and taxes are those of the whole.
    Invoice { invoice: String, paid: Decimal, payment: Payment },
    /// `refund`, `void`, `chargeback`, `InvoiceVoid`: money, or the whole sale, went back.
    Return(Return),
    /// Earnings calculated elsewhere, for a plan with the `direct` rule (C12).
    Earned(Earned),
    /// `approve`: the lines of these events never change again (C27).
    Approve { events: Vec<String> },
    /// `correct`: the amount of a payment was wrong (C27).
    Correct { of: String, at: Option<DateTime<Utc>>, amount: Decimal },
    /// `assign`: an unassigned payment gets its member; the plan of the PAYMENT date applies (C25).
    Assign { of: String, at: Option<DateTime<Utc>>, member: String },
    /// `close`: the lines of this period never change again; what comes later is paid in the next open one.
    Close { period: Period },
}

/// A payment as it was delivered.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Payment {
    /// When it was paid; decides period and version.
    pub(crate) at: DateTime<Utc>,
    /// All that was paid.
    pub(crate) amount: Decimal,
    /// Its currency.
    pub(crate) currency: Currency,
    /// Who sold; `None` waits for an assignment (C25).
    pub(crate) member: Option<String>,
    /// Before discount and tax (C22).
    pub(crate) subtotal: Option<Decimal>,
    /// Included in the subtotal, not paid.
    pub(crate) discount: Decimal,
    /// Paid, but not to be commissioned on a net base.
    pub(crate) tax: Decimal,
    /// What the sale cost, for a margin base.
    pub(crate) cost: Decimal,
    /// Units sold, when there are no items.
    pub(crate) quantity: Decimal,
    /// What was sold, when there are no items.
    pub(crate) tags: Tags,
    /// What was sold, line by line (C17).
    pub(crate) items: Vec<Item>,
    /// Who shares the commission (C07); empty when nobody does.
    pub(crate) splits: Vec<(String, Decimal)>,
}

/// What rules may ask about a sale.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Tags {
    /// Product id.
    pub(crate) product: Option<String>,
    /// Product category.
    pub(crate) category: Option<String>,
    /// Sales pipeline.
    pub(crate) pipeline: Option<String>,
    /// `first` or `renewal`.
    pub(crate) sale: Option<String>,
}

/// A line of a sale.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Item {
    /// Its product and category, with what the event says for all items.
    pub(crate) tags: Tags,
    /// Its part of the payment.
    pub(crate) amount: Decimal,
    /// Units sold.
    pub(crate) quantity: Decimal,
}

/// Money that went back.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Return {
    /// A payment id, or an invoice id for all its payments, the latest first.
    pub(crate) of: String,
    /// When it went back.
    pub(crate) at: DateTime<Utc>,
    /// How much; `None` is all that is left.
    pub(crate) amount: Option<Decimal>,
    /// An invoice may be voided before anyone paid it.
    pub(crate) may_be_unpaid: bool,
}

/// Earnings calculated elsewhere.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Earned {
    /// Who earned; a payload about one member need not name it.
    pub(crate) member: Option<String>,
    /// In which period.
    pub(crate) period: PeriodLabel,
    /// How much; may be below zero.
    pub(crate) amount: Decimal,
    /// Its currency, when someone cares.
    pub(crate) currency: Option<Currency>,
}

/// How an event names its period.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum PeriodLabel {
    /// Counted from one since the start of the plan.
    Number(i64),
    /// By the calendar.
    Calendar(Period),
}

impl What {
    /// When it happened, for events that say so.
    pub(crate) fn at(&self) -> Option<DateTime<Utc>> {
        match self {
            Self::Payment(payment) | Self::Invoice { payment, .. } => Some(payment.at),
            Self::Return(back) => Some(back.at),
            Self::Correct { at, .. } | Self::Assign { at, .. } => *at,
            Self::Earned(_) | Self::Approve { .. } | Self::Close { .. } => None,
        }
    }

    /// The payment that it brings.
    pub(crate) fn payment(&self) -> Option<&Payment> {
        match self {
            Self::Payment(payment) | Self::Invoice { payment, .. } => Some(payment),
            _ => None,
        }
    }
}

/// The number of days between two local dates.
pub(crate) fn days_between(from: NaiveDate, to: NaiveDate) -> i64 {
    to.signed_duration_since(from).num_days()
}

/// Orders ids as people write them: e2 before e10. Ties of time are broken by it, so totals do not depend on the
/// order of delivery.
pub(crate) fn natural(a: &str, b: &str) -> std::cmp::Ordering {
    natural_key(a).cmp(&natural_key(b)).then_with(|| a.cmp(b))
}

/// Runs of digits as (value length, digits), anything else as text.
fn natural_key(id: &str) -> Vec<(usize, String)> {
    let mut chunks: Vec<(usize, String)> = Vec::new();
    let mut in_digits = false;
    for letter in id.chars() {
        let digit = letter.is_ascii_digit();
        match chunks.last_mut() {
            Some(chunk) if digit && in_digits => chunk.1.push(letter),
            _ => chunks.push((0, letter.to_string())),
        }
        in_digits = digit;
    }
    for chunk in chunks.iter_mut().filter(|chunk| chunk.1.starts_with(|letter: char| letter.is_ascii_digit())) {
        chunk.1 = chunk.1.trim_start_matches('0').to_owned();
        chunk.0 = chunk.1.len();
    }
    chunks
}
