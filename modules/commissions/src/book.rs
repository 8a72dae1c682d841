//! What accumulates in one period and one currency. Currencies never meet: each has books of its own (C21).

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, Utc};
use rust_decimal::Decimal;

use crate::money::Currency;
use crate::period::Period;
use crate::plan::Scope;
use crate::trace::Trace;

/// A line, before it is known who sees it.
#[derive(Debug, Clone)]
pub(crate) struct Posted {
    pub(crate) key: Key,
    pub(crate) amount: Decimal,
    pub(crate) trace: Vec<String>,
    pub(crate) at: DateTime<Utc>,
    /// The period in which it is paid.
    pub(crate) period: Period,
    pub(crate) currency: Currency,
}

/// What makes a line the same line in another calculation.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Key {
    pub(crate) event: String,
    pub(crate) member: String,
    pub(crate) role: Role,
}

/// Why a member gets a line of an event; numbers are places of rules.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Role {
    /// A share of the commission of the deal.
    Own,
    /// A team override.
    Override(usize),
    /// A bonus.
    Bonus(usize),
    /// The change of an approved line.
    Adjustment,
}

/// A line while its event is being rated.
#[derive(Debug, Clone)]
pub(crate) struct Draft {
    pub(crate) member: String,
    pub(crate) role: Role,
    pub(crate) amount: Decimal,
    pub(crate) trace: Trace,
}

/// One sale, rated.
#[derive(Debug, Clone, Default)]
pub(crate) struct Rated {
    pub(crate) drafts: Vec<Draft>,
    /// What it added to tallies, to take it out again when the sale goes back.
    pub(crate) credits: Vec<Credit>,
    /// What it added to the attainment of its owner.
    pub(crate) base: Decimal,
}

/// What one sale added to one tally.
#[derive(Debug, Clone)]
pub(crate) struct Credit {
    pub(crate) scope: Scope,
    pub(crate) base: Decimal,
    pub(crate) paid: Decimal,
}

/// The running figures of a period that rules read.
#[derive(Debug, Default)]
pub(crate) struct State {
    /// Base sold by owner, whatever rule rated it: what quotas are measured against.
    pub(crate) attained: BTreeMap<String, Decimal>,
    /// By owner and scope. Rules of two versions with one scope share it, so a change of rates within a period does
    /// not send everyone back to the first tier.
    pub(crate) tallies: BTreeMap<(String, Scope), Tally>,
    /// Bonuses given: by owner, attainment and place among the bonuses of that attainment.
    pub(crate) bonuses: BTreeSet<(String, Decimal, usize)>,
    /// What counts against the cap, by member.
    pub(crate) earned: BTreeMap<String, Decimal>,
}

/// Base rated by a cumulative rule, and what it paid for it.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Tally {
    pub(crate) base: Decimal,
    pub(crate) paid: Decimal,
}

impl State {
    pub(crate) fn attained(&self, owner: &str) -> Decimal {
        self.attained.get(owner).copied().unwrap_or_default()
    }

    pub(crate) fn tally(&mut self, owner: &str, scope: &Scope) -> &mut Tally {
        self.tallies.entry((owner.to_owned(), scope.clone())).or_default()
    }

    /// Puts the figures of one owner in place of the old ones.
    pub(crate) fn replace_owner(&mut self, owner: &str, fresh: State) {
        self.attained.remove(owner);
        self.tallies.retain(|(name, _), _| name != owner);
        self.bonuses.retain(|(name, _, _)| name != owner);
        self.attained.extend(fresh.attained);
        self.tallies.extend(fresh.tallies);
        self.bonuses.extend(fresh.bonuses);
    }
}

/// One period and currency: its figures, its sales in order, and what was posted for them.
#[derive(Debug, Default)]
pub(crate) struct Book {
    pub(crate) state: State,
    pub(crate) sales: Vec<usize>,
    pub(crate) rated: BTreeMap<usize, Rated>,
    /// Net of what was taken back, by owner of the sale, member and role.
    pub(crate) posted: BTreeMap<(String, String, Role), Decimal>,
}

impl Book {
    pub(crate) fn post(&mut self, owner: &str, draft: &Draft) {
        *self.posted.entry((owner.to_owned(), draft.member.clone(), draft.role)).or_default() += draft.amount;
    }
}
