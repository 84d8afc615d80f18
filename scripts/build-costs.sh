#!/usr/bin/env bash
# What costs most to build: CPU seconds of rustc by crate, for the release build of `make demo` from nothing. CPU time does
# not depend on what else the machine does, so the figures of two machines can be compared. C code is not in them.
#   scripts/build-costs.sh [ROWS]
set -euo pipefail

# As cargo's RUSTC_WRAPPER: runs rustc, and writes a line with what it took.
if [ -n "${FLUX_BUILD_COSTS:-}" ]; then
  TIMEFORMAT="${CARGO_PKG_NAME:-cargo-asks-rustc} %U %S"
  { time "$@" 2>&3; } 3>&2 2>> "$FLUX_BUILD_COSTS"
  exit 0
fi

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
variables=$("$here/v8.sh")
eval "$variables"
FLUX_BUILD_COSTS=$folder/costs RUSTC_WRAPPER=$here/build-costs.sh CARGO_TARGET_DIR=$folder/target \
  "$here/build.sh" -p flux-cli -p flux-payments --bins ${FLUX_FEATURES:+--features flux-cli/v8}
awk -v rows="${1:-25}" '
  { seconds[$1] += $2 + $3; all += $2 + $3 }
  END {
    printf "%.0f s of rustc in %d crates\n", all, length(seconds)
    order = "sort -rn | head -n " rows
    for (crate in seconds) printf "%7.1f s %5.1f %%  %s\n", seconds[crate], 100 * seconds[crate] / all, crate | order
    close(order)
  }' "$folder/costs"
