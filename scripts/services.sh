#!/usr/bin/env bash
# PostgreSQL, Redis and NATS (JetStream) for the tests, from the distribution's packages: on free ports of
# loopback, with their data in a folder of this checkout's own under the temporary folder.
#   scripts/services.sh start   starts what does not run; prints `export` lines: eval "$(scripts/services.sh start)"
#   scripts/services.sh env     the same lines, if they run
#   scripts/services.sh stop    ends them and removes their data
# Tests find them by FLUX_TEST_POSTGRES, FLUX_TEST_REDIS and FLUX_TEST_NATS. Nothing here is meant to keep data:
# PostgreSQL runs without fsync.
set -euo pipefail

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
# Not in the checkout: PostgreSQL refuses to run as root, and its user may not enter root's folders.
folder=${FLUX_SERVICES:-${TMPDIR:-/tmp}/flux-services-$(id -u)-$(printf %s "$root" | cksum | cut -d ' ' -f 1)}

say() { printf 'services: %s\n' "$*" >&2; }
fail() {
  printf 'error: %s\nhint: %s\n' "$1" "$2" >&2
  exit 1
}

postgres_bin() { find /usr/lib/postgresql/*/bin -maxdepth 1 -name postgres -printf '%h\n' 2>/dev/null | sort -V | tail -n 1; }

as_root() {
  if [ "$(id -u)" = 0 ]; then "$@"; elif command -v sudo >/dev/null && sudo -n true 2>/dev/null; then sudo "$@"; else return 126; fi
}

install() {
  local missing=()
  [ -n "$(postgres_bin)" ] || missing+=(postgresql)
  command -v redis-server >/dev/null || missing+=(redis-server)
  command -v nats-server >/dev/null || missing+=(nats-server)
  [ ${#missing[@]} = 0 ] && return
  say "installing ${missing[*]}"
  command -v apt-get >/dev/null || fail "no ${missing[*]}, and no apt-get to install them" "use compose.yaml: docker compose up -d"
  { as_root apt-get update -q=1 && as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -q=1 --no-install-recommends "${missing[@]}"; } >&2 ||
    fail "${missing[*]} could not be installed" "sudo apt-get install -y ${missing[*]}, or compose.yaml: docker compose up -d"
}

# PostgreSQL's own user where this is root.
unprivileged() {
  if [ "$(id -u)" = 0 ]; then (cd / && runuser -u postgres -- "$@"); else "$@"; fi
}

free_port() {
  local port
  while port=$((20000 + RANDOM % 12000)); (: <"/dev/tcp/127.0.0.1/$port") 2>/dev/null; do :; done
  echo "$port"
}

running() { [ -f "$1" ] && kill -0 "$(head -n 1 "$1")" 2>/dev/null; }

# Until a port answers; the log of what does not is shown.
wait_for() {
  for _ in $(seq 150); do
    if (: <"/dev/tcp/127.0.0.1/$2") 2>/dev/null; then return; fi
    sleep 0.2
  done
  tail -n 20 "$3" >&2
  fail "$1 does not answer on port $2" "its log is $3"
}

start_postgres() {
  local data=$folder/postgres bin port
  running "$data/postmaster.pid" && return
  bin=$(postgres_bin)
  port=$(free_port)
  rm -rf "$data" && mkdir -m 700 "$data"
  [ "$(id -u)" != 0 ] || chown postgres "$data"
  printf 'flux-test\n' >"$folder/postgres.password"
  chmod 644 "$folder/postgres.password"
  unprivileged "$bin/initdb" -D "$data" -U flux --pwfile="$folder/postgres.password" -A scram-sha-256 -E UTF8 --locale=C.UTF-8 >"$folder/initdb.log" 2>&1 ||
    fail "initdb failed" "its log is $folder/initdb.log"
  cat >>"$data/postgresql.conf" <<SETTINGS
listen_addresses = '127.0.0.1'
port = $port
unix_socket_directories = ''
max_connections = 200
fsync = off
synchronous_commit = off
full_page_writes = off
SETTINGS
  # A shell of its own, in the background: it outlives this script.
  unprivileged "$bin/postgres" -D "$data" >"$folder/postgres.log" 2>&1 </dev/null &
  wait_for PostgreSQL "$port" "$folder/postgres.log"
  echo "postgres://flux:flux-test@127.0.0.1:$port/postgres" >"$folder/postgres.url"
}

start_redis() {
  running "$folder/redis.pid" && return
  local port
  port=$(free_port)
  redis-server --port "$port" --bind 127.0.0.1 --dir "$folder" --save '' --appendonly no >"$folder/redis.log" 2>&1 </dev/null &
  echo $! >"$folder/redis.pid"
  wait_for Redis "$port" "$folder/redis.log"
  echo "redis://127.0.0.1:$port" >"$folder/redis.url"
}

start_nats() {
  running "$folder/nats.pid" && return
  local port
  port=$(free_port)
  nats-server -js -sd "$folder/nats" -a 127.0.0.1 -p "$port" >"$folder/nats.log" 2>&1 </dev/null &
  echo $! >"$folder/nats.pid"
  wait_for NATS "$port" "$folder/nats.log"
  echo "nats://127.0.0.1:$port" >"$folder/nats.url"
}

print_env() {
  local name
  for name in postgres redis nats; do
    [ -f "$folder/$name.url" ] || fail "the services do not run" "scripts/services.sh start"
    printf 'export FLUX_TEST_%s=%s\n' "${name^^}" "$(cat "$folder/$name.url")"
  done
}

start() {
  install
  mkdir -p -m 755 "$folder"
  exec 9>"$folder/lock"
  flock -w 120 9 || fail "another start has held $folder/lock for two minutes" "end it and run this again"
  start_postgres
  start_redis
  start_nats
  # By hand: what was started has inherited the descriptor and with it the lock.
  flock -u 9
  say "PostgreSQL, Redis and NATS run; data and logs in $folder"
  print_env
}

end_one() {
  local pid
  running "$1" || return 0
  pid=$(head -n 1 "$1")
  kill -"$2" "$pid" 2>/dev/null || true
  for _ in $(seq 100); do kill -0 "$pid" 2>/dev/null || return 0; sleep 0.1; done
  fail "process $pid does not end" "kill -9 $pid"
}

stop() {
  # INT: PostgreSQL's fast shutdown.
  end_one "$folder/postgres/postmaster.pid" INT
  end_one "$folder/redis.pid" TERM
  end_one "$folder/nats.pid" TERM
  rm -rf "$folder"
  say "ended"
}

case ${1:-} in
  start) start ;;
  env) print_env ;;
  stop) stop ;;
  *) sed -n '2,/^set/{/^set/d;s/^# \{0,1\}//;p}' "${BASH_SOURCE[0]}"; exit 2 ;;
esac
