#!/usr/bin/env bash
# All tests, with PostgreSQL, Redis and NATS really running, and guests built by every language's own
# tools. Services that this script started it ends again; those that run already (make services, or
# compose.yaml and the three variables set) are left alone. Where services or tools cannot be had, the tests
# that need them say that they were skipped; with FLUX_REQUIRE_SERVICES set, as CI has it, that is a failure.
#   scripts/test.sh [NAME]...      all, or only the tests of the host whose names have one of these in them
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
cargo=${CARGO:-cargo}

# Whether they are given from outside, run here already, or must be started.
services() {
  if [ -n "${FLUX_TEST_POSTGRES:-}" ] && [ -n "${FLUX_TEST_REDIS:-}" ] && [ -n "${FLUX_TEST_NATS:-}" ]; then return; fi
  local variables
  if variables=$(scripts/services.sh env 2>/dev/null); then
    eval "$variables"
    return
  fi
  trap 'scripts/services.sh stop' EXIT
  # Assigned first: a failure inside eval's argument would pass unseen.
  if variables=$(scripts/services.sh start); then
    eval "$variables"
  elif [ -n "${FLUX_REQUIRE_SERVICES:-}" ]; then
    echo "error: the services do not run, and FLUX_REQUIRE_SERVICES is set" >&2
    exit 1
  else
    skipped=1
  fi
}

# The tools of the guests' languages, for the tests that build one.
languages() {
  local variables
  if variables=$(scripts/languages.sh); then
    eval "$variables"
  elif [ -n "${FLUX_REQUIRE_SERVICES:-}" ]; then
    echo "error: a language's tools are missing, and FLUX_REQUIRE_SERVICES is set" >&2
    exit 1
  else
    skipped=1
  fi
}

# The engine V8, where its archive can be had.
v8() {
  local variables
  variables=$(scripts/v8.sh)
  eval "$variables"
  if [ "${FLUX_FEATURES:-}" = v8 ]; then
    command=(--features flux-cli/v8) all=(--features flux-cli/v8,flux-tests/v8)
  elif [ "${FLUX_V8:-}" != off ]; then
    without_v8=1
  fi
}

skipped='' without_v8='' command=() all=()
services
languages
v8
"$cargo" build --locked --bins "${command[@]}"
if [ $# = 0 ]; then
  scripts/sdks.sh
  "$cargo" test --locked --doc -p flux-sdk
  "$cargo" test --locked --doc "${command[@]}"
fi
"$cargo" test --locked --lib --bins --tests "${all[@]}" -- "$@"
[ -z "$without_v8" ] || printf '\nNOT TESTED: the engine V8, whose archive cannot be had here (scripts/v8.sh)\n'
[ -z "$skipped" ] || printf '\nSKIPPED: the tests that need what is missing above: a service, or the tools of a language\n'
