//! What this Faena knows and nobody else may: each secret is random, made once, in a file of its own of mode 0600.

use std::collections::BTreeMap;
use std::path::PathBuf;

use anyhow::{Context, Result};
use faena_manifest::{SigningKey, generate_key, private_key_from_pem, private_key_to_pem};
use faena_store::ROLES;

use super::data_dir::DataDir;
use crate::files;

/// The secrets of one data folder.
pub(crate) struct Secrets {
    dir: PathBuf,
}

impl Secrets {
    /// Makes what is missing.
    pub(crate) fn open(dir: &DataDir) -> Result<Self> {
        let secrets = Self { dir: dir.secrets() };
        for key in [secrets.jwt_key_file(), secrets.module_key_file()] {
            if files::read_if_there(&key)?.is_none() {
                files::write_private(&key, &private_key_to_pem(&generate_key()?)?)?;
            }
        }
        Ok(secrets)
    }

    /// The key that signs access tokens.
    pub(crate) fn jwt_key_file(&self) -> PathBuf {
        self.dir.join("jwt.pem")
    }

    /// The development key, which signs modules for this Faena alone.
    pub(crate) fn module_key(&self) -> Result<SigningKey> {
        let path = self.module_key_file();
        private_key_from_pem(&files::read(&path)?).with_context(|| path.display().to_string())
    }

    fn module_key_file(&self) -> PathBuf {
        self.dir.join("modules.pem")
    }

    /// The password of each database role.
    pub(crate) fn role_passwords(&self) -> Result<BTreeMap<&'static str, String>> {
        ROLES.into_iter().map(|role| Ok((role, self.kept(role, || random("", 24))?))).collect()
    }

    /// The API token of the last start.
    pub(crate) fn token(&self) -> Result<Option<String>> {
        self.read("token")
    }

    /// Keeps an API token for the next start.
    pub(crate) fn keep_token(&self, token: &str) -> Result<()> {
        files::write_private(&self.dir.join("token"), token)
    }

    /// The administrator's first password. It is kept only until somebody has seen it: a start that fails half-way must
    /// not leave an administrator whose password nobody knows.
    pub(crate) fn first_password(&self) -> Result<String> {
        self.kept("first-password", || random("", 12))
    }

    /// The first password, if nobody has seen it yet.
    pub(crate) fn unseen_password(&self) -> Result<Option<String>> {
        self.read("first-password")
    }

    /// The modules that were installed by an earlier start: from then on they are the operator's to switch off.
    pub(crate) fn installed_modules(&self) -> Result<Vec<String>> {
        let text = self.read("installed-modules")?.unwrap_or_default();
        Ok(text.lines().map(str::to_owned).collect())
    }

    /// Remembers an installed module.
    pub(crate) fn note_installed(&self, module: &str) -> Result<()> {
        let mut modules = self.installed_modules()?;
        if !modules.iter().any(|known| known == module) {
            modules.push(module.to_owned());
            files::write_private(&self.dir.join("installed-modules"), &modules.join("\n"))?;
        }
        Ok(())
    }

    /// Name and password of a login on somebody else's PostgreSQL, for `client.json`.
    pub(crate) fn client_login(&self) -> Result<(String, String)> {
        let login = self.kept("client-login", || random("faena_client_", 6))?;
        Ok((login, self.kept("client-password", || random("", 24))?))
    }

    fn kept(&self, name: &str, make: impl FnOnce() -> Result<String>) -> Result<String> {
        if let Some(secret) = self.read(name)? {
            return Ok(secret);
        }
        let secret = make()?;
        files::write_private(&self.dir.join(name), &secret)?;
        Ok(secret)
    }

    fn read(&self, name: &str) -> Result<Option<String>> {
        let text = files::read_if_there(&self.dir.join(name))?;
        Ok(text.map(|text| text.trim().to_owned()).filter(|text| !text.is_empty()))
    }
}

/// Forgets the administrator's first password, once it was printed.
pub(crate) fn forget_first_password(data_dir: &std::path::Path) -> Result<()> {
    files::remove(&data_dir.join("secrets").join("first-password"))
}

/// Random bytes of the operating system as hexadecimal digits, behind a prefix.
pub(crate) fn random(prefix: &str, bytes: usize) -> Result<String> {
    let mut random = vec![0; bytes];
    getrandom::fill(&mut random)
        .map_err(|error| anyhow::anyhow!("the operating system gives no random bytes: {error}"))?;
    Ok(format!("{prefix}{}", hex::encode(random)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secrets_are_made_once() {
        let parent = tempfile::tempdir().unwrap();
        let dir = DataDir::open(&parent.path().join("data")).unwrap();
        let (one, two) = (Secrets::open(&dir).unwrap(), Secrets::open(&dir).unwrap());
        assert_eq!(one.role_passwords().unwrap(), two.role_passwords().unwrap());
        assert_eq!(one.module_key().unwrap().to_bytes(), two.module_key().unwrap().to_bytes());
        assert_eq!(one.first_password().unwrap().len(), 24);
        forget_first_password(&dir.path).unwrap();
        assert_eq!(two.unseen_password().unwrap(), None);
        one.note_installed("crm").unwrap();
        one.note_installed("crm").unwrap();
        assert_eq!(two.installed_modules().unwrap(), ["crm"]);
    }
}
