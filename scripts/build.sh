#!/usr/bin/env bash
# `cargo build --release --locked`, with a line that says how far it is: a first build compiles hundreds of crates
# before anything else is seen.
#   scripts/build.sh [-p CRATE | --bins | --features LIST]...
# On a terminal the line is renewed in place; elsewhere a new one comes every half a minute.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
cargo=${CARGO:-cargo}

# What `cargo tree` has to know of the arguments to find the same crates.
selection() {
  while [ $# -gt 0 ]; do
    case $1 in
      -p | --features) printf '%s\n%s\n' "$1" "$2" && shift ;;
    esac
    shift
  done
}

count_crates() {
  local chosen
  mapfile -t chosen < <(selection "$@")
  "$cargo" tree --locked -e normal,build --prefix none --format '{p}' "${chosen[@]}" | sed 's/ (.*//' | sort -u | grep -c .
}

# Seconds as people say them.
spell() {
  if [ "$1" -lt 90 ]; then echo "$1 s"; else echo "$((($1 + 30) / 60)) min"; fi
}

# Reads what cargo writes, its messages for programs and those for people mixed, and shows the latter.
follow() {
  local total=$1 line crate name='' there=0 compiled=0 shown=0
  declare -A seen=()
  while IFS= read -r line; do
    case $line in
      '{"reason":"compiler-artifact"'*'"kind":["custom-build"]'*) continue ;;
      '{"reason":"compiler-artifact"'*)
        crate=${line#*'"package_id":"'} crate=${crate%%'"'*}
        [ -z "${seen[$crate]:-}" ] || continue
        seen[$crate]=1
        case $line in *'"fresh":true'*) there=$((there + 1)) ;; *) compiled=$((compiled + 1)) ;; esac
        ;;
      '{"reason":'*) continue ;;
      '   Compiling '*) name=${line#'   Compiling '} name=${name%% (*} ;;
      '    Finished '* | '    Blocking '*) ;;
      *) printf '%s%s\n' "$clear" "$line" >&2 && continue ;;
    esac
    show
  done
  [ "$compiled" = 0 ] || printf '%sbuild: %s crates compiled in %s\n' "$clear" "$compiled" "$(spell "$SECONDS")" >&2
}

# One line, in `follow`'s variables. The time that is left is what the crates so far took, per crate: the last ones are
# larger, so it is no less than that.
show() {
  [ "$compiled" -gt 0 ] || return 0
  [ -n "$clear" ] || [ $((SECONDS - shown)) -ge 30 ] || return 0
  shown=$SECONDS
  local left=$((total - there - compiled)) text
  [ "$left" -gt 0 ] || left=0
  text="build: $((there + compiled)) of $total crates, $(spell "$SECONDS") so far"
  [ "$compiled" -lt 20 ] || text+=", at least $(spell $((SECONDS * left / compiled))) to go"
  [ -z "$name" ] || text+="; now $name"
  if [ -n "$clear" ]; then printf '%s%s' "$clear" "${text:0:$((width - 1))}" >&2; else printf '%s\n' "$text" >&2; fi
}

clear='' width=80
if [ -t 2 ]; then clear=$'\r\033[K' width=$(tput cols 2>/dev/null || echo 80); fi
total=$(count_crates "$@")
if [ ! -e "${CARGO_TARGET_DIR:-target}/release/flux" ]; then
  echo "build: $total crates are compiled once: about 10 minutes on two quiet cores, more on busy ones. Later builds take seconds." >&2
fi
# What is for other systems only is not downloaded.
"$cargo" fetch --locked --target "$(rustc -vV | sed -n 's/^host: //p')"
"$cargo" build --release --locked --message-format=json-render-diagnostics "$@" 2>&1 | follow "$total"
