//! Who may do what, and that nobody sees another organization.

use std::collections::BTreeMap;
use std::sync::Arc;

use faena_tests::{Api, Platform};
use reqwest::Method;
use serde_json::{Value, json};

use crate::shared;

shared! {
    a_session_lives_on_refresh_tokens_that_work_once,
    an_api_token_does_what_it_was_made_for_until_it_is_revoked,
    an_expired_token_says_so,
    two_organizations_see_nothing_of_each_other,
    every_role_may_call_exactly_what_is_written_down,
    the_api_role_of_the_database_sees_no_other_tenant,
    passwords_and_names_are_checked,
    what_was_done_is_in_the_audit_trail,
}

async fn a_session_lives_on_refresh_tokens_that_work_once(platform: Arc<Platform>) {
    let api = platform.organization("sessions", "viewer").await;
    let login = json!({ "email": "Viewer@sessions.mx", "password": "una clave bien larga" });
    let tokens = api.post("/auth/login", login).await.expect(200);
    let refresh = async |token: &Value| api.post("/auth/refresh", json!({ "refresh_token": token })).await;
    let second = refresh(&tokens["refresh_token"]).await.expect(200);
    let me = api.with_token(second["access_token"].as_str().unwrap()).get("/auth/me").await.expect(200);
    assert_eq!(
        (me["user"]["email"].as_str(), me["organization"]["role"].as_str()),
        (Some("viewer@sessions.mx"), Some("viewer"))
    );
    refresh(&tokens["refresh_token"]).await.refused("FAE-0104");
    refresh(&second["refresh_token"]).await.refused("FAE-0102");
    refresh(&json!("far_nonsense")).await.refused("FAE-0102");
    api.post("/auth/login", json!({ "email": "viewer@sessions.mx", "password": "wrong" })).await.refused("FAE-0101");
    api.post("/auth/login", json!({ "email": "nobody@sessions.mx", "password": "wrong" })).await.refused("FAE-0101");
    for _ in 0..10 {
        api.post("/auth/login", json!({ "email": "guess@sessions.mx", "password": "wrong" })).await.refused("FAE-0101");
    }
    let locked = api.post("/auth/login", json!({ "email": "guess@sessions.mx", "password": "wrong" })).await;
    assert_eq!(locked.headers["retry-after"], "300");
    locked.refused("FAE-0107");
    let third = api
        .post("/auth/login", json!({ "email": "viewer@sessions.mx", "password": "una clave bien larga" }))
        .await
        .expect(200);
    assert_eq!(api.post("/auth/logout", json!({ "refresh_token": third["refresh_token"] })).await.status, 204);
    assert_eq!(refresh(&third["refresh_token"]).await.status, 401);
}

async fn an_api_token_does_what_it_was_made_for_until_it_is_revoked(platform: Arc<Platform>) {
    let owner = platform.organization("tokens", "owner").await;
    let made = owner
        .post("/tokens", json!({ "name": "lector", "permissions": ["jobs:read"], "expires_in_days": 1 }))
        .await
        .expect(201);
    let secret = made["secret"].as_str().unwrap();
    assert!(secret.starts_with("fae_") && secret.starts_with(made["prefix"].as_str().unwrap()));
    let token = Api::new(&platform.api.url, secret);
    token.get("/jobs").await.expect(200);
    token.post("/jobs", json!({ "module": "probe", "job": "noop" })).await.refused("FAE-0105");
    token.get("/members").await.refused("FAE-0105");
    token.in_organization("main").get("/jobs").await.refused("FAE-0106");
    owner.post("/tokens", json!({ "name": "x", "permissions": ["modules:write"] })).await.refused("FAE-0804");
    owner.post("/tokens", json!({ "name": "x", "permissions": ["jobs:fly"] })).await.refused("FAE-0804");
    owner.post("/tokens", json!({ "name": "x", "expires_in_days": 0 })).await.refused("FAE-0202");
    let listed = owner.get("/tokens").await.expect(200).to_string();
    assert!(!listed.contains(secret), "a secret is shown once");
    let path = format!("/tokens/{}", made["id"].as_str().unwrap());
    assert_eq!(owner.delete(&path).await.status, 204);
    token.get("/jobs").await.refused("FAE-0102");
    owner.delete(&format!("/tokens/{}", uuid::Uuid::now_v7())).await.refused("FAE-0805");
}

async fn an_expired_token_says_so(platform: Arc<Platform>) {
    let owner = platform.organization("expired", "owner").await;
    let made = owner.post("/tokens", json!({ "name": "short" })).await.expect(201);
    let mut root = platform.superuser().await;
    sqlx::query("UPDATE faena.api_token SET expires_at = now() - interval '1 second' WHERE id = $1::uuid")
        .bind(made["id"].as_str().unwrap())
        .execute(&mut root)
        .await
        .unwrap();
    Api::new(&platform.api.url, made["secret"].as_str().unwrap()).get("/jobs").await.refused("FAE-0103");
}

async fn two_organizations_see_nothing_of_each_other(platform: Arc<Platform>) {
    let ana = platform.organization("ana", "owner").await;
    let beto = platform.organization("beto", "owner").await;
    let job = ana.run("log", json!({ "level": "info", "message": "secreto" }), 30).await;
    let id = job["id"].as_str().unwrap();
    let token = ana.post("/tokens", json!({ "name": "de ana" })).await.expect(201);
    let ana_id = ana.get("/auth/me").await.expect(200)["user"]["id"].as_str().unwrap().to_owned();
    for path in [format!("/jobs/{id}"), format!("/jobs/{id}/logs"), format!("/jobs/{id}/attempts")] {
        beto.get(&path).await.refused("FAE-0405");
    }
    for path in [format!("/jobs/{id}/cancel"), format!("/jobs/{id}/retry")] {
        beto.post(&path, json!({})).await.refused("FAE-0405");
    }
    for path in ["/jobs", "/jobs?tag=x", "/members", "/tokens", "/audit", "/organizations", "/modules", "/auth/me"] {
        let seen = beto.get(path).await.expect(200).to_string();
        assert!(!seen.contains(id) && !seen.contains("ana.mx") && !seen.contains("de ana"), "{path}: {seen}");
        let foreign = beto.in_organization("ana").get(path).await.body.to_string();
        assert!(
            !foreign.contains(id) && !foreign.contains("ana.mx") && !foreign.contains("de ana"),
            "{path}: {foreign}"
        );
    }
    beto.in_organization("ana").get("/jobs").await.refused("FAE-0106");
    beto.in_organization("platform").get("/audit").await.refused("FAE-0106");
    beto.get("/audit?platform=true").await.refused("FAE-0105");
    beto.delete(&format!("/tokens/{}", token["id"].as_str().unwrap())).await.refused("FAE-0805");
    beto.delete(&format!("/members/{ana_id}")).await.refused("FAE-0808");
    ana.put("/modules/probe/activation", json!({ "active": false })).await.expect(200);
    assert_eq!(beto.run("noop", json!({}), 30).await["status"], "COMPLETED", "one's switch is not the other's");
}

/// One call of each endpoint that changes nothing, with what it answers to whom.
async fn every_role_may_call_exactly_what_is_written_down(platform: Arc<Platform>) {
    let nothing = uuid::Uuid::now_v7();
    let calls: Vec<(Method, String, Value)> = vec![
        (Method::GET, "/auth/me".into(), Value::Null),
        (Method::GET, "/organizations".into(), Value::Null),
        (Method::POST, "/organizations".into(), json!({ "slug": "-", "name": "x" })),
        (Method::GET, "/members".into(), Value::Null),
        (Method::POST, "/members".into(), json!({ "email": "nobody@example.mx", "role": "viewer" })),
        (Method::DELETE, format!("/members/{nothing}"), Value::Null),
        (Method::GET, "/tokens".into(), Value::Null),
        (Method::POST, "/tokens".into(), json!({ "name": "" })),
        (Method::DELETE, format!("/tokens/{nothing}"), Value::Null),
        (Method::GET, "/audit".into(), Value::Null),
        (Method::GET, "/platform/modules".into(), Value::Null),
        (Method::POST, "/platform/modules".into(), json!({})),
        (Method::GET, "/platform/modules/nothing".into(), Value::Null),
        (Method::POST, "/platform/modules/nothing/enable".into(), json!({})),
        (Method::POST, "/platform/modules/nothing/disable".into(), json!({})),
        (Method::GET, "/modules".into(), Value::Null),
        (Method::PUT, "/modules/nothing/activation".into(), json!({ "active": true })),
        (Method::POST, "/jobs".into(), json!({ "module": "nothing", "job": "x" })),
        (Method::POST, "/jobs/batch".into(), json!({ "jobs": [] })),
        (Method::GET, "/jobs".into(), Value::Null),
        (Method::GET, format!("/jobs/{nothing}"), Value::Null),
        (Method::GET, format!("/jobs/{nothing}/attempts"), Value::Null),
        (Method::GET, format!("/jobs/{nothing}/logs"), Value::Null),
        (Method::POST, format!("/jobs/{nothing}/cancel"), json!({})),
        (Method::POST, format!("/jobs/{nothing}/retry"), json!({})),
    ];
    let roles = ["owner", "administrator", "scheduler", "sales", "bot_trainer", "agent", "viewer"];
    let mut callers = vec![("nobody", platform.api.with_token("nothing")), ("platform_admin", platform.admin().await)];
    for role in roles {
        callers.push((role, platform.organization(&format!("matrix-{}", role.replace('_', "-")), role).await));
    }
    let mut matrix: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for (method, path, body) in calls {
        let key = format!("{method} {}", path.replace(&nothing.to_string(), "{id}"));
        for (name, caller) in &callers {
            let mut request = caller.request(method.clone(), &format!("/api/v1{path}"));
            if !body.is_null() {
                request = request.json(&body);
            }
            let answer = caller.send(request).await;
            let allowed = match answer.code() {
                "FAE-0102" | "FAE-0105" => continue,
                _ => *name,
            };
            matrix.entry(key.clone()).or_default().push(allowed.to_owned());
        }
        matrix.entry(key).or_default();
    }
    let found: String = matrix.iter().map(|(call, allowed)| format!("{call}: {}\n", allowed.join(" "))).collect();
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/e2e/permissions.txt");
    if std::env::var_os("FAENA_BLESS").is_some() {
        std::fs::write(path, &found).unwrap();
    }
    let written = std::fs::read_to_string(path).unwrap();
    assert_eq!(found, written, "FAENA_BLESS=1 writes permissions.txt again; review the difference");
}

async fn the_api_role_of_the_database_sees_no_other_tenant(platform: Arc<Platform>) {
    use sqlx::Connection;
    platform.api.run("noop", json!({}), 30).await;
    let mut session = sqlx::PgConnection::connect(platform.client["database_url"].as_str().unwrap()).await.unwrap();
    let role: String = sqlx::query_scalar("SELECT current_user::text").fetch_one(&mut session).await.unwrap();
    assert_eq!(role, "faena_api", "client.json names the least-privileged role");
    for table in
        ["job", "job_live", "job_outcome", "job_attempt", "job_log", "audit_log", "member", "api_token", "organization"]
    {
        let count: i64 = sqlx::query_scalar(sqlx::AssertSqlSafe(format!("SELECT count(*) FROM faena.{table}")))
            .fetch_one(&mut session)
            .await
            .unwrap_or(0);
        assert_eq!(count, 0, "{table}");
    }
    for statement in [
        "SELECT password_hash FROM faena.app_user",
        "UPDATE faena.job SET payload = '{}'",
        "SET row_security = off; TABLE faena.job",
        "SET ROLE faena_worker",
    ] {
        assert!(sqlx::raw_sql(statement).execute(&mut session).await.is_err(), "{statement}");
    }
}

async fn passwords_and_names_are_checked(platform: Arc<Platform>) {
    let owner = platform.organization("names", "owner").await;
    let member = |change: Value| {
        let mut body = json!({ "email": "nueva@names.mx", "password": "una clave bien larga", "role": "viewer" });
        body.as_object_mut().unwrap().extend(change.as_object().unwrap().clone());
        body
    };
    owner.post("/members", member(json!({ "password": "corta" }))).await.refused("FAE-0803");
    owner.post("/members", member(json!({ "role": "king" }))).await.refused("FAE-0202");
    owner.post("/members", member(json!({ "role": "platform_admin" }))).await.refused("FAE-0202");
    owner.post("/members", member(json!({ "email": "no address" }))).await.refused("FAE-0202");
    owner.post("/members", json!({ "email": "nadie@names.mx", "role": "viewer" })).await.refused("FAE-0808");
    let added = owner.post("/members", member(json!({}))).await.expect(201);
    owner.post("/members", member(json!({}))).await.refused("FAE-0802");
    assert_eq!(owner.delete(&format!("/members/{}", added["id"].as_str().unwrap())).await.status, 204);
    let admin = platform.admin().await;
    admin.post("/organizations", json!({ "slug": "names", "name": "Otra" })).await.refused("FAE-0801");
    admin.post("/organizations", json!({ "slug": "No Slug", "name": "Otra" })).await.refused("FAE-0202");
    owner.post("/organizations", json!({ "slug": "mine", "name": "Mía" })).await.refused("FAE-0105");
    let me = owner.get("/auth/me").await.expect(200)["user"]["id"].as_str().unwrap().to_owned();
    let admin_id = admin.get("/auth/me").await.expect(200)["user"]["id"].as_str().unwrap().to_owned();
    let members = owner.get("/members").await.expect(200);
    for member in members["items"].as_array().unwrap() {
        let id = member["id"].as_str().unwrap();
        if id != me && id != admin_id {
            owner.delete(&format!("/members/{id}")).await;
        }
    }
    owner.delete(&format!("/members/{admin_id}")).await;
    owner.delete(&format!("/members/{me}")).await.refused("FAE-0807");
}

async fn what_was_done_is_in_the_audit_trail(platform: Arc<Platform>) {
    let owner = platform.organization("trail", "owner").await;
    let job = owner
        .post("/jobs", json!({ "module": "probe", "job": "noop", "run_at": "2099-01-01T00:00:00Z" }))
        .await
        .expect(202);
    owner.post(&format!("/jobs/{}/cancel", job["id"].as_str().unwrap()), json!({})).await.expect(200);
    let trail = owner.get("/audit?limit=100").await.expect(200);
    let actions: Vec<_> =
        trail["items"].as_array().unwrap().iter().map(|entry| entry["action"].as_str().unwrap()).collect();
    for action in ["job.cancel", "job.submit", "session.login", "module.activate", "member.add", "organization.create"]
    {
        assert!(actions.contains(&action), "{action} in {actions:?}");
    }
    assert_eq!(trail["items"][0]["actor"], "owner@trail.mx");
    assert_eq!(trail["items"][0]["ip"], "127.0.0.1");
    let platform_trail = platform.admin().await.get("/audit?platform=true&limit=100").await.expect(200).to_string();
    assert!(platform_trail.contains("module.publish") && platform_trail.contains("module.enable"), "{platform_trail}");
    let mut session = {
        use sqlx::Connection;
        sqlx::PgConnection::connect(platform.client["database_url"].as_str().unwrap()).await.unwrap()
    };
    assert!(sqlx::query("DELETE FROM faena.audit_log").execute(&mut session).await.is_err(), "the trail only grows");
}
