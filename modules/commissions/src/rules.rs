//! What a sale earns: its own commission, divided by the split; overrides of managers; bonuses; and the cap on each.
//!
//! Commission is worked out for the whole DEAL, on the quota and tiers of its owner, rounded once, and then divided:
//! so the lines of a split always add up to what the deal would have paid undivided (C07).

use chrono::NaiveDate;
use rust_decimal::Decimal;

use crate::book::{Draft, Rated, Role, State};
use crate::error::{CalculateError, Code};
use crate::event::Tags;
use crate::money::mul_div;
use crate::plan::{Rule, Scope, Terms};
use crate::sale::Sale;
use crate::trace::Trace;

mod bonus;
mod cap;
mod deal;
mod flat;
mod override_;
mod percent;
mod split;
mod tiered;

/// Rates a sale of which `returned` went back, and adds it to the figures of its period.
pub(crate) fn rate(
    state: &mut State,
    terms: &Terms,
    sale: &Sale,
    date: NaiveDate,
    returned: Decimal,
) -> Result<Rated, CalculateError> {
    if !returned.is_zero() && returned >= sale.amount {
        // The sale never was.
        return Ok(Rated::default());
    }
    let mut rating =
        Rating { state, terms, sale, date, bases: bases(sale, returned), trace: Trace::default(), credits: Vec::new() };
    sale.notes.iter().for_each(|note| rating.trace.note(note));
    deal::rate(&mut rating)?;
    let mut drafts = split::divide(&rating);
    drafts.extend(override_::rate(&rating));
    let base = rating.bases.iter().sum();
    *rating.state.attained.entry(sale.owner.clone()).or_default() += base;
    drafts.extend(bonus::rate(&mut rating)?);
    cap::limit(&mut rating, &mut drafts);
    Ok(Rated { drafts, credits: rating.credits, base })
}

/// A sale while it is being rated.
struct Rating<'a> {
    state: &'a mut State,
    terms: &'a Terms,
    sale: &'a Sale,
    /// The local date of the payment.
    date: NaiveDate,
    /// What is left of the base of each item.
    bases: Vec<Decimal>,
    /// How the commission of the deal comes about.
    trace: Trace,
    credits: Vec<crate::book::Credit>,
}

impl Rating<'_> {
    fn draft(&self, member: &str, role: Role, mut trace: Trace) -> Draft {
        let amount = self.sale.currency.round(trace.sum());
        trace.settle(amount, self.sale.currency);
        Draft { member: member.to_owned(), role, amount, trace }
    }

    /// The quota of the owner, for rules that cannot do without.
    fn quota(&self) -> Result<Decimal, CalculateError> {
        let quota = self.terms.quota.as_ref().and_then(|quota| quota.of(&self.sale.owner));
        quota.ok_or_else(|| CalculateError::new(Code::QuotaMissingForMember, "/plan/quota", &self.sale.owner))
    }
}

/// What is left of each item after a partial return.
fn bases(sale: &Sale, returned: Decimal) -> Vec<Decimal> {
    let left = |base: Decimal| match returned.is_zero() || sale.amount.is_zero() {
        true => base,
        false => sale.currency.round(mul_div(base, sale.amount - returned, sale.amount)),
    };
    sale.items.iter().map(|item| left(item.base)).collect()
}

/// The rule for an item, among those of one kind: product beats category beats pipeline beats kind of sale beats
/// default (C17), then the lowest priority number, then the id.
fn choose<'a>(terms: &'a Terms, tags: &Tags, competes: impl Fn(&Rule) -> bool) -> Option<(usize, &'a Rule)> {
    let rules = terms.rules.iter().enumerate().filter(|(_, rule)| competes(rule) && matches(&rule.scope, tags));
    rules.max_by(|(_, a), (_, b)| {
        let rank = specificity(&a.scope).cmp(&specificity(&b.scope));
        rank.then_with(|| b.priority.cmp(&a.priority)).then_with(|| b.id.cmp(&a.id))
    })
}

/// Whether a rule is about an item; what the rule does not name, it does not ask.
fn matches(scope: &Scope, tags: &Tags) -> bool {
    let asks = [
        (&scope.product, &tags.product),
        (&scope.category, &tags.category),
        (&scope.pipeline, &tags.pipeline),
        (&scope.sale, &tags.sale),
    ];
    asks.iter().all(|(wanted, has)| wanted.is_none() || wanted == has)
}

fn specificity(scope: &Scope) -> [bool; 4] {
    [scope.product.is_some(), scope.category.is_some(), scope.pipeline.is_some(), scope.sale.is_some()]
}
