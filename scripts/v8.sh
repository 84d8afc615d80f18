#!/usr/bin/env bash
# Whether this machine can have the engine V8: the crate `v8` links an archive that its build script
# downloads, or that RUSTY_V8_ARCHIVE names. Where it can, prints the line that chooses the feature:
#   eval "$(scripts/v8.sh)"      sets FLUX_FEATURES=v8
# Where it cannot, says so and prints nothing; everything else builds and passes without it.
# Settings: FLUX_V8=off leaves it out; RUSTY_V8_ARCHIVE, RUSTY_V8_MIRROR as the crate has them.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

say() { printf 'v8: %s\n' "$*" >&2; }
with() {
  say "$1"
  echo 'export FLUX_FEATURES=v8'
  exit 0
}

[ "${FLUX_V8:-}" != off ] || { say "left out, as FLUX_V8=off asks"; exit 0; }
archive=${RUSTY_V8_ARCHIVE:-}
[ -z "$archive" ] || [ ! -f "$archive" ] || with "the archive that RUSTY_V8_ARCHIVE names"

# As the crate's build script puts it together; what it has downloaded before it does not ask for again.
version=$(sed -n '/^name = "v8"$/{n;s/version = "\(.*\)"/\1/p}' Cargo.lock)
base=${RUSTY_V8_MIRROR:-https://github.com/denoland/rusty_v8/releases/download}
target=$(rustc -vV | sed -n 's/^host: //p')
url=$base/v$version/librusty_v8_simdutf_release_$target.a.gz
kept=${CARGO_HOME:-$HOME/.cargo}/.rusty_v8/$(printf '%s' "$url" | tr -c 'a-zA-Z0-9' '_')
[ ! -f "$kept" ] || with "the archive in $kept"
if command -v curl >/dev/null && curl -sfIL --max-time 20 -o /dev/null "$url"; then
  with "the archive of v8 $version can be downloaded"
fi
say "NOT BUILT: the archive of v8 $version cannot be downloaded here, and RUSTY_V8_ARCHIVE names none"
