//! Modules: on the installation (`platform_...`) and in the caller's organization.

use std::time::Duration;

use faena_contract::api::{Activation, EnableModule, Module, Page, SetActivation};
use reqwest::Method;

use crate::{Call, Client};

/// Publishing checks signature, schemas and component before it answers.
const PUBLISH: Duration = Duration::from_secs(120);

impl Client {
    /// `POST /platform/modules`: publishes a package.
    pub fn publish_module(&self, package: Vec<u8>) -> Call<Module> {
        self.api(Method::POST, &["platform", "modules"])
            .bytes("application/vnd.faena.package", package)
            .timeout(PUBLISH)
    }

    /// `GET /platform/modules`.
    pub fn platform_modules(&self) -> Call<Page<Module>> {
        self.api(Method::GET, &["platform", "modules"])
    }

    /// `GET /platform/modules/{name}`.
    pub fn platform_module(&self, name: &str) -> Call<Module> {
        self.api(Method::GET, &["platform", "modules", name])
    }

    /// `POST /platform/modules/{name}/enable`; with [`Call::wait`] the answer comes when the installation has ended.
    pub fn enable_module(&self, name: &str, enable: &EnableModule) -> Call<Module> {
        self.api(Method::POST, &["platform", "modules", name, "enable"]).json(enable)
    }

    /// `POST /platform/modules/{name}/disable`.
    pub fn disable_module(&self, name: &str) -> Call<Module> {
        self.api(Method::POST, &["platform", "modules", name, "disable"])
    }

    /// `GET /modules`: as the organization sees them.
    pub fn modules(&self) -> Call<Page<Activation>> {
        self.api(Method::GET, &["modules"])
    }

    /// `PUT /modules/{name}/activation`.
    pub fn set_activation(&self, name: &str, activation: &SetActivation) -> Call<Activation> {
        self.api(Method::PUT, &["modules", name, "activation"]).json(activation)
    }
}
