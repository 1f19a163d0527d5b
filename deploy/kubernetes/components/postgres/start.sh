#!/bin/bash
# Makes the cluster of databases once, then becomes the server.
set -euo pipefail
bin=/usr/lib/postgresql/15/bin
data=/var/lib/postgresql/data
config=${CONFIG:-/etc/rapport/postgres}
if [ ! -f "$data/made" ]; then
  rm -rf "${data:?}"/*
  "$bin/initdb" --pgdata="$data" --username=postgres --auth=reject --encoding=UTF8 --locale=C.UTF-8 >/dev/null
  printf '%s\n' "$(cat "$config/roles.sql")" | "$bin/postgres" --single -j -D "$data" postgres >/dev/null
  touch "$data/made"
fi
exec "$bin/postgres" -D "$data" -c config_file="$config/postgresql.conf" -c hba_file="$config/pg_hba.conf"
