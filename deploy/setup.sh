#!/usr/bin/env bash
# Installs what Faena needs and this machine lacks: PostgreSQL (15 or newer), Redis, a C compiler, and a way to build
# modules for WebAssembly. It says what it installs and why before it does so, starts and enables no service, and changes
# nothing on a machine that has everything.
#
# usage: deploy/setup.sh        as root, or as a user who may use sudo
set -euo pipefail
umask 022

OLDEST_RUST=1.95
OLDEST_POSTGRES=15
# rustc-web of older Debian releases cannot build the standard library that the modules are linked with.
OLDEST_RUSTC_WEB=1.90
TARGET=wasm32-unknown-unknown
POLICY=/usr/sbin/policy-rc.d
CLUSTER_CONF=/etc/postgresql-common/createcluster.conf
MARK="written by Faena's deploy/setup.sh"

say() { echo "setup: $*"; }
fail() { say "$@" >&2; exit 1; }

main() {
  # A shell that is not a login shell often lacks it.
  PATH=$PATH:${CARGO_HOME:-$HOME/.cargo}/bin
  sudo=()
  [ "$(id -u)" -eq 0 ] || sudo=(sudo)
  # A run that was killed could not put things back.
  unguard
  check_rust
  packages=()
  want_postgres
  want_redis
  want_compiler
  want_wasm
  if [ ${#packages[@]} -eq 0 ]; then
    say "everything is installed"
    return
  fi
  install_packages
  say "done"
}

# --- What is missing ---------------------------------------------------------------------------------------------------

# Debian's rustc is too old and rustup is not packaged everywhere, so Rust is not installed from here.
check_rust() {
  local version
  version=$(rustc --version 2>/dev/null | cut -d' ' -f2) || true
  [ -n "$version" ] || fail "Rust is missing. Install $OLDEST_RUST or newer from https://rustup.rs and run this again."
  at_least "$version" "$OLDEST_RUST" \
    || fail "Rust $version is too old, $OLDEST_RUST is the oldest that builds Faena. Run: rustup update stable"
}

want_postgres() {
  local program
  for program in "$(command -v postgres || true)" /usr/lib/postgresql/*/bin/postgres "$(pg_config --bindir 2>/dev/null || true)/postgres"; do
    [ -x "$program" ] && [ -x "$(dirname "$(readlink -f "$program")")/initdb" ] || continue
    at_least "$("$program" --version | sed 's/.*) \([0-9]*\).*/\1/')" "$OLDEST_POSTGRES" && return
  done
  want "the database, which Faena starts as a private server of its own" postgresql
}

want_redis() {
  command -v redis-server >/dev/null || [ -x /usr/bin/redis-server ] \
    || want "the transport of jobs, which Faena starts as a private server of its own" redis-server
}

# Tried, not looked up: a compiler without the C library's headers builds nothing.
want_compiler() {
  echo '#include <stdio.h>' | cc -x c -c -o /dev/null - 2>/dev/null \
    || want "compiles the C parts of some Rust libraries (zstd, ring)" gcc libc6-dev
  command -v make >/dev/null || want "runs the project's tasks" make
}

# What deploy/build-modules.sh looks for, in the same order.
want_wasm() {
  has_target || has_library_source && return
  if command -v rustup >/dev/null; then
    say "adding the Rust target $TARGET: modules are compiled to WebAssembly"
    RUST_BACKTRACE=0 timeout 90 rustup target add "$TARGET" && has_target && return
    say "rustup cannot add the target here, falling back to the distribution's packages"
  fi
  want "a compiler with the source of its library, to build the modules' standard library once" rustc-web rust-web-src
}

has_target() { compgen -G "$(rustc --print target-libdir --target "$TARGET" 2>/dev/null)/libstd-*.rlib" >/dev/null; }

has_library_source() {
  local compiler
  for compiler in "${FAENA_WASM_RUSTC:-}" "$(rustup which rustc 2>/dev/null || true)" /usr/bin/rustc; do
    [ -n "$compiler" ] && [ -x "$compiler" ] || continue
    [ -f "$("$compiler" --print sysroot)/lib/rustlib/src/rust/library/std/Cargo.toml" ] && return
  done
  return 1
}

# Notes packages, with the reason.
want() {
  say "missing: ${*:2} ($1)"
  packages+=("${@:2}")
}

# Whether version $1 is at least $2.
at_least() { [ "$(printf '%s\n%s\n' "$2" "$1" | sort -V | head -n1)" = "$2" ]; }

# --- Installing --------------------------------------------------------------------------------------------------------

install_packages() {
  command -v apt-get >/dev/null || fail "this machine has no apt-get. Install with its own package manager what is listed
       above: PostgreSQL $OLDEST_POSTGRES or newer with initdb, Redis 7, a C compiler, make; then run: rustup target add $TARGET"
  [ ${#sudo[@]} -eq 0 ] || command -v sudo >/dev/null || fail "run this as root: apt-get install ${packages[*]}"
  say "installing ${packages[*]}"
  apt_get update || say "apt-get update failed in parts, going on with what is known"
  check_candidates
  # Also when we are interrupted: the machine must not be left unable to start services.
  trap unguard EXIT
  trap 'exit 130' INT TERM
  guard
  if wanted postgresql; then
    apt_get install -y --no-install-recommends --no-remove postgresql-common
    forbid_cluster
  fi
  apt_get install -y --no-install-recommends --no-remove "${packages[@]}"
  # The package enables it for the next boot.
  if wanted redis-server && command -v systemctl >/dev/null; then
    "${sudo[@]}" systemctl disable redis-server >/dev/null 2>&1 || say "could not disable the service redis-server"
  fi
}

apt_get() { "${sudo[@]}" env DEBIAN_FRONTEND=noninteractive apt-get -q -o DPkg::Lock::Timeout=300 "$@"; }

wanted() { [[ " ${packages[*]} " == *" $1 "* ]]; }

# Better no installation than one that does not help.
check_candidates() {
  wanted postgresql && check_candidate postgresql "$OLDEST_POSTGRES"
  wanted rustc-web && check_candidate rustc-web "$OLDEST_RUSTC_WEB"
  return 0
}

check_candidate() {
  local candidate
  candidate=$(apt-cache policy "$1" | sed -n 's/ *Candidate: *//p')
  [ -n "$candidate" ] && [ "$candidate" != "(none)" ] || fail "apt-get knows no package $1: install it in another way"
  at_least "${candidate%%[+~-]*}" "$2" || fail "$1 $candidate is too old, $2 is needed: add a newer package source"
}

# Packages ask this file whether they may start their service; 101 means no.
guard() {
  [ ! -e "$POLICY" ] || is_ours "$POLICY" || "${sudo[@]}" mv "$POLICY" "$POLICY.faena-saved"
  printf '#!/bin/sh\n# %s\nexit 101\n' "$MARK" | "${sudo[@]}" tee "$POLICY" >/dev/null
  "${sudo[@]}" chmod 755 "$POLICY"
}

# The package would make a cluster of its own, which nobody here uses.
forbid_cluster() {
  [ -e "$CLUSTER_CONF" ] && ! is_ours "$CLUSTER_CONF" || return 0
  "${sudo[@]}" cp -p "$CLUSTER_CONF" "$CLUSTER_CONF.faena-saved"
  printf '# %s\ncreate_main_cluster = false\n' "$MARK" | "${sudo[@]}" tee "$CLUSTER_CONF" >/dev/null
}

is_ours() { grep -qF "$MARK" "$1" 2>/dev/null; }

# Puts both files back as they were.
unguard() {
  local file
  for file in "$POLICY" "$CLUSTER_CONF"; do
    is_ours "$file" || continue
    "${sudo[@]}" rm -f "$file"
    [ ! -e "$file.faena-saved" ] || "${sudo[@]}" mv "$file.faena-saved" "$file"
  done
}

main "$@"
