#!/usr/bin/env bash
# The whole story on one screen: build, serve, record, look, replay against a changed build.
# Everything it makes is under target/demo; it ends what it starts, also when it fails.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

target=${CARGO_TARGET_DIR:-$PWD/target}
flux=$target/release/flux
demo=$target/demo
started=()

# Ends what this script started, by its id, and waits for it.
finish() {
  for pid in "${started[@]}"; do
    kill "$pid" 2>/dev/null || true
    wait "$pid" 2>/dev/null || true
  done
}
trap finish EXIT

say() { printf '\n\033[1m%s\033[0m\n' "$*"; }

# The first line of a file, once it is there; the program that writes it is $2.
first_line() {
  for _ in $(seq 300); do
    if [ -s "$1" ]; then head -n 1 "$1"; return; fi
    kill -0 "$2" 2>/dev/null || break
    sleep 0.1
  done
  echo "error: nothing came in $1" >&2
  return 1
}

# One request, without curl: METHOD PATH BODY. Prints status and body.
request() {
  local host=${base#http://} status
  exec 3<>"/dev/tcp/${host%:*}/${host#*:}"
  printf '%s %s HTTP/1.1\r\nhost: demo\r\nauthorization: Bearer demo-token\r\ncontent-type: application/json\r\ncontent-length: %s\r\nconnection: close\r\n\r\n%s' \
    "$1" "$2" "${#3}" "$3" >&3
  read -r _ status _ <&3
  printf '  %-4s %-20s -> %s  ' "$1" "$2" "${status%$'\r'}"
  # Past the head, which ends with an empty line.
  while IFS= read -r line <&3 && [ "$line" != $'\r' ]; do :; done
  printf '%s\n' "$(cut -c -100 <&3)"
  exec 3>&-
}

say "1. Build the command, the payment endpoint and two builds of the guest"
variables=$(scripts/v8.sh)
eval "$variables"
scripts/build.sh -p flux-cli -p flux-payments --bins ${FLUX_FEATURES:+--features flux-cli/v8}
rm -rf "$demo" && mkdir -p "$demo"
"$flux" build guests/orders_rust -o "$demo/orders.wasm"
"$flux" build guests/orders_rust -o "$demo/changed.wasm" --features changed
sed 's|^source = .*|source = "orders.wasm"|' guests/orders_rust/flux.toml > "$demo/flux.toml"
cp -r guests/orders_rust/migrations "$demo/"

say "2. Serve it: SQLite, a queue, every execution recorded"
"$target/release/payments" > "$demo/payments.txt" & started+=($!)
FLUX_CONFIG_PAYMENTS_URL=$(first_line "$demo/payments.txt" $!)
export FLUX_CONFIG_PAYMENTS_URL
"$flux" -C "$demo" run --json --listen 127.0.0.1:0 --admin 127.0.0.1:0 > "$demo/run.txt" & started+=($!)
base=$(first_line "$demo/run.txt" $! | sed 's/.*"http":"\([^"]*\)".*/\1/')
echo "orders on $base"

say "3. Real requests, some of them failing"
request PUT /prices/mug '{"cents":1250}'
request POST /orders '{"sku":"mug","quantity":1,"email":"ada@example.com"}'
request POST /orders '{"sku":"mug","quantity":3,"email":"grace@example.com"}'
request POST /orders '{"sku":"mug","quantity":1,"email":"broke@example.com"}'
request POST /orders '{"sku":"teapot","quantity":1,"email":"alan@example.com"}'
request POST /orders '{"sku":"mug","quantity":0,"email":"nobody"}'
request GET '/orders?limit=5' ''

# A graceful end ships every record; the receipts' jobs are done or wait for the next start.
kill "${started[1]}"; wait "${started[1]}"

say "4. flux tail: what happened, with no instrumentation in the guest"
"$flux" -C "$demo" tail | column -t -s $'\t' 2>/dev/null || "$flux" -C "$demo" tail

say "5. flux trace: the order of three mugs, call by call"
three=$("$flux" -C "$demo" tail --json | grep '"name":"POST /orders"' | sed -n 2p | sed 's/.*"id":"\([^"]*\)".*/\1/')
"$flux" -C "$demo" trace "$three"

say "6. flux replay: with the databases moved away and the payment endpoint stopped"
mv "$demo/.flux/data" "$demo/.flux/data.away"
kill "${started[0]}"; wait "${started[0]}" 2>/dev/null || true
started=()
"$flux" -C "$demo" replay --last 20

say "7. flux replay --against: the changed build, before it gets traffic"
status=0
"$flux" -C "$demo" replay --last 20 --against "$demo/changed.wasm" || status=$?
[ "$status" = 1 ] || { echo "error: expected exit status 1, a divergence, and got $status" >&2; exit 1; }

if [ -n "${FLUX_FEATURES:-}" ] && command -v npm > /dev/null; then
  say "8. flux replay --against: the same shop in TypeScript, on V8"
  "$flux" build guests/orders_typescript --engine v8 -o "$demo/orders.js"
  "$flux" -C "$demo" replay --last 20 --against "$demo/orders.js"
fi

say "Done. It charges one mug for three: the replay says so, with no IO, at call 1."
echo "Look further: $flux -C $demo tail"
