//! Organizations, their members and tokens, and the audit trail.

use faena_contract::api::{
    AuditEntry, CreatedToken, Member, NewMember, NewOrganization, NewToken, Organization, Page, Token,
};
use reqwest::Method;

use crate::{Call, Client};

/// Which part of the audit trail to read.
#[derive(Clone, Debug, Default)]
pub struct AuditPosition {
    /// `next_cursor` of the page before.
    pub cursor: Option<String>,
    /// Most entries of the page.
    pub limit: Option<u32>,
    /// The trail of the installation itself, for those with a platform role.
    pub platform: bool,
}

impl Client {
    /// `GET /organizations`: the caller's.
    pub fn organizations(&self) -> Call<Page<Organization>> {
        self.api(Method::GET, &["organizations"])
    }

    /// `POST /organizations`.
    pub fn create_organization(&self, new: &NewOrganization) -> Call<Organization> {
        self.api(Method::POST, &["organizations"]).json(new)
    }

    /// `GET /members`.
    pub fn members(&self) -> Call<Page<Member>> {
        self.api(Method::GET, &["members"])
    }

    /// `POST /members`.
    pub fn add_member(&self, new: &NewMember) -> Call<Member> {
        self.api(Method::POST, &["members"]).json(new)
    }

    /// `DELETE /members/{user_id}`.
    pub fn remove_member(&self, user: &str) -> Call<()> {
        self.api(Method::DELETE, &["members", user])
    }

    /// `GET /tokens`.
    pub fn tokens(&self) -> Call<Page<Token>> {
        self.api(Method::GET, &["tokens"])
    }

    /// `POST /tokens`: the only answer that has the secret.
    pub fn create_token(&self, new: &NewToken) -> Call<CreatedToken> {
        self.api(Method::POST, &["tokens"]).json(new)
    }

    /// `DELETE /tokens/{id}`.
    pub fn revoke_token(&self, id: &str) -> Call<()> {
        self.api(Method::DELETE, &["tokens", id])
    }

    /// `GET /audit`, newest first.
    pub fn audit(&self, position: &AuditPosition) -> Call<Page<AuditEntry>> {
        self.api(Method::GET, &["audit"])
            .query("cursor", position.cursor.as_ref())
            .query("limit", position.limit)
            .query("platform", position.platform.then_some(true))
    }
}
