#!/usr/bin/env bash
# Packs the modules that come with Faena into <folder of the binary>/modules/<name>-<version>.faena. The key is thrown
# away: `faena up` signs them anew with the key of its own data folder.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
faena=${FAENA:-target/release/faena}
out=$(dirname "$faena")/modules
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
"$faena" module keygen "$work/key.pem" >/dev/null
mkdir -p "$work/packed"
pack() { # manifest, component, folder of the schemas
  "$faena" module pack "manifests/$1.toml" --component "modules/target/components/$2.wasm" --root "$3" \
    --key "$work/key.pem" --output "$work/packed" >/dev/null
}
pack commissions commissions modules/commissions
pack probe probe tests/modules/probe
# Only what was packed now is left there: another version of a module would be a second candidate.
rm -rf "$out"
mkdir -p "$out"
mv "$work/packed/"*.faena "$out/"
