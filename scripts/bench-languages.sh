#!/usr/bin/env bash
# What `make bench-languages` runs: builds `orders` in every language, then measures size, start and one
# request of each, and prints the table of docs/languages.md. Takes some minutes; close what else runs.
#
# `build` is what a developer waits after a change of one file: tools and dependencies are there, the
# compilers' own caches are warm, and Flux's cache of finished components is not used.
# LANGUAGES chooses some: rust go python typescript assemblyscript.
set -euo pipefail
cd "$(dirname "$0")/.."

: "${CARGO:=cargo}" "${LANGUAGES:=rust go python assemblyscript}"
export CARGO_TARGET_DIR="${CARGO_TARGET_DIR:-$PWD/target}"
readonly FLUX="$CARGO_TARGET_DIR/release/flux" OUT="$CARGO_TARGET_DIR/guests"
mkdir -p "$OUT"

# The file that a developer would have changed.
changed() {
  case $1 in
    rust) echo guests/orders_rust/src/prices.rs ;;
    go) echo guests/orders_go/prices.go ;;
    python) echo guests/orders_python/orders/prices.py ;;
    typescript) echo guests/orders_typescript/src/prices.ts ;;
    assemblyscript) echo guests/orders_assemblyscript/assembly/prices.ts ;;
    *) echo "error: no language '$1'" >&2; exit 1 ;;
  esac
}

build() { "$FLUX" build --force "guests/orders_$1" -o "$OUT/orders_$1.wasm" >/dev/null; }

# Assigned first: a failure inside eval's argument would pass unseen.
variables=$(scripts/languages.sh)
eval "$variables"
uptime
"$CARGO" build --release --locked -p flux-cli -p flux-benches --bins
measured=()
for language in $LANGUAGES; do
  # Once for tools and dependencies.
  build "$language"
  touch "$(changed "$language")"
  began=$(date +%s.%N)
  build "$language"
  ended=$(date +%s.%N)
  measured+=("$language" "$OUT/orders_$language.wasm" "$(awk "BEGIN { print $ended - $began }")")
done
"$CARGO_TARGET_DIR/release/languages" "${measured[@]}"
