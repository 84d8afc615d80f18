#!/usr/bin/env bash
# What `make bench-languages` runs: builds `orders` in every language, then measures size, start and one
# request of each, and prints the table of docs/languages.md. Takes some minutes; close what else runs.
#
# `build` is what a developer waits after a change of one file, the check of the component included: tools
# and dependencies are there, the compilers' own caches are warm. The change is a line of comment at the end,
# since compilers that look at contents would not compile again; it is taken back.
# LANGUAGES chooses some of: rust go python typescript assemblyscript.
set -euo pipefail
cd "$(dirname "$0")/.."

: "${CARGO:=cargo}" "${LANGUAGES:=rust go python typescript assemblyscript}"
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

# Takes the change back, also after an interrupt.
restore() { if [ -n "$edited" ]; then cat "$original" > "$edited"; edited=; fi; }

build() { "$FLUX" build --force "guests/orders_$1" -o "$OUT/orders_$1.wasm" >/dev/null; }

# Sets `seconds`.
build_changed() {
  local file comment='//' began ended
  file=$(changed "$1")
  if [ "$1" = python ]; then comment='#'; fi
  cat "$file" > "$original"
  edited=$file
  echo "$comment $(date +%s%N)" >> "$file"
  began=$(date +%s.%N)
  build "$1"
  ended=$(date +%s.%N)
  restore
  seconds=$(awk "BEGIN { print $ended - $began }")
}

# Assigned first: a failure inside eval's argument would pass unseen.
variables=$(scripts/languages.sh)
eval "$variables"
edited='' original=$(mktemp)
trap 'restore; rm -f "$original"' EXIT
uptime
"$CARGO" build --release --locked -p flux-cli -p flux-benches --bins
measured=()
for language in $LANGUAGES; do
  # Once for tools and dependencies.
  build "$language"
  build_changed "$language"
  measured+=("$language" "$OUT/orders_$language.wasm" "$seconds")
done
"$CARGO_TARGET_DIR/release/languages" "${measured[@]}"
