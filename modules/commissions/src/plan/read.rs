//! From JSON to a plan. Keys that nobody knows are refused: a misspelt one would silently change what people earn.

use rust_decimal::Decimal;

use super::{
    Base, Clawback, ClawbackMode, Draw, PerMember, Plan, Rule, RuleKind, Scope, Seat, Terms, Threshold, Tier, Version,
    check,
};
use crate::error::{CalculateError, Code};
use crate::json::Node;
use crate::money::Currency;
use crate::period::PeriodKind;

type Read<T> = Result<T, CalculateError>;

const TERMS: [&str; 5] = ["base", "quota", "cap", "clawback", "rules"];

/// Reads and checks a plan.
pub(crate) fn read(node: &Node) -> Read<Plan> {
    let own = ["timezone", "period", "currency", "members", "floor", "draw", "versions", "name", "id"];
    node.only(&[&own[..], &TERMS[..]].concat())?;
    let plan = Plan {
        zone: node.get("timezone").map_or(Ok(chrono_tz::UTC), |zone| read_zone(&zone))?,
        period: node.get("period").map_or(Ok(PeriodKind::Month), |period| word(&period, PeriodKind::find))?,
        currency: node.get("currency").map(|code| currency(&code)).transpose()?,
        members: node
            .get("members")
            .map(|members| names(&members))
            .transpose()?
            .map(|names| names.into_iter().collect()),
        floor: node.get("floor").map(|floor| per_member(&floor)).transpose()?,
        draw: node.get("draw").map(|draw| read_draw(&draw)).transpose()?,
        versions: read_versions(node)?,
    };
    check::check(&plan, node)?;
    Ok(plan)
}

pub(crate) fn currency(node: &Node) -> Read<Currency> {
    let code = node.text()?;
    Currency::find(code).ok_or_else(|| node.fail(Code::UnknownCurrency, code))
}

fn read_zone(node: &Node) -> Read<chrono_tz::Tz> {
    let name = node.text()?;
    name.parse().map_err(|_| node.fail(Code::UnknownTimezone, name))
}

fn read_versions(node: &Node) -> Read<Vec<Version>> {
    match (node.get("rules"), node.get("versions")) {
        (Some(_), None) => Ok(vec![Version { from: None, to: None, terms: read_terms(node, node)? }]),
        (None, Some(versions)) => versions.items()?.iter().map(|version| read_version(node, version)).collect(),
        _ => Err(node.fail(Code::PlanRulesOrVersions, "")),
    }
}

fn read_version(plan: &Node, node: &Node) -> Read<Version> {
    node.only(&[&["from", "to"][..], &TERMS[..]].concat())?;
    Ok(Version {
        from: node.get("from").map(|from| from.date()).transpose()?,
        to: node.get("to").map(|to| to.date()).transpose()?,
        terms: read_terms(plan, node)?,
    })
}

/// The terms of a version; what it does not say, the plan says for all versions.
fn read_terms(plan: &Node, version: &Node) -> Read<Terms> {
    let get = |key| version.get(key).or_else(|| plan.get(key));
    Ok(Terms {
        base: get("base").map_or(Ok(Base::Gross), |base| word(&base, base_of))?,
        quota: get("quota").map(|quota| per_member(&quota)).transpose()?,
        cap: get("cap").map(|cap| per_member(&cap)).transpose()?,
        clawback: get("clawback")
            .map_or(Ok(Clawback { mode: ClawbackMode::Proportional, window_days: None }), |node| {
                read_clawback(&node)
            })?,
        rules: version.need("rules")?.items()?.iter().map(read_rule).collect::<Read<_>>()?,
    })
}

fn base_of(word: &str) -> Option<Base> {
    Some(match word {
        "gross" | "cash" => Base::Gross,
        "net" => Base::Net,
        "margin" => Base::Margin,
        _ => return None,
    })
}

fn read_clawback(node: &Node) -> Read<Clawback> {
    node.only(&["mode", "window_days"])?;
    let window_days = node.get("window_days").map(|days| days.integer()).transpose()?;
    Ok(Clawback { mode: word(&node.need("mode")?, clawback_of)?, window_days })
}

fn clawback_of(word: &str) -> Option<ClawbackMode> {
    Some(match word {
        "proportional" => ClawbackMode::Proportional,
        "recompute" => ClawbackMode::Recompute,
        _ => return None,
    })
}

fn read_draw(node: &Node) -> Read<Draw> {
    node.only(&["amount", "recoverable", "recover_from", "stop_after"])?;
    Ok(Draw {
        amount: per_member(&node.need("amount")?)?,
        recoverable: node.get("recoverable").map_or(Ok(false), |flag| flag.flag())?,
        recover_from: node.get("recover_from").map_or(Ok(1), |from| from.integer())?,
        stop_after: node.get("stop_after").map(|last| last.integer()).transpose()?,
    })
}

fn read_rule(node: &Node) -> Read<Rule> {
    let kind = read_kind(node)?;
    Ok(Rule {
        id: node.get("id").map(|id| id.text()).transpose()?.map(str::to_owned),
        priority: node.get("priority").map_or(Ok(i64::MAX), |priority| priority.integer())?,
        scope: node.get("match").map_or(Ok(Scope::default()), |scope| read_scope(&scope))?,
        kind,
    })
}

fn read_kind(node: &Node) -> Read<RuleKind> {
    let kind = node.need("type")?;
    let known = |own: &[&str]| node.only(&[&["type", "id", "priority"][..], own].concat());
    match kind.text()? {
        "flat" => known(&["amount", "per", "match"]).and_then(|()| read_flat(node)),
        "percent" => known(&["rate", "accelerators", "threshold", "match"]).and_then(|()| read_percent(node)),
        "tiered" => known(&["mode", "tiers", "match"]).and_then(|()| read_tiered(node)),
        "override" => known(&["rate", "of", "manager", "members", "match"]).and_then(|()| read_override(node)),
        "bonus" => known(&["amount", "when"]).and_then(|()| read_bonus(node)),
        "direct" => known(&[]).map(|()| RuleKind::Direct),
        other => Err(kind.fail(Code::NotSupported, other)),
    }
}

fn read_flat(node: &Node) -> Read<RuleKind> {
    let per = |word: &str| ["deal", "unit"].iter().position(|known| *known == word);
    let per_unit = node.get("per").map_or(Ok(0), |node| word(&node, per))? == 1;
    Ok(RuleKind::Flat { amount: node.need("amount")?.amount()?, per_unit })
}

fn read_percent(node: &Node) -> Read<RuleKind> {
    let accelerators = match node.get("accelerators") {
        Some(steps) => steps.items()?.iter().map(read_step).collect::<Read<_>>()?,
        None => Vec::new(),
    };
    let threshold = node.get("threshold").map(|threshold| read_threshold(&threshold)).transpose()?;
    Ok(RuleKind::Percent { rate: node.need("rate")?.rate()?, accelerators, threshold })
}

fn read_step(node: &Node) -> Read<(Decimal, Decimal)> {
    match node.items()?.as_slice() {
        [attainment, multiplier] => Ok((attainment.rate()?, multiplier.rate()?)),
        _ => Err(node.fail(Code::InvalidType, "[attainment, multiplier]")),
    }
}

fn read_threshold(node: &Node) -> Read<Threshold> {
    node.only(&["attainment", "mode"])?;
    Ok(Threshold {
        attainment: node.need("attainment")?.rate()?,
        retroactive: word(&node.need("mode")?, is_retroactive)?,
    })
}

fn read_tiered(node: &Node) -> Read<RuleKind> {
    let tiers = node.need("tiers")?.items()?.iter().map(read_tier).collect::<Read<_>>()?;
    Ok(RuleKind::Tiered { retroactive: word(&node.need("mode")?, is_retroactive)?, tiers })
}

fn is_retroactive(word: &str) -> Option<bool> {
    ["marginal", "retroactive"].iter().position(|known| *known == word).map(|at| at == 1)
}

fn read_tier(node: &Node) -> Read<Tier> {
    match node.items()?.as_slice() {
        [from, to, rate] => Ok(Tier {
            from: from.amount()?,
            to: if to.value.is_null() { None } else { Some(to.amount()?) },
            rate: rate.rate()?,
        }),
        _ => Err(node.fail(Code::InvalidType, "[from, to, rate]")),
    }
}

fn read_override(node: &Node) -> Read<RuleKind> {
    if let Some(of) = node.get("of") {
        word(&of, |word| (word == "team").then_some(()))?;
    }
    Ok(RuleKind::Override {
        rate: node.need("rate")?.rate()?,
        manager: node.need("manager")?.text()?.to_owned(),
        team: node.need("members")?.items()?.iter().map(read_seat).collect::<Read<_>>()?,
    })
}

fn read_seat(node: &Node) -> Read<Seat> {
    if node.value.is_string() {
        return Ok(Seat { member: node.text()?.to_owned(), from: None, to: None });
    }
    node.only(&["member", "from", "to"])?;
    Ok(Seat {
        member: node.need("member")?.text()?.to_owned(),
        from: node.get("from").map(|from| from.date()).transpose()?,
        to: node.get("to").map(|to| to.date()).transpose()?,
    })
}

fn read_bonus(node: &Node) -> Read<RuleKind> {
    let when = node.need("when")?;
    when.only(&["attainment_gte"])?;
    Ok(RuleKind::Bonus { amount: node.need("amount")?.amount()?, attainment: when.need("attainment_gte")?.rate()? })
}

fn read_scope(node: &Node) -> Read<Scope> {
    node.only(&["product", "category", "pipeline", "sale"])?;
    let get = |key| node.get(key).map(|field| field.text().map(str::to_owned)).transpose();
    if let Some(sale) = node.get("sale") {
        word(&sale, |word| ["first", "renewal"].contains(&word).then_some(()))?;
    }
    Ok(Scope { product: get("product")?, category: get("category")?, pipeline: get("pipeline")?, sale: get("sale")? })
}

fn per_member(node: &Node) -> Read<PerMember> {
    if !node.value.is_object() {
        return Ok(PerMember::Same(node.amount()?));
    }
    let amounts = node.fields()?.into_iter().map(|(member, amount)| Ok((member, amount.amount()?)));
    Ok(PerMember::Named(amounts.collect::<Read<_>>()?))
}

fn names(node: &Node) -> Read<Vec<String>> {
    node.items()?.iter().map(|name| name.text().map(str::to_owned)).collect()
}

/// A word of a closed list.
fn word<T>(node: &Node, find: impl Fn(&str) -> Option<T>) -> Read<T> {
    let text = node.text()?;
    find(text).ok_or_else(|| node.fail(Code::NotSupported, text))
}
