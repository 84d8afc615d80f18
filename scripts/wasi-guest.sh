#!/usr/bin/env bash
# Builds a sample of guests/relay_wasi_* with its language's own tools, which know nothing of Flux.
#   scripts/wasi-guest.sh python|js FILE
# The tools come from PyPI and npm in the versions that the sample pins (requirements.txt,
# package-lock.json), into the target folder. Safe to run again: what is there and unchanged is left alone.
# Settings: FLUX_GUEST_TOOLS (default target/guest-tools), PYTHON (default python3).
set -euo pipefail

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
tools=${FLUX_GUEST_TOOLS:-${CARGO_TARGET_DIR:-$root/target}/guest-tools}
guests=$root/guests
python=${PYTHON:-python3}

say() { printf 'wasi-guest: %s\n' "$*"; }
fail() {
  printf 'error: %s\n' "$1" >&2
  shift
  for hint in "$@"; do printf 'hint: %s\n' "$hint" >&2; done
  exit 1
}

# True when the tools in a folder were installed from just these files.
is_installed() {
  local folder=$1
  shift
  cat "$@" | cmp -s - "$folder/.installed"
}

setup_python() {
  local folder=$tools/python pinned=$guests/relay_wasi_python/requirements.txt log
  is_installed "$folder" "$pinned" && return
  command -v "$python" >/dev/null || fail "no $python here" "install Python 3.10 or newer with venv and pip"
  say "componentize-py from PyPI into $folder"
  rm -rf "$folder" && mkdir -p "$folder"
  log=$folder/install.log
  { "$python" -m venv "$folder/venv" && "$folder/venv/bin/pip" install -q -r "$pinned"; } >"$log" 2>&1 ||
    { tail -n 15 "$log" >&2; fail "componentize-py could not be installed" "sudo apt-get install -y python3-venv, if venv is missing"; }
  cp "$pinned" "$folder/.installed"
}

setup_js() {
  local folder=$tools/js from=$guests/relay_wasi_js log
  is_installed "$folder" "$from/package.json" "$from/package-lock.json" && return
  command -v npm >/dev/null && command -v node >/dev/null || fail "no node and npm here" "install Node.js 20 or newer"
  say "componentize-js from npm into $folder"
  rm -rf "$folder" && mkdir -p "$folder"
  log=$folder/install.log
  cp "$from/package.json" "$from/package-lock.json" "$folder/"
  # Not npm ci: it wants the optional packages of every platform in the lock file, and no mirror has them all.
  (cd "$folder" && npm install --no-audit --no-fund) >"$log" 2>&1 ||
    { tail -n 15 "$log" >&2; fail "componentize-js could not be installed" "cd $folder && npm install"; }
  cat "$from/package.json" "$from/package-lock.json" >"$folder/.installed"
}

# From a copy: Python leaves its cache beside what it imports.
build_python() {
  mkdir -p "$tools/python/app"
  cp "$guests/relay_wasi_python/app.py" "$tools/python/app/"
  "$tools/python/venv/bin/componentize-py" -q -d "$guests/wasi.wit" -w proxy \
    componentize app -p "$tools/python/app" -o "$1"
}

# Its JavaScript engine was built against WASI 0.2.10 and exports nothing older.
build_js() {
  local wit=$tools/js/wasi.wit
  sed 's/@0\.2\.0/@0.2.10/g' "$guests/wasi.wit" >"$wit"
  node "$tools/js/node_modules/@bytecodealliance/componentize-js/src/cli.js" "$guests/relay_wasi_js/relay.js" \
    --wit "$wit" --world-name proxy -o "$1"
}

language=${1:-} out=${2:-}
[ -n "$out" ] || fail "say what to build, and where to" "scripts/wasi-guest.sh python|js FILE"
case $language in
  python) inputs=("$guests/relay_wasi_python/app.py") ;;
  js) inputs=("$guests/relay_wasi_js/relay.js") ;;
  *) fail "no sample in '$language'" "scripts/wasi-guest.sh python|js FILE" ;;
esac
mkdir -p "$tools" "$(dirname "$out")"
exec 9>"$tools/$language.lock"
flock -w 900 9 || fail "another scripts/wasi-guest.sh has held $tools/$language.lock for 15 minutes" "end it and run this again"
"setup_$language"
inputs+=("$tools/$language/.installed" "$guests/wasi.wit" "${BASH_SOURCE[0]}")
newer=1
for input in "${inputs[@]}"; do [ "$out" -nt "$input" ] || newer=0; done
[ "$newer" = 1 ] && exit 0
say "building $out"
"build_$language" "$out.part" >"$out.log" 2>&1 || { tail -n 30 "$out.log" >&2; fail "the $language sample does not build"; }
rm -f "$out.log"
mv "$out.part" "$out"
