//! What the author signs, and `signature.json`, which carries it: a DSSE envelope (the format of in-toto and sigstore)
//! with one Ed25519 signature.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use ed25519_dalek::{Signature, Signer, SigningKey};
use semver::Version;
use serde::{Deserialize, Serialize};

use super::digest::Digest;
use super::error::PackageError;
use crate::signing_key::key_id;
use crate::{AbiRange, KeyId, ModuleName};

const PAYLOAD_TYPE: &str = "application/vnd.faena.statement.v1+json";
const FORMAT: &str = "faena-package-v1";

/// What an author signs about a package. It is written as JSON with the fields in this order and no spaces.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Statement {
    /// Which form of package this is: `faena-package-v1`.
    pub format: String,
    /// Name of the module.
    pub name: ModuleName,
    /// Version of the module.
    pub version: Version,
    /// Versions of the host ABI that it runs on.
    pub abi: AbiRange,
    /// Digest of the content.
    pub digest: Digest,
    /// Digest of the component.
    pub component: Digest,
    /// Key that signs.
    pub key_id: KeyId,
}

impl Statement {
    /// The statement over some content.
    pub(super) fn new(module: &crate::Module, digest: Digest, component: Digest, key_id: KeyId) -> Self {
        let (name, version, abi) = (module.name.clone(), module.version.clone(), module.abi.clone());
        Self { format: FORMAT.to_owned(), name, version, abi, digest, component, key_id }
    }

    /// Refuses this statement, made by an author, where it differs from `actual`, made of the content.
    pub(super) fn check(&self, actual: &Self) -> Result<(), PackageError> {
        let differs = [
            ("format", self.format != actual.format),
            ("name", self.name != actual.name),
            ("version", self.version != actual.version),
            ("ABI range", self.abi != actual.abi),
            ("component", self.component != actual.component),
            ("content", self.digest != actual.digest),
            ("key id", self.key_id != actual.key_id),
        ];
        match differs.iter().find(|(_, differs)| *differs) {
            Some((what, _)) => Err(PackageError::Statement(what)),
            None => Ok(()),
        }
    }
}

/// A statement with its signature.
pub(super) struct Signed {
    pub(super) statement: Statement,
    /// The exact bytes that the signature is over.
    pub(super) bytes: Vec<u8>,
    pub(super) signature: Signature,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
struct Dsse {
    payload: String,
    payload_type: String,
    signatures: [DsseSignature; 1],
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct DsseSignature {
    keyid: KeyId,
    sig: String,
}

/// Makes `signature.json`.
pub(super) fn sign(statement: &Statement, key: &SigningKey) -> Result<String, PackageError> {
    let payload = json(statement)?;
    let sig = STANDARD.encode(key.sign(&pre_authentication(payload.as_bytes())).to_bytes());
    json(&Dsse {
        payload: STANDARD.encode(payload),
        payload_type: PAYLOAD_TYPE.to_owned(),
        signatures: [DsseSignature { keyid: key_id(&key.verifying_key()), sig }],
    })
}

/// Reads `signature.json`, which has exactly the form that [`sign`] writes.
pub(super) fn parse(text: &str) -> Result<Signed, PackageError> {
    let refuse = |_| PackageError::SignatureForm("it is not an envelope with one signature");
    let dsse: Dsse = serde_json::from_str(text).map_err(refuse)?;
    if json(&dsse)? != text || dsse.payload_type != PAYLOAD_TYPE {
        return Err(PackageError::SignatureForm("it is not written in the form of this format"));
    }
    let Dsse { payload, signatures: [DsseSignature { keyid, sig }], .. } = dsse;
    let payload = STANDARD.decode(payload).map_err(|_| PackageError::SignatureForm("its payload is not base64"))?;
    let statement: Statement = serde_json::from_slice(&payload)
        .map_err(|_| PackageError::SignatureForm("its payload is not a statement about a package"))?;
    if json(&statement)?.as_bytes() != payload || keyid != statement.key_id {
        return Err(PackageError::SignatureForm("its statement is not written in the form of this format"));
    }
    let signature = STANDARD.decode(sig).ok().and_then(|bytes| Signature::from_slice(&bytes).ok());
    let signature = signature.ok_or(PackageError::SignatureForm("its signature is not 64 bytes in base64"))?;
    Ok(Signed { statement, bytes: pre_authentication(&payload), signature })
}

/// DSSE's encoding of what is signed, which binds the type to the payload.
fn pre_authentication(payload: &[u8]) -> Vec<u8> {
    let mut bytes = format!("DSSEv1 {} {PAYLOAD_TYPE} {} ", PAYLOAD_TYPE.len(), payload.len()).into_bytes();
    bytes.extend_from_slice(payload);
    bytes
}

fn json(value: &impl Serialize) -> Result<String, PackageError> {
    serde_json::to_string(value).map_err(|error| PackageError::Write(error.into()))
}
