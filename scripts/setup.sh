#!/usr/bin/env bash
# Makes a Debian or Ubuntu machine that has cargo, git and the package registries ready for Flux:
# a C compiler (SQLite and zstd are compiled from source) and the Rust target of the guests.
# Safe to run again: what is there is left alone.
#   scripts/setup.sh
# Settings: FLUX_CACHE (default ~/.cache/flux), FLUX_RUSTUP_TIMEOUT (seconds, default 60).
set -euo pipefail

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
target=wasm32-wasip2
needed=1.95
cache=${FLUX_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/flux}

say() { printf 'setup: %s\n' "$*"; }
fail() {
  printf 'error: %s\n' "$1" >&2
  shift
  for hint in "$@"; do printf 'hint: %s\n' "$hint" >&2; done
  exit 1
}

check_rust() {
  command -v cargo >/dev/null && command -v rustc >/dev/null ||
    fail "cargo and rustc are not on PATH" "install Rust $needed or newer with rustup"
  local version
  version=$(rustc -vV | sed -n 's/^release: //p')
  [ "$(printf '%s\n%s\n' "$needed" "$version" | sort -V | head -n 1)" = "$needed" ] ||
    fail "rustc is $version, Flux needs $needed or newer" "rustup update stable"
  say "rustc $version"
}

as_root() {
  if [ "$(id -u)" = 0 ]; then
    "$@"
  elif command -v sudo >/dev/null && { [ -t 0 ] || sudo -n true 2>/dev/null; }; then
    sudo "$@"
  else
    return 126
  fi
}

# True when cc links a program: a gcc without the C library's headers does not.
cc_works() {
  command -v cc >/dev/null || return 1
  local folder works=1
  folder=$(mktemp -d "$cache/cc.XXXXXX")
  printf '#include <stdio.h>\nint main(void) { return puts("") < 0; }\n' >"$folder/a.c"
  cc -o "$folder/a" "$folder/a.c" 2>/dev/null && works=0
  rm -rf "$folder"
  return $works
}

check_cc() {
  if cc_works; then
    say "C compiler: $(cc --version | head -n 1)"
    return
  fi
  local packages="gcc libc6-dev"
  say "no working C compiler: installing $packages"
  command -v apt-get >/dev/null || fail "no C compiler, and no apt-get to install one" "install gcc and the C library's headers"
  # shellcheck disable=SC2086 # two words are meant
  as_root apt-get update -q=1 && as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -q=1 --no-install-recommends $packages ||
    fail "the C compiler could not be installed" "sudo apt-get update && sudo apt-get install -y $packages"
  cc_works || fail "cc still does not compile a program" "run: cc --version"
}

has_target() {
  local lib
  lib=$(rustc --print sysroot)/lib/rustlib/$target/lib
  # With a hash in its name from rustup, without one when cargo built it.
  compgen -G "$lib/libstd[-.]*rlib" >/dev/null && [ -f "$lib/self-contained/libc.a" ]
}

# The parts of the toolchain that link a component come with rustc, not with the target.
check_linkers() {
  local host bin tool
  host=$(rustc -vV | sed -n 's/^host: //p')
  bin=$(rustc --print sysroot)/lib/rustlib/$host/bin
  for tool in rust-lld wasm-component-ld; do
    [ -x "$bin/$tool" ] || command -v "$tool" >/dev/null ||
      fail "the Rust toolchain has no $tool, which links $target" \
        "use rustup's toolchain (a distribution's rustc leaves it out), or: cargo install wasm-component-ld"
  done
}

from_archive() {
  local script=$root/../shared/toolchain/install.sh
  [ -x "$script" ] || return 1
  say "$target: from the archive beside this checkout"
  "$script" >/dev/null && has_target
}

from_rustup() {
  local sysroot seconds=${FLUX_RUSTUP_TIMEOUT:-60}
  command -v rustup >/dev/null || { say "$target: no rustup here"; return 1; }
  sysroot=$(rustc --print sysroot)
  # A toolchain from elsewhere would not get the target: rustup would add it to one of its own.
  case $sysroot in
    "${RUSTUP_HOME:-$HOME/.rustup}"/toolchains/*) ;;
    *) say "$target: rustc on PATH is not rustup's ($sysroot)" && return 1 ;;
  esac
  say "$target: rustup target add (at most $seconds s)"
  timeout "$seconds" rustup target add --toolchain "$(basename "$sysroot")" "$target" </dev/null && has_target
}

from_source() {
  say "$target: building it from the distribution's source packages"
  "$root/scripts/wasm-std.sh" && has_target
}

# A small component, so that a broken target shows here and not in the middle of a build.
check_target() {
  local folder
  folder=$(mktemp -d "$cache/probe.XXXXXX")
  # shellcheck disable=SC2016
  printf '#[unsafe(no_mangle)]\npub extern "C" fn probe() { println!("{:?}", std::time::SystemTime::now()); }\n' >"$folder/probe.rs"
  if ! rustc --edition 2024 --crate-type cdylib --target "$target" -o "$folder/probe.wasm" "$folder/probe.rs" 2>"$folder/log"; then
    head -n 20 "$folder/log" >&2
    rm -rf "$folder"
    fail "$target is there but does not link a component" \
      "remove $(rustc --print sysroot)/lib/rustlib/$target and run scripts/setup.sh again"
  fi
  rm -rf "$folder"
}

check_rust
mkdir -p "$cache"
# Two runs at once (make test beside make demo) would write the same target.
exec 9>"$cache/setup.lock"
flock -w 900 9 || fail "another scripts/setup.sh has held $cache/setup.lock for 15 minutes" "end it and run this again"
check_cc
check_linkers
if has_target; then
  say "$target: there"
elif from_archive || from_rustup || from_source; then
  say "$target: added"
else
  fail "the Rust target $target could not be added (each attempt's message is above)" "rustup target add $target"
fi
check_target
say "ready"
