#!/usr/bin/env bash
# Builds Rust's standard library for wasm32-wasip2 from the distribution's source packages, for
# machines where rustup's server is out of reach. Nothing is installed into the system: apt gets
# a view of its own (sources, lists, archives) in the cache folder, and packages are only unpacked.
#   scripts/wasm-std.sh
# Settings: FLUX_CACHE (default ~/.cache/flux), FLUX_APT_SUITES (suites to look in, in order).
set -euo pipefail

target=wasm32-wasip2
version=$(rustc -vV | sed -n 's/^release: //p')
sysroot=$(rustc --print sysroot)
cache=${FLUX_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/flux}/wasm-std/$version
tried=()

say() { printf 'wasm-std: %s\n' "$*"; }
fail() {
  printf 'error: %s\n' "$1" >&2
  shift
  for hint in "$@"; do printf 'hint: %s\n' "$hint" >&2; done
  exit 1
}
ways_out() {
  fail "$1" \
    "where rustup's server can be reached: rustup target add $target" \
    "a mirror of rustup's server: set RUSTUP_DIST_SERVER to it and run scripts/setup.sh again" \
    "a suite that has rust-src $version: FLUX_APT_SUITES=\"<suite> ...\" scripts/wasm-std.sh" \
    "another machine's $target of rustc $version: copy its lib/rustlib/$target into $sysroot/lib/rustlib/"
}

# The key file that the configuration names for the mirror; none: the machine's trusted keys.
find_key() {
  {
    cat /etc/apt/sources.list.d/*.sources 2>/dev/null |
      awk -v RS= -v mirror="$1" 'index($0, mirror)' | sed -n 's/^Signed-By: *\(\/.*\)/\1/p'
    cat /etc/apt/sources.list /etc/apt/sources.list.d/*.list 2>/dev/null |
      grep -F "$1" | sed -n 's/.*signed-by=\([^] ]*\).*/\1/p'
  } | head -n 1 || true
}

# The mirror, its key and the suites come from the machine's own apt configuration.
find_mirror() {
  command -v apt-get >/dev/null && command -v dpkg >/dev/null ||
    ways_out "no apt here: the fallback needs Debian or Ubuntu"
  # shellcheck source=/dev/null
  . /etc/os-release
  # Options of apt's own format language, not shell variables.
  # shellcheck disable=SC2016
  mirror=$(apt-get indextargets --format '$(RELEASE)|$(COMPONENT)|$(REPO_URI)' |
    awk -F'|' -v release="${VERSION_CODENAME:-}" '$1 == release && $2 == "main" { print $3; exit }')
  [ -n "$mirror" ] || ways_out "apt has no source for '${VERSION_CODENAME:-?} main' (looked in /etc/apt/sources.list*)"
  signed_by=$(find_key "${mirror%/}")
  local own=$VERSION_CODENAME
  case ${ID:-} in
    ubuntu) components="main universe" suites="$own-updates $own devel" ;;
    *) components="main" suites="$own-backports stable-backports stable testing unstable" ;;
  esac
  suites=${FLUX_APT_SUITES:-$suites}
  say "mirror: $mirror (from this machine's apt configuration)"
}

# apt-get, seeing one suite, with the machine's proxy and key settings and no effect on its state.
apt_view() {
  local view=$1
  shift
  apt-get -q=1 \
    -o Dir::Etc::sourcelist="$view/sources.list" -o Dir::Etc::sourceparts=/dev/null \
    -o Dir::Etc::preferences=/dev/null -o Dir::Etc::preferencesparts=/dev/null \
    -o Dir::State::lists="$view/lists" -o Dir::Cache="$view/cache" \
    -o Acquire::Retries=2 -o Acquire::http::Timeout=20 -o Acquire::https::Timeout=20 "$@"
}

open_view() {
  local suite=$1 view=$2 options
  mkdir -p "$view/lists/partial" "$view/cache/archives/partial"
  options="arch=$(dpkg --print-architecture)"
  [ -z "$signed_by" ] || options="$options signed-by=$signed_by"
  printf 'deb [%s] %s %s %s\n' "$options" "$mirror" "$suite" "$components" >"$view/sources.list"
  apt_view "$view" -o APT::Update::Error-Mode=any update >"$view/update.log" 2>&1
}

# Versions of a package in a view, newest first.
versions() {
  apt-cache -o Dir::Etc::sourcelist="$1/sources.list" -o Dir::Etc::sourceparts=/dev/null \
    -o Dir::State::lists="$1/lists" -o Dir::Cache="$1/cache" -o Dir::State::status=/dev/null \
    show --no-all-versions "$2" 2>/dev/null | sed -n 's/^Version: //p' || true
}

unpack() {
  local view=$1 package=$2 wanted=$3 folder=$4
  say "unpacking $package $wanted"
  rm -rf "$view/debs" "$folder.part"
  mkdir -p "$view/debs"
  (cd "$view/debs" && apt_view "$view" download "$package=$wanted" >>"$view/download.log" 2>&1) ||
    { tail -n 5 "$view/download.log" >&2; return 1; }
  dpkg -x "$view"/debs/*.deb "$folder.part"
  rm -rf "$folder" "$view/debs"
  mv "$folder.part" "$folder"
}

library_folder() {
  local root
  # The toolchain's own component rust-src, where it is installed, is of the right version by itself.
  for root in "$sysroot/lib/rustlib/src/rust/library" "$cache/rust-src/usr/src"/rustc-*/library; do
    [ -f "$root/sysroot/Cargo.toml" ] && readlink -f "$root" && return 0
  done
  return 1
}

libc_folder() {
  local start
  start=$(find "$cache/wasi-libc" -path "*/$target/crt1-reactor.o" 2>/dev/null | sort | head -n 1)
  [ -z "$start" ] || dirname "$start"
}

# Takes from one suite what is still missing; true when both packages are there.
take_from() {
  local suite=$1 view=$cache/view-$1 found wasi package
  if ! open_view "$suite" "$view"; then
    tried+=("$suite: $(grep -E '^(E|W|Err)' "$view/update.log" | head -n 1 | cut -c1-160)")
    say "${tried[-1]}"
    return 1
  fi
  # Ubuntu packages each compiler under its own name as well.
  for package in rust-src "rust-${version%.*}-src"; do
    library_folder >/dev/null && break
    found=$(versions "$view" "$package" | head -n 1)
    case $found in
      "$version"[+~-]*) unpack "$view" "$package" "$found" "$cache/rust-src" || true ;;
      *) tried+=("$suite: $package is ${found:-absent}") && say "${tried[-1]}" ;;
    esac
  done
  # Only with a source at hand: an old suite's wasi-libc would be taken for nothing.
  if library_folder >/dev/null && [ -z "$(libc_folder)" ]; then
    wasi=$(versions "$view" wasi-libc | head -n 1)
    [ -z "$wasi" ] || unpack "$view" wasi-libc "$wasi" "$cache/wasi-libc" || true
    [ -n "$(libc_folder)" ] || { tried+=("$suite: wasi-libc ${wasi:-absent}, no $target in it") && say "${tried[-1]}"; }
  fi
  library_folder >/dev/null && [ -n "$(libc_folder)" ]
}

get_sources() {
  if library_folder >/dev/null && [ -n "$(libc_folder)" ]; then
    say "sources are in $cache already"
    return 0
  fi
  find_mirror
  local suite
  for suite in $suites; do
    say "looking in $suite"
    if take_from "$suite"; then return 0; fi
  done
  printf 'tried: %s\n' "${tried[@]:-nothing}" >&2
  ways_out "no suite of $mirror has both rust-src $version (exactly rustc's version) and wasi-libc with $target"
}

build() {
  say "building the standard library with $(rustc --version) (about a minute)"
  local library libc
  library=$(library_folder)
  libc=$(libc_folder)
  mkdir -p "$cache/build"
  # From the cache folder: no cargo configuration of a checkout applies, and neither does the one in
  # the source package, whose vendored crates the distribution changed (their checksums do not fit).
  # The crates come from the configured registry, at the versions and checksums of library/Cargo.lock.
  (
    cd "$cache/build"
    unset CARGO_ENCODED_RUSTFLAGS CARGO_BUILD_TARGET RUSTC_WRAPPER
    RUSTC_BOOTSTRAP=1 CARGO_TARGET_DIR="$cache/build" \
      RUSTFLAGS="-Zforce-unstable-if-unmarked -Cembed-bitcode=yes -Copt-level=3 -Zunstable-options -Lnative=$libc" \
      cargo build --release --locked --manifest-path "$library/sysroot/Cargo.toml" --target "$target" \
      --features "panic-unwind backtrace compiler-builtins-mem"
  ) || ways_out "the standard library did not build (the messages are above; sources: $library)"
}

# Made beside its final place and renamed, so an interrupted run leaves no half of a target behind.
install_target() {
  local libc dest=$sysroot/lib/rustlib/$target part
  libc=$(libc_folder)
  part=$dest.part
  rm -rf "$part" 2>/dev/null || true
  trap 'rm -rf "$sysroot/lib/rustlib/$target.part"' EXIT
  mkdir -p "$part/lib/self-contained" ||
    fail "cannot write to $sysroot/lib/rustlib" "run scripts/setup.sh as the user who owns the toolchain"
  cp "$cache/build/$target/release/deps"/*.rlib "$part/lib/"
  cp "$libc/crt1-command.o" "$libc/crt1-reactor.o" "$libc/libc.a" "$part/lib/self-contained/"
  rm -rf "$dest"
  mv "$part" "$dest"
  rm -rf "$cache/build"
  say "installed into $dest"
}

mkdir -p "$cache"
get_sources
build
install_target
