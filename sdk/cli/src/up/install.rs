//! What a database needs before the first request: schema, logins, the first administrator, a trusted key, a token.

use std::path::Path;

use anyhow::Result;
use chrono::{TimeDelta, Utc};
use faena_client::Client;
use faena_contract::{ErrorCode, OrganizationId, PLATFORM_ORGANIZATION, UserId};
use faena_manifest::key_id;
use faena_store::identity::{self, Bootstrap, NewToken};
use faena_store::modules::{SigningKey, trust_key};
use faena_store::{Api, Authenticator, Caller, PoolSize, RoleUrls, make_api_login, migrate, set_role_password};
use sha2::{Digest, Sha256};

use super::secrets::{Secrets, forget_first_password, random};
use super::servers::Servers;
use crate::failure::Failure;

/// Slug of the first organization.
const SLUG: &str = "main";

/// How long the token of `client.json` counts.
const TOKEN_DAYS: i64 = 3_650;

/// The first administrator.
#[derive(Clone, Debug)]
pub(crate) struct FirstAdministrator {
    /// E-mail address.
    pub(crate) email: String,
    /// The password, until it was printed once.
    pub(crate) password: Option<String>,
}

impl FirstAdministrator {
    /// Called once the password was printed: it is shown only once.
    pub(crate) fn was_shown(data_dir: &Path) -> Result<()> {
        forget_first_password(data_dir)
    }
}

/// A prepared database.
pub(crate) struct Installation {
    /// The first administrator's organization.
    pub(crate) organization: OrganizationId,
    /// The first administrator.
    pub(crate) administrator: FirstAdministrator,
    user: UserId,
    roles: RoleUrls,
}

impl Installation {
    /// Brings the schema up to date and makes what is missing. Safe to repeat.
    pub(crate) async fn prepare(servers: &Servers, secrets: &Secrets, email: &str) -> Result<Self> {
        let urls = &servers.urls;
        migrate(&urls.owner).await?;
        for (role, password) in servers.own_passwords().into_iter().flatten() {
            set_role_password(&urls.owner, role, password).await?;
        }
        if servers.own_passwords().is_none() {
            let (login, password) = secrets.client_login()?;
            make_api_login(&urls.owner, &login, &password).await?;
        }
        let email = email.trim().to_lowercase();
        let authenticator = Authenticator::connect(&urls.roles, PoolSize(1)).await?;
        let (user, organization) = administrator(&authenticator, &urls.owner, secrets, &email).await?;
        authenticator.close().await;
        let password = secrets.unseen_password()?;
        let administrator = FirstAdministrator { email, password };
        let installation = Self { organization, administrator, user, roles: urls.roles.clone() };
        installation.trust_own_key(secrets).await?;
        Ok(installation)
    }

    /// The development key signs for this Faena; nobody else has it.
    async fn trust_own_key(&self, secrets: &Secrets) -> Result<()> {
        let public = secrets.module_key()?.verifying_key();
        let key = SigningKey {
            id: key_id(&public).as_str().to_owned(),
            public_key: public.as_bytes().to_vec(),
            module_prefix: None,
            is_development: true,
        };
        let api = Api::connect(&self.roles, PoolSize(1)).await?;
        trust_key(&api, &self.caller(PLATFORM_ORGANIZATION), &key).await?;
        api.close().await;
        Ok(())
    }

    /// The token of the last start, or a new one if that no longer counts.
    pub(crate) async fn token(&self, client: &Client, secrets: &Secrets) -> Result<String> {
        if let Some(token) = secrets.token()? {
            match client.with_token(&token).me().await {
                Ok(_) => return Ok(token),
                Err(error) if does_not_count(&error) => {}
                Err(error) => return Err(error.into()),
            }
        }
        let token = self.new_token().await?;
        secrets.keep_token(&token)?;
        Ok(token)
    }

    async fn new_token(&self) -> Result<String> {
        let secret = random("fae_", 32)?;
        let new = NewToken {
            name: "faena up",
            prefix: secret.get(..12).unwrap_or_default(),
            hash: Sha256::digest(secret.as_bytes()).into(),
            permissions: &["*:*".to_owned()],
            expires_at: Utc::now() + TimeDelta::days(TOKEN_DAYS),
        };
        let api = Api::connect(&self.roles, PoolSize(1)).await?;
        identity::create_token(&api, &self.caller(self.organization), &new).await?;
        api.close().await;
        Ok(secret)
    }

    fn caller(&self, organization: OrganizationId) -> Caller {
        Caller { organization, user: self.user, token: None, actor: self.administrator.email.clone(), ip: None }
    }
}

fn does_not_count(error: &faena_client::ClientError) -> bool {
    let codes = [ErrorCode::NotAuthenticated, ErrorCode::TokenExpired, ErrorCode::OrganizationRequired];
    codes.into_iter().any(|code| error.is(code))
}

/// The administrator and the oldest of their organizations, made when the database has no user yet.
async fn administrator(
    authenticator: &Authenticator,
    owner: &str,
    secrets: &Secrets,
    email: &str,
) -> Result<(UserId, OrganizationId)> {
    if let Some(found) = find(authenticator, email).await? {
        return Ok(found);
    }
    let password = secrets.first_password()?;
    let password_hash = faena_orchestrator::hash_password(&password)?;
    let first = Bootstrap { email, password_hash: &password_hash, slug: SLUG, name: "Main" };
    if let Some(made) = identity::bootstrap(owner, &first).await? {
        return Ok(made);
    }
    let detail = format!("The database has users, and none with the address {email} who is in an organization.");
    Err(Failure::invalid(detail).advise("name an administrator that it has with --admin-email").into())
}

async fn find(authenticator: &Authenticator, email: &str) -> Result<Option<(UserId, OrganizationId)>> {
    let Some(login) = identity::find_login(authenticator, email).await? else { return Ok(None) };
    let user = UserId(login.user);
    let identity = identity::identity(authenticator, user).await?;
    let home = identity.and_then(|identity| identity.memberships.first().map(|member| member.organization.id));
    Ok(home.map(|organization| (user, OrganizationId(organization))))
}
