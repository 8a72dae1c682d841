//! A year of payments, made from a seed, and the jobs that calculate what they earn.

use std::collections::BTreeMap;

use anyhow::{Context, Result};
use chrono::{DateTime, Datelike, Months, NaiveDate, NaiveTime, TimeDelta, Utc};
use faena_contract::api::NewJob;
use serde_json::{Value, json};

use super::Size;
use super::random::Random;

const NAMES: [&str; 20] = [
    "ana", "bruno", "carla", "diego", "elena", "fabian", "gloria", "hugo", "ines", "javier", "karla", "luis", "marta",
    "nestor", "olga", "pablo", "rosa", "sergio", "teresa", "victor",
];

/// Product, its category, and its price in whole pesos from and to.
const PRODUCTS: [(&str, &str, u32, u32); 5] = [
    ("crm-basic", "software", 900, 2_500),
    ("crm-pro", "software", 2_500, 9_000),
    ("onboarding", "service", 4_000, 18_000),
    ("support", "service", 600, 3_000),
    ("hardware-kit", "goods", 1_200, 6_500),
];

/// One job's worth of events.
#[derive(Debug, Default, PartialEq)]
struct Sheet {
    events: Vec<Value>,
}

/// Every payment and refund by member and month.
#[derive(Debug, PartialEq)]
pub(super) struct Ledger {
    sheets: BTreeMap<(String, NaiveDate), Sheet>,
    /// Payments in all.
    pub(super) payments: usize,
    /// Refunds in all.
    pub(super) refunds: usize,
}

impl Ledger {
    /// The ledger of a seed.
    pub(super) fn generate(seed: u64, size: &Size) -> Result<Self> {
        let mut random = Random::new(seed);
        let mut ledger = Self { sheets: BTreeMap::new(), payments: 0, refunds: 0 };
        let first = NaiveDate::from_ymd_opt(2025, 1, 1).context("the first month")?;
        for number in 0..size.payments {
            let member = name(random.below(size.members));
            let month = first.checked_add_months(Months::new(random.below(size.months))).context("a month")?;
            ledger.add_sale(&mut random, number, member, month)?;
        }
        Ok(ledger)
    }

    /// A payment and, once in forty times, a refund of a part of it in the same month.
    fn add_sale(&mut self, random: &mut Random, number: u32, member: String, month: NaiveDate) -> Result<()> {
        let (product, category, from, to) = random.pick(&PRODUCTS).copied().context("a product")?;
        let centavos = u64::from(from) * 100 + u64::from(random.below((to - from) * 100));
        let paid_at = instant(random, month)?;
        let id = format!("pay-{number:06}");
        let sheet = self.sheets.entry((member.clone(), month)).or_default();
        sheet.events.push(json!({
            "id": id, "type": "payment", "amount": pesos(centavos), "currency": "MXN", "member": member,
            "paid_at": paid_at.to_rfc3339(), "product": product, "category": category,
        }));
        self.payments += 1;
        if random.below(40) == 0 {
            let part = centavos * u64::from(20 + random.below(81)) / 100;
            let at = (paid_at + TimeDelta::hours(i64::from(1 + random.below(72)))).min(last_instant(month)?);
            sheet.events.push(json!({
                "id": format!("refund-{number:06}"), "type": "refund", "of": id, "amount": pesos(part), "at": at.to_rfc3339(),
            }));
            self.refunds += 1;
        }
        Ok(())
    }

    /// One job for each member and month, with these tags besides `member:...`.
    pub(super) fn jobs(&self, tag: &str) -> Result<Vec<NewJob>> {
        let job = |((member, month), sheet): (&(String, NaiveDate), &Sheet)| {
            let payload = json!({ "plan": plan(), "events": sheet.events });
            let tags = vec![tag.to_owned(), format!("member:{member}"), format!("month:{}", month.format("%Y-%m"))];
            new_job("commissions", "calculate", &payload, tags)
        };
        self.sheets.iter().map(job).collect()
    }

    /// The sales of each member in centavos, refunds taken off.
    pub(super) fn sales(&self) -> BTreeMap<&str, i64> {
        let mut sales = BTreeMap::new();
        for ((member, _), sheet) in &self.sheets {
            let total: i64 = sheet.events.iter().map(signed_centavos).sum();
            *sales.entry(member.as_str()).or_default() += total;
        }
        sales
    }
}

/// A job whose payload is this JSON.
pub(super) fn new_job(module: &str, job: &str, payload: &Value, tags: Vec<String>) -> Result<NewJob> {
    Ok(NewJob {
        module: module.to_owned(),
        job: job.to_owned(),
        payload: serde_json::value::to_raw_value(payload)?.into(),
        run_at: None,
        timeout_s: None,
        max_attempts: None,
        priority: None,
        tags,
        unique_key: None,
    })
}

/// Marginal tiers over the month, another rate for services, a bonus at the quota, a cap, and refunds that take back.
pub(super) fn plan() -> Value {
    json!({
        "name": "Sales 2025", "period": "month", "currency": "MXN", "timezone": "UTC",
        "quota": "150000", "cap": "40000",
        "clawback": { "mode": "proportional", "window_days": 90 },
        "rules": [
            { "type": "tiered", "id": "goods", "mode": "marginal", "tiers": [
                ["0", "50000", "0.05"], ["50000", "120000", "0.07"], ["120000", null, "0.10"],
            ] },
            { "type": "percent", "id": "services", "rate": "0.08", "match": { "category": "service" } },
            { "type": "bonus", "id": "quota", "amount": "2500.00", "when": { "attainment_gte": "1" } },
        ],
    })
}

fn name(number: u32) -> String {
    let count = u32::try_from(NAMES.len()).unwrap_or(1);
    let name = usize::try_from(number % count).ok().and_then(|index| NAMES.get(index)).copied().unwrap_or_default();
    if number < count { name.to_owned() } else { format!("{name}-{}", number / count + 1) }
}

fn pesos(centavos: u64) -> String {
    format!("{}.{:02}", centavos / 100, centavos % 100)
}

fn signed_centavos(event: &Value) -> i64 {
    let text = event.get("amount").and_then(Value::as_str).unwrap_or("0");
    let centavos: i64 = text.replace('.', "").parse().unwrap_or_default();
    if event.get("type").and_then(Value::as_str) == Some("refund") { -centavos } else { centavos }
}

fn instant(random: &mut Random, month: NaiveDate) -> Result<DateTime<Utc>> {
    let days = last_instant(month)?.day();
    let date = month.with_day(1 + random.below(days)).context("a day")?;
    let time =
        NaiveTime::from_num_seconds_from_midnight_opt(8 * 3_600 + random.below(12 * 3_600), 0).context("a time")?;
    Ok(date.and_time(time).and_utc())
}

fn last_instant(month: NaiveDate) -> Result<DateTime<Utc>> {
    let next = month.checked_add_months(Months::new(1)).context("the next month")?;
    Ok(next.and_time(NaiveTime::MIN).and_utc() - TimeDelta::seconds(1))
}

#[cfg(test)]
mod tests {
    use super::*;

    const SIZE: Size = Size { payments: 2_000, members: 23, months: 14 };

    #[test]
    fn a_seed_decides_every_payment() {
        let ledger = Ledger::generate(7, &SIZE).unwrap();
        assert_eq!(ledger, Ledger::generate(7, &SIZE).unwrap());
        assert_ne!(ledger, Ledger::generate(8, &SIZE).unwrap());
        assert_eq!(ledger.payments, 2_000);
        assert!(ledger.refunds > 20 && ledger.refunds < 100, "{}", ledger.refunds);
    }

    #[test]
    fn a_job_has_the_events_of_one_member_and_month() {
        let ledger = Ledger::generate(7, &SIZE).unwrap();
        let jobs = ledger.jobs("demo").unwrap();
        assert!(jobs.len() > 300 && jobs.len() <= 23 * 14);
        for job in &jobs {
            let payload: Value = serde_json::from_str(job.payload.get()).unwrap();
            let member = job.tags[1].strip_prefix("member:").unwrap();
            let month = job.tags[2].strip_prefix("month:").unwrap();
            for event in payload["events"].as_array().unwrap() {
                let when = event["paid_at"].as_str().or(event["at"].as_str()).unwrap();
                assert!(when.starts_with(month), "{event}");
                assert!(event["type"] == "refund" || event["member"] == member, "{event}");
            }
        }
        let whole: i64 = ledger.sales().values().sum();
        assert!(whole > 0);
        assert_eq!(name(20), "ana-2");
        assert_eq!(pesos(105), "1.05");
    }
}
