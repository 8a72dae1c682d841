//! What a commission plan says. Reading is in `plan/read.rs`, the checks that a schema cannot make in `plan/check.rs`.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, NaiveDate, NaiveDateTime, Utc};
use chrono_tz::Tz;
use rust_decimal::Decimal;

use crate::money::Currency;
use crate::period::{Period, PeriodKind};

mod check;
mod read;

pub(crate) use read::{currency as currency_of, read};

/// A whole plan, checked.
#[derive(Debug, Clone)]
pub(crate) struct Plan {
    /// Decides which local date, and so which period and version, an event is in (golden case C18).
    pub(crate) zone: Tz,
    /// What accumulates and is paid together; a month unless the plan says otherwise.
    pub(crate) period: PeriodKind,
    /// When given, events of any other currency are refused. Without it, the money of the plan (tiers, quotas, caps,
    /// fixed amounts) is read in the currency of each event, and each currency has books of its own.
    pub(crate) currency: Option<Currency>,
    /// When given, an event of anyone else waits as unassigned, and a floor is guaranteed to all of them.
    pub(crate) members: Option<BTreeSet<String>>,
    /// Guaranteed minimum of each period (C11).
    pub(crate) floor: Option<PerMember>,
    /// Advance against commissions (C12).
    pub(crate) draw: Option<Draw>,
    /// At least one; only one, without dates, when the plan has no versions.
    pub(crate) versions: Vec<Version>,
}

/// The terms in force between two local dates, both included.
#[derive(Debug, Clone)]
pub(crate) struct Version {
    /// First day; `None` is since always.
    pub(crate) from: Option<NaiveDate>,
    /// Last day; `None` is until further notice.
    pub(crate) to: Option<NaiveDate>,
    /// What it pays.
    pub(crate) terms: Terms,
}

/// What a version pays. The key of the version wins over the same key of the plan.
#[derive(Debug, Clone)]
pub(crate) struct Terms {
    /// Which part of a payment earns commission (C22).
    pub(crate) base: Base,
    /// Sales that are 100 % attainment, by period.
    pub(crate) quota: Option<PerMember>,
    /// The most that one member gets from all rules in a period (C10).
    pub(crate) cap: Option<PerMember>,
    /// What happens when money goes back.
    pub(crate) clawback: Clawback,
    /// The rules, in the order of the plan.
    pub(crate) rules: Vec<Rule>,
}

/// The part of a payment that earns commission.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Base {
    /// All that was paid: `amount`. Plans call it `gross` or `cash`.
    Gross,
    /// `subtotal - discount`, or `amount - tax` when the event has no subtotal (C22).
    Net,
    /// The net base less `cost`.
    Margin,
}

/// One amount for everyone, or one by member (a member who is not named has none).
#[derive(Debug, Clone)]
pub(crate) enum PerMember {
    /// The same for everyone.
    Same(Decimal),
    /// By member.
    Named(BTreeMap<String, Decimal>),
}

impl PerMember {
    /// The amount of one member.
    pub(crate) fn of(&self, member: &str) -> Option<Decimal> {
        match self {
            Self::Same(amount) => Some(*amount),
            Self::Named(amounts) => amounts.get(member).copied(),
        }
    }
}

/// An advance up to `amount` in each period, and how it is taken back (Oracle ICM, recoverable draw; C12).
#[derive(Debug, Clone)]
pub(crate) struct Draw {
    /// What the member gets at least, while the draw lasts.
    pub(crate) amount: PerMember,
    /// Whether later earnings pay it back.
    pub(crate) recoverable: bool,
    /// First period, counted from one, whose earnings pay it back.
    pub(crate) recover_from: i64,
    /// Last period that advances; later ones only recover.
    pub(crate) stop_after: Option<i64>,
}

/// How a refund, void or chargeback takes commission back.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Clawback {
    /// In proportion to what went back, or by computing the period again.
    pub(crate) mode: ClawbackMode,
    /// Local days after the payment during which it applies, the last one included (C15); `None` is always.
    pub(crate) window_days: Option<i64>,
}

/// See [`Clawback::mode`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ClawbackMode {
    /// The share of the line that was given back (C15, C16). Also what a plan without `clawback` does.
    Proportional,
    /// The period as if the sale had been smaller from the start, less what was already posted (C14).
    Recompute,
}

/// One rule.
#[derive(Debug, Clone)]
pub(crate) struct Rule {
    /// Name, also the last tie-break between rules.
    pub(crate) id: Option<String>,
    /// Tie-break between rules of equal specificity: the lowest number wins, none comes last.
    pub(crate) priority: i64,
    /// Which sales it is about.
    pub(crate) scope: Scope,
    /// What it pays.
    pub(crate) kind: RuleKind,
}

/// Which sales a rule is about; nothing named is all of them. Fields are in the order of specificity: product beats
/// category beats default (C17), and pipeline and kind of sale come between category and default.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Scope {
    /// Product id.
    pub(crate) product: Option<String>,
    /// Product category.
    pub(crate) category: Option<String>,
    /// Sales pipeline.
    pub(crate) pipeline: Option<String>,
    /// `first` or `renewal`.
    pub(crate) sale: Option<String>,
}

/// What a rule pays; the semantics of each are in the file of its name under `rules/`.
#[derive(Debug, Clone)]
pub(crate) enum RuleKind {
    /// A fixed amount by deal, or by unit sold.
    Flat { amount: Decimal, per_unit: bool },
    /// A share of the base.
    Percent { rate: Decimal, accelerators: Vec<(Decimal, Decimal)>, threshold: Option<Threshold> },
    /// A rate that depends on what was sold in the period.
    Tiered { retroactive: bool, tiers: Vec<Tier> },
    /// A share of the team's base for its manager.
    Override { rate: Decimal, manager: String, team: Vec<Seat> },
    /// A fixed amount at an attainment of the quota.
    Bonus { amount: Decimal, attainment: Decimal },
    /// The earnings come in the events, already calculated.
    Direct,
}

/// Nothing is earned under an attainment of the quota (C23).
#[derive(Debug, Clone, Copy)]
pub(crate) struct Threshold {
    /// Attainment from which something is earned.
    pub(crate) attainment: Decimal,
    /// From the first peso once reached, or only on what is above.
    pub(crate) retroactive: bool,
}

/// `[from, to)`: it includes its start and excludes its end (C04).
#[derive(Debug, Clone, Copy)]
pub(crate) struct Tier {
    /// Start, included.
    pub(crate) from: Decimal,
    /// End, excluded; only the last tier has none.
    pub(crate) to: Option<Decimal>,
    /// Its rate.
    pub(crate) rate: Decimal,
}

/// A member of a team, between two local dates.
#[derive(Debug, Clone)]
pub(crate) struct Seat {
    /// Who.
    pub(crate) member: String,
    /// First day.
    pub(crate) from: Option<NaiveDate>,
    /// Last day.
    pub(crate) to: Option<NaiveDate>,
}

impl Plan {
    /// The local time of an instant.
    pub(crate) fn local(&self, at: DateTime<Utc>) -> NaiveDateTime {
        at.with_timezone(&self.zone).naive_local()
    }

    /// The period of an instant.
    pub(crate) fn period_of(&self, at: DateTime<Utc>) -> Period {
        self.period.of(self.local(at).date())
    }

    /// The version in force on a local date, and its place in the list.
    pub(crate) fn version_on(&self, date: NaiveDate) -> Option<(usize, &Version)> {
        self.versions.iter().enumerate().find(|(_, version)| in_force(version.from, version.to, date))
    }

    /// Whether some version limits what a member gets; see `clawback`.
    pub(crate) fn has_cap(&self) -> bool {
        self.versions.iter().any(|version| version.terms.cap.is_some())
    }

    /// Whether the earnings come in the events.
    pub(crate) fn is_direct(&self) -> bool {
        self.versions.iter().flat_map(|version| &version.terms.rules).any(|rule| matches!(rule.kind, RuleKind::Direct))
    }
}

/// Whether a date is between two others, both included and both optional.
pub(crate) fn in_force(from: Option<NaiveDate>, to: Option<NaiveDate>, date: NaiveDate) -> bool {
    from.is_none_or(|from| from <= date) && to.is_none_or(|to| date <= to)
}
