#!/usr/bin/env bash
# What `make bench` runs: Criterion benches, instruction counts, and the side-by-side with
# `wasmtime serve`. Every figure is left under target/bench/. Takes some minutes, the first time
# more: wasmtime is compiled once. Close what else runs on the machine; the load average is printed.
#
# ROUNDS and SECONDS_EACH set the side-by-side; PARTS chooses some of: criterion instructions serve.
set -euo pipefail
cd "$(dirname "$0")/.."

: "${CARGO:=cargo}" "${ROUNDS:=5}" "${SECONDS_EACH:=4}" "${PARTS:=criterion instructions serve}"
export CARGO_TARGET_DIR="${CARGO_TARGET_DIR:-$PWD/target}"
readonly TARGET="$CARGO_TARGET_DIR" OUT="$CARGO_TARGET_DIR/bench"
readonly WASMTIME=48.0.8
mkdir -p "$OUT" "$TARGET/guests"

say() { printf '\n== %s\n' "$*"; }

has() { [[ " $PARTS " == *" $1 "* ]]; }

# The peer, as it comes but for parts that no request passes: no shell completion, profiler, debugger,
# test language, neural networks. Optimisation is the crate's own release profile.
install_wasmtime() {
  if "$TARGET/tools/bin/wasmtime" --version 2>/dev/null | grep -q " $WASMTIME"; then return; fi
  say "installing wasmtime $WASMTIME into $TARGET/tools (once)"
  CARGO_TARGET_DIR="$TARGET/tools/build" "$CARGO" install --locked wasmtime-cli --version "$WASMTIME" \
    --root "$TARGET/tools" --no-default-features \
    --features run,serve,compile,cranelift,pooling-allocator,component-model,component-model-async \
    --features parallel-compilation,cache,config,logging,demangle,addr2line,backtrace,threads,wat,clap/default
}

install_valgrind() {
  if command -v valgrind >/dev/null; then return; fi
  if [[ $EUID -eq 0 ]] && command -v apt-get >/dev/null; then
    say "installing valgrind"
    apt-get install -y valgrind >/dev/null || { apt-get update && apt-get install -y valgrind; } >/dev/null
  else
    echo "error: valgrind is not installed, and instructions cannot be counted" >&2
    echo "hint: sudo apt-get install valgrind, or PARTS='criterion serve' make bench" >&2
    exit 1
  fi
}

guest() { "$TARGET/release/flux" build "guests/$1" -o "$TARGET/guests/$2.wasm"; }

build() {
  say "building flux, benches and guests"
  # Together, here and below: with the same features of every dependency, each is compiled once.
  "$CARGO" build --release --locked -p flux-cli -p flux-benches --bins
  guest hello_rust hello
  guest hello_wasi_rust hello_wasi
  guest orders_rust orders
}

criterion() {
  for bench in boundary encoding replay; do
    say "criterion: $bench"
    "$CARGO" bench --locked -p flux-cli -p flux-benches --bench "$bench" -- --noplot | tee "$OUT/$bench.txt"
  done
}

# The instructions of one run; everything else it prints is not wanted.
count() {
  valgrind --tool=callgrind --callgrind-out-file=/dev/null "$TARGET/release/instructions" "$@" 2>&1 |
    awk '/Collected/ { print $4 }'
}

# (count(2N) - count(N)) / N: what is done once is in both.
per_call() {
  local once twice n=2000
  once=$(count "$1" "$2" $n)
  twice=$(count "$1" "$2" $((2 * n)))
  echo $(((twice - once) / n))
}

instructions() {
  local call live memory spool replaying
  printf '%-18s %9s %17s %9s %16s %9s %10s\n' \
    call live 'recording,memory' adds 'recording,spool' adds replaying
  for call in 'kv.get 64 B' 'kv.get 4 KiB' 'db.query one row'; do
    live=$(per_call "$call" live)
    memory=$(per_call "$call" memory)
    spool=$(per_call "$call" spool)
    replaying=$(per_call "$call" replaying)
    printf '%-18s %9d %17d %9d %16d %9d %10d\n' \
      "$call" "$live" "$memory" $((memory - live)) "$spool" $((spool - live)) "$replaying"
  done
  echo "target: kv.get 64 B adds <= 2500"
  echo
  "$TARGET/release/instructions" bytes
  echo "target: rest (bytes of a call in the journal, less what guest and back end gave) <= 48"
}

uptime
install_wasmtime
build
if has criterion; then criterion; fi
if has instructions; then
  install_valgrind
  say "instructions per call at the boundary (callgrind)"
  instructions | tee "$OUT/instructions.txt"
fi
if has serve; then
  say "side by side: flux run and wasmtime serve"
  "$TARGET/release/side_by_side" --rounds "$ROUNDS" --seconds "$SECONDS_EACH"
fi
say "all figures are in $OUT"
