#!/usr/bin/env bash
# Builds every module of the modules workspace into a WebAssembly component: modules/target/components/<crate>.wasm
#
# usage: deploy/build-modules.sh [cargo build arguments, for example: -p probe]
#
# Two ways to the standard library for wasm32-unknown-unknown, tried in this order:
#   target   the toolchain has it (rustup target add wasm32-unknown-unknown)
#   sysroot  it is built once, from a rustc whose library source is installed, and cached for later builds
# Either way `cargo build` itself writes components, because the linker is wasm-component-ld, which rustup ships with
# every toolchain. The components import nothing from WASI.
#
# Settings: FAENA_WASM_RUSTC        a rustc with its library source, tried before the others of the second way
#           FAENA_WASM_SYSROOT_DIR  where sysroots are cached (default: ${XDG_CACHE_HOME:-~/.cache}/faena/wasm-sysroot)
set -euo pipefail

TARGET=wasm32-unknown-unknown
ENV_PREFIX=CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN
# The first bytes of a component; a core module has 0d replaced by 01 and no layer.
COMPONENT_HEADER=0061736d0d000100
# Goes into the key of the cache: raise it when the way a sysroot is built changes.
SYSROOT_RECIPE=1

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
workspace=$root/modules
target_dir=$workspace/target
flags=()

say() { echo "build-modules: $*" >&2; }
fail() { say "$@"; exit 3; }

# Waits for the lock file $2 on descriptor $1, and says so if somebody else holds it.
lock() {
  mkdir -p "$(dirname "$2")"
  eval "exec $1>\"\$2\""
  flock -n "$1" || { say "waiting for another build"; flock "$1"; }
}

# Puts wasm-component-ld and wasm-ld on PATH: they lie in the folders of the toolchain that cargo uses by default,
# where the rustc of a distribution does not look.
find_linker() {
  local sysroot host
  sysroot=$(rustc --print sysroot)
  host=$(rustc -vV | sed -n 's/^host: //p')
  export PATH="$sysroot/lib/rustlib/$host/bin/gcc-ld:$sysroot/lib/rustlib/$host/bin:$PATH"
  command -v wasm-component-ld >/dev/null \
    || fail "wasm-component-ld is missing. Use a toolchain of rustup, or run: cargo install wasm-component-ld"
}

has_std() { compgen -G "$(rustc --print target-libdir --target "$TARGET" 2>/dev/null)/libstd-*.rlib" >/dev/null; }

# The first rustc that has the source of its own library. The library must match its compiler exactly.
rustc_with_source() {
  local candidate
  for candidate in "${FAENA_WASM_RUSTC:-}" "$(rustup which rustc 2>/dev/null || true)" /usr/bin/rustc; do
    [ -n "$candidate" ] && [ -x "$candidate" ] || continue
    [ -f "$("$candidate" --print sysroot)/lib/rustlib/src/rust/library/std/Cargo.toml" ] || continue
    echo "$candidate"
    return
  done
  return 1
}

# Builds the standard library with the compiler $1 and puts it into the folder $2.
build_sysroot() {
  local compiler=$1 sysroot=$2 work remap
  say "building the standard library for $TARGET with $("$compiler" -V); once, 1 to 2 minutes"
  work=$(mktemp -d)
  mkdir "$work/src"
  : >"$work/src/lib.rs"
  cat >"$work/Cargo.toml" <<'MANIFEST'
[package]
name = "sysroot"
version = "0.0.0"
edition = "2021"
[workspace]
[profile.release]
opt-level = "s"
panic = "abort"
codegen-units = 1
MANIFEST
  remap="--remap-path-prefix=$("$compiler" --print sysroot)/lib/rustlib/src/rust=/rustc"
  # A fresh target folder each time: leftovers of another build make `core` ambiguous. Without the bitcode, modules
  # could not be linked with LTO.
  (cd "$work" && env RUSTC="$compiler" RUSTC_BOOTSTRAP=1 CARGO_TARGET_DIR="$work/target" \
    "${ENV_PREFIX}_RUSTFLAGS=-Cembed-bitcode=yes $remap" \
    cargo build --release --target "$TARGET" -Zbuild-std=std,panic_abort)
  rm -rf "$sysroot"
  mkdir -p "$sysroot/lib/rustlib/$TARGET/lib"
  cp "$work/target/$TARGET/release/deps/"*.rlib "$sysroot/lib/rustlib/$TARGET/lib/"
  rm -rf "$sysroot/lib/rustlib/$TARGET/lib/"libsysroot* "$work"
  touch "$sysroot/.complete"
}

# Points cargo at a cached sysroot of the compiler $1. The flag reaches the wasm side only, never build scripts and
# procedural macros.
use_sysroot() {
  local compiler=$1 key sysroot
  key=$({ "$compiler" -vV; echo "recipe $SYSROOT_RECIPE"; } | sha256sum | cut -c1-16)
  sysroot=${FAENA_WASM_SYSROOT_DIR:-${XDG_CACHE_HOME:-$HOME/.cache}/faena/wasm-sysroot}/$key
  if [ ! -e "$sysroot/.complete" ]; then
    lock 8 "$sysroot.lock"
    [ -e "$sysroot/.complete" ] || build_sysroot "$compiler" "$sysroot"
    exec 8>&-
  fi
  export RUSTC="$compiler"
  flags+=(--sysroot "$sysroot")
}

choose_std() {
  local compiler
  if has_std; then
    mode="target of $(rustc -V)"
  elif compiler=$(rustc_with_source); then
    use_sysroot "$compiler"
    mode="sysroot of $("$compiler" -V)"
  else
    fail "no standard library for $TARGET. Run: rustup target add $TARGET
               or, where rustup has no targets, as root: apt-get install rustc-web rust-web-src"
  fi
}

# Places in panic messages are relative to the repository or the registry: a message tells nothing about the machine
# that built the module, and two machines build the same bytes.
build() {
  flags+=("--remap-path-prefix=$root/=" "--remap-path-prefix=${CARGO_HOME:-$HOME/.cargo}/registry/src/=")
  local flag list=
  for flag in "${flags[@]}"; do list+="'$flag', "; done
  (cd "$workspace" && cargo --config "target.$TARGET.rustflags=[$list]" build --release --target "$TARGET" "$@")
}

# Copies what is new; each file is replaced in one move, so that a reader never sees half of one.
collect() {
  local components=$target_dir/components file name count=0
  mkdir -p "$components"
  for file in "$target_dir/$TARGET/release/"*.wasm; do
    [ -e "$file" ] || continue
    name=$(basename "$file")
    count=$((count + 1))
    [ "$file" -nt "$components/$name" ] || continue
    [ "$(head -c8 "$file" | od -An -tx1 | tr -d ' \n')" = "$COMPONENT_HEADER" ] \
      || fail "$file is a core module, not a component: does its crate export a world?"
    cp "$file" "$components/.$name.new"
    mv "$components/.$name.new" "$components/$name"
    say "$name, $(stat -c %s "$file") bytes"
  done
  say "$count components in $components ($mode)"
}

[ -f "$workspace/Cargo.toml" ] || fail "$workspace/Cargo.toml is missing"
# These would override the settings below or leak into the build of the standard library.
unset RUSTFLAGS CARGO_ENCODED_RUSTFLAGS RUSTC RUSTC_BOOTSTRAP CARGO_BUILD_TARGET
find_linker
export "${ENV_PREFIX}_LINKER=wasm-component-ld" CARGO_TARGET_DIR="$target_dir"
choose_std
lock 9 "$target_dir/.build-modules.lock"
build "$@"
collect
