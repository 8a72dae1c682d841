//! `faena module keygen`.

use std::path::PathBuf;

use anyhow::Result;
use faena_contract::ErrorCode;
use faena_manifest::{generate_key, key_id, private_key_to_pem, public_key_to_hex};

use crate::commands::Context;
use crate::failure::Failure;
use crate::files;
use crate::output::{self, Table};

/// Make a key that signs packages
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// File to write the private key to; it must not exist
    file: PathBuf,
}

pub(crate) fn run(context: &Context, args: &Args) -> Result<()> {
    if args.file.exists() {
        let detail = format!("{} exists; a key is never written over.", args.file.display());
        return Err(Failure::new(ErrorCode::FileUnreadable, detail).advise("name another file").into());
    }
    let key = generate_key()?;
    files::write_private(&args.file, &private_key_to_pem(&key)?)?;
    let public = key.verifying_key();
    let value = serde_json::json!({
        "file": args.file,
        "key_id": key_id(&public),
        "public_key": public_key_to_hex(&public),
    });
    context.output.value(&value, |_| {
        let mut facts = Table::facts();
        facts.fact("Private key", format!("{} (keep it secret)", args.file.display()));
        facts.fact("Key id", key_id(&public).to_string());
        facts.fact("Public key", public_key_to_hex(&public));
        output::show(&facts);
    })
}
