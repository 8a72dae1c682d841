//! Logging in, and who one is.

use faena_contract::api::{Login, Me, Refresh, Tokens};
use reqwest::Method;

use crate::{Call, Client};

impl Client {
    /// `POST /auth/login`.
    pub fn login(&self, login: &Login) -> Call<Tokens> {
        self.api(Method::POST, &["auth", "login"]).json(login)
    }

    /// `POST /auth/refresh`: new tokens for a refresh token, which works once.
    pub fn refresh(&self, refresh: &Refresh) -> Call<Tokens> {
        self.api(Method::POST, &["auth", "refresh"]).json(refresh)
    }

    /// `POST /auth/logout`: ends the session of a refresh token.
    pub fn logout(&self, refresh: &Refresh) -> Call<()> {
        self.api(Method::POST, &["auth", "logout"]).json(refresh)
    }

    /// `GET /auth/me`.
    pub fn me(&self) -> Call<Me> {
        self.api(Method::GET, &["auth", "me"])
    }
}
