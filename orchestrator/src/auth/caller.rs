//! The session of a request: who asks, for which organization, with which permissions.

use std::net::SocketAddr;
use std::sync::Arc;

use axum::extract::{ConnectInfo, FromRequestParts};
use faena_contract::permission::{self, Permission};
use faena_contract::{ErrorCode, OrganizationId, PLATFORM_ORGANIZATION, UserId};
use faena_store::Caller;
use faena_store::identity::{Membership, OrganizationName};
use http::header::AUTHORIZATION;
use http::request::Parts;

use super::principal::{Principal, principal};
use crate::app::SharedApp;
use crate::error::{ApiError, ApiResult};

/// An authenticated request.
pub(crate) struct Session {
    pub(crate) principal: Arc<Principal>,
    organization: Option<OrganizationName>,
    ip: Option<String>,
}

impl FromRequestParts<SharedApp> for Session {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, app: &SharedApp) -> Result<Self, Self::Rejection> {
        let bearer = bearer(parts)?;
        let principal = principal(app, bearer).await?;
        let organization = organization_name(parts)?;
        let ip = parts.extensions.get::<ConnectInfo<SocketAddr>>().map(|ConnectInfo(address)| address.ip().to_string());
        Ok(Self { principal, organization, ip })
    }
}

fn bearer(parts: &Parts) -> ApiResult<&str> {
    let header = parts.headers.get(AUTHORIZATION).and_then(|value| value.to_str().ok()).unwrap_or_default();
    header.strip_prefix("Bearer ").map(str::trim).filter(|token| !token.is_empty()).ok_or_else(|| {
        ApiError::new(
            ErrorCode::NotAuthenticated,
            "Send `Authorization: Bearer` with an access token of POST /api/v1/auth/login or an API token.",
        )
    })
}

fn organization_name(parts: &Parts) -> ApiResult<Option<OrganizationName>> {
    let Some(header) = parts.headers.get("faena-organization") else { return Ok(None) };
    let text = header.to_str().map_err(|_| no_organization())?;
    Ok(Some(text.parse().map_or_else(|_| OrganizationName::Slug(text.to_owned()), OrganizationName::Id)))
}

impl Session {
    /// The caller in the organization of the request, if the permission is there.
    pub(crate) fn require(&self, wanted: Permission) -> ApiResult<Caller> {
        let membership = self.membership()?;
        if !permission::allows(&membership.permissions, wanted) || !self.token_allows(wanted) {
            return Err(denied(wanted));
        }
        Ok(self.caller(OrganizationId(membership.organization.id)))
    }

    /// The caller as one of the installation itself, if the platform role has the permission.
    pub(crate) fn require_platform(&self, wanted: Permission) -> ApiResult<Caller> {
        if !permission::allows(&self.principal.identity.platform_permissions, wanted) || !self.token_allows(wanted) {
            return Err(denied(wanted));
        }
        Ok(self.caller(PLATFORM_ORGANIZATION))
    }

    /// The membership that the request is about: the one named by the header, else that of the token, else the oldest.
    pub(crate) fn membership(&self) -> ApiResult<&Membership> {
        let of_token = self.principal.token.as_ref().map(|token| OrganizationName::Id(token.organization));
        let found = self.principal.identity.membership(self.organization.as_ref().or(of_token.as_ref()));
        let membership = found.ok_or_else(no_organization)?;
        match &self.principal.token {
            Some(token) if token.organization != membership.organization.id => Err(no_organization()),
            _ => Ok(membership),
        }
    }

    /// What the caller may do in the organization, on the installation included, as the token narrows it.
    pub(crate) fn permissions(&self) -> Vec<String> {
        let membership = self.membership().map(|member| member.permissions.clone()).unwrap_or_default();
        let granted = [membership, self.principal.identity.platform_permissions.clone()].concat();
        let held = |wanted: &&Permission| permission::allows(&granted, wanted) && self.token_allows(wanted);
        permission::ALL.iter().filter(held).map(|permission| (*permission).to_owned()).collect()
    }

    fn token_allows(&self, wanted: &str) -> bool {
        self.principal.token.as_ref().is_none_or(|token| permission::allows(&token.permissions, wanted))
    }

    fn caller(&self, organization: OrganizationId) -> Caller {
        Caller {
            organization,
            user: UserId(self.principal.identity.user.id),
            token: self.principal.token.as_ref().map(|token| token.id),
            actor: self.principal.identity.user.email.clone(),
            ip: self.ip.clone(),
        }
    }
}

fn denied(wanted: Permission) -> ApiError {
    ApiError::new(
        ErrorCode::PermissionDenied,
        format!("This needs the permission `{wanted}`. Ask an owner or administrator for a role or token that has it."),
    )
}

fn no_organization() -> ApiError {
    ApiError::new(
        ErrorCode::OrganizationRequired,
        "You are no member of this organization. GET /api/v1/organizations lists yours; name one in `Faena-Organization`.",
    )
}
