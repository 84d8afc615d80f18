#!/usr/bin/env bash
# The SDKs' own checks and tests, each by its language's own tools; Rust's are cargo's. What a tool says is
# shown where it fails. A language whose tools are missing says SKIPPED; with FLUX_REQUIRE_SERVICES set, that
# is a failure. mypy and ruff are used where they are installed.
#   scripts/sdks.sh [LANGUAGE]...      python go typescript assemblyscript: all of them
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../sdks"
python=${PYTHON:-python3}

tools_of() {
  case $1 in
    python) echo "$python" ;;
    go) echo go gofmt ;;
    typescript | assemblyscript) echo node npm ;;
    *) echo "error: no SDK in $1" >&2 && return 1 ;;
  esac
}

# Runs one check; its words only where it fails.
check() {
  local said
  if said=$("$@" 2>&1); then return; fi
  printf '%s\nerror: sdks/%s: %s\n' "$said" "$language" "$*" >&2
  return 1
}

check_python() {
  PYTHONPATH=src check "$python" -B -m unittest discover -s tests
  if command -v mypy >/dev/null; then check mypy --cache-dir=/dev/null src tests; fi
  if command -v ruff >/dev/null; then check ruff check --no-cache . && check ruff format --no-cache --check .; fi
}

gofmt_lists_nothing() { local files && files=$(gofmt -l .) && printf '%s' "$files" && [ -z "$files" ]; }

check_go() {
  check gofmt_lists_nothing
  check go vet ./...
  check go test ./...
}

# Nothing is written to the lock file: where a package came from is no matter of it.
check_npm() {
  check npm install --no-save --no-audit --no-fund --loglevel=error
  # Type checking, where it is apart from the tests.
  check npm run --if-present check
  check npm test
}
check_typescript() { check_npm; }
check_assemblyscript() { check_npm; }

[ $# -gt 0 ] || set -- python go typescript assemblyscript
failed=
for language in "$@"; do
  missing=
  tools=$(tools_of "$language")
  for tool in $tools; do command -v "$tool" >/dev/null || missing=$tool; done
  if [ -n "$missing" ]; then
    echo "SKIPPED sdks/$language: $missing is not on PATH" >&2
    [ -z "${FLUX_REQUIRE_SERVICES:-}" ] || failed=1
    continue
  fi
  # In a shell of its own: inside a condition `set -e` would not end it at the first failure.
  set +e
  (set -e; cd "$language"; "check_$language")
  status=$?
  set -e
  if [ "$status" = 0 ]; then echo "ok: sdks/$language"; else failed=1; fi
done
[ -z "$failed" ]
