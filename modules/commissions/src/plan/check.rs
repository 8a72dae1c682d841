//! What a schema cannot say of a plan: numbers that must fit together, and combinations without a meaning.

use rust_decimal::Decimal;

use super::{PerMember, Plan, Rule, RuleKind, Terms, Tier};
use crate::error::{CalculateError, Code};
use crate::json::Node;

type Check = Result<(), CalculateError>;

/// Refuses a plan that reads well and means nothing.
pub(super) fn check(plan: &Plan, node: &Node) -> Check {
    check_versions(plan, node)?;
    for (at, version) in plan.versions.iter().enumerate() {
        let path = if node.get("versions").is_some() { format!("/plan/versions/{at}") } else { "/plan".to_owned() };
        check_terms(&version.terms, &path)?;
    }
    check_combinations(plan)
}

fn check_versions(plan: &Plan, node: &Node) -> Check {
    if plan.versions.is_empty() {
        return Err(node.fail(Code::PlanWithoutRules, "versions"));
    }
    for (at, version) in plan.versions.iter().enumerate() {
        let path = format!("/plan/versions/{at}");
        if let (Some(from), Some(to)) = (version.from, version.to)
            && to < from
        {
            return Err(CalculateError::new(Code::VersionRangeInverted, path, format!("{from} > {to}")));
        }
        for before in plan.versions.iter().take(at) {
            // Two ranges overlap when the later of the starts is not after the earlier of the ends.
            let start = version.from.max(before.from);
            let end = [version.to, before.to].into_iter().flatten().min();
            if start.zip(end).is_none_or(|(start, end)| start <= end) {
                let date = start.map_or_else(|| "?".to_owned(), |date| date.to_string());
                return Err(CalculateError::new(Code::PlanVersionsOverlap, format!("{path}/from"), date));
            }
        }
    }
    Ok(())
}

fn check_terms(terms: &Terms, path: &str) -> Check {
    if terms.rules.is_empty() {
        return Err(CalculateError::new(Code::PlanWithoutRules, format!("{path}/rules"), "rules"));
    }
    check_quota(terms)?;
    for (at, rule) in terms.rules.iter().enumerate() {
        check_rule(terms, rule, &format!("{path}/rules/{at}"))?;
        if let Some(other) = terms.rules.iter().take(at).position(|before| ambiguous(before, rule)) {
            let detail = format!("rules {other}, {at}");
            return Err(CalculateError::new(Code::RulesAmbiguous, format!("{path}/rules/{at}"), detail));
        }
    }
    Ok(())
}

fn check_quota(terms: &Terms) -> Check {
    let quotas: Vec<Decimal> = match &terms.quota {
        Some(PerMember::Same(quota)) => vec![*quota],
        Some(PerMember::Named(quotas)) => quotas.values().copied().collect(),
        None => Vec::new(),
    };
    match quotas.iter().find(|quota| quota.is_zero()) {
        Some(quota) => Err(CalculateError::new(Code::QuotaNotPositive, "/plan/quota", quota)),
        None => Ok(()),
    }
}

fn check_rule(terms: &Terms, rule: &Rule, path: &str) -> Check {
    let needs_quota = match &rule.kind {
        RuleKind::Percent { accelerators, .. } if !accelerators.is_empty() => Some("accelerators"),
        RuleKind::Percent { threshold: Some(_), .. } => Some("threshold"),
        RuleKind::Bonus { .. } => Some("bonus"),
        _ => None,
    };
    if let Some(what) = needs_quota.filter(|_| terms.quota.is_none()) {
        return Err(CalculateError::new(Code::QuotaRequired, path, what));
    }
    match &rule.kind {
        RuleKind::Percent { accelerators, .. } => check_accelerators(accelerators, &format!("{path}/accelerators")),
        RuleKind::Tiered { tiers, .. } => check_tiers(tiers, &format!("{path}/tiers")),
        _ => Ok(()),
    }
}

fn check_accelerators(steps: &[(Decimal, Decimal)], path: &str) -> Check {
    let pairs = steps.iter().zip(steps.iter().skip(1)).enumerate();
    match pairs.into_iter().find(|(_, (before, after))| after.0 <= before.0) {
        Some((at, (before, after))) => {
            let detail = format!("{} >= {}", before.0, after.0);
            Err(CalculateError::new(Code::AcceleratorsNotAscending, format!("{path}/{}", at + 1), detail))
        }
        None => Ok(()),
    }
}

fn check_tiers(tiers: &[Tier], path: &str) -> Check {
    let fail =
        |at: usize, detail: String| Err(CalculateError::new(Code::TiersNotContiguous, format!("{path}/{at}"), detail));
    let mut start = Some(Decimal::ZERO);
    for (at, tier) in tiers.iter().enumerate() {
        match start {
            Some(start) if start == tier.from => {}
            Some(start) => return fail(at, format!("{} != {start}", tier.from)),
            None => return fail(at, format!("{} > ...", tier.from)),
        }
        if tier.to.is_some_and(|to| to <= tier.from) {
            return fail(at, format!("[{}, {})", tier.from, tier.to.unwrap_or_default()));
        }
        start = tier.to;
    }
    match (tiers.len().checked_sub(1), start) {
        (Some(_), None) => Ok(()),
        (Some(last), Some(end)) => fail(last, format!("{end} ...")),
        (None, _) => fail(0, "[]".to_owned()),
    }
}

/// Two rules that compete for the same sales and that nothing tells apart.
fn ambiguous(a: &Rule, b: &Rule) -> bool {
    let compete = |kind: &RuleKind| match kind {
        RuleKind::Percent { .. } | RuleKind::Tiered { .. } => Some(0),
        RuleKind::Flat { .. } => Some(1),
        _ => None,
    };
    let named = a.id.is_some() && b.id.is_some() && a.id != b.id;
    compete(&a.kind).is_some()
        && compete(&a.kind) == compete(&b.kind)
        && a.scope == b.scope
        && a.priority == b.priority
        && !named
}

fn check_combinations(plan: &Plan) -> Check {
    let fail = |path: &str, what: &str| Err(CalculateError::new(Code::RuleCombination, path, what));
    if plan.draw.is_some() && plan.floor.is_some() {
        // Both guarantee a minimum, and nobody can say which of the two is paid back.
        return fail("/plan/draw", "draw + floor");
    }
    let others = plan.versions.len() > 1 || plan.versions.iter().any(|version| version.terms.rules.len() > 1);
    if plan.is_direct() && others {
        return fail("/plan/rules", "direct + other rules");
    }
    if plan.is_direct() && (plan.has_cap() || plan.floor.is_some()) {
        return fail("/plan", "direct + cap / floor");
    }
    Ok(())
}
