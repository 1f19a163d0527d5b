#!/bin/bash
# backup.sh NAME URL DAYS: one dump in /backup, whole or not at all, tried by reading its contents; older ones go.
set -euo pipefail
name=$1 url=$2 days=$3 folder=${BACKUP_FOLDER:-/backup}
umask 077
file=$folder/$name-$(date -u +%Y%m%dT%H%M%SZ).dump
trap 'rm -f "$file.part"' EXIT
# --enable-row-security is not given: rapport_backup passes the wall between agencies, and a role that does not must fail.
pg_dump --format=custom --no-owner --file="$file.part" --dbname="$url"
pg_restore --list "$file.part" >/dev/null
sync "$file.part"
mv "$file.part" "$file"
sync "$folder"
find "$folder" -name "$name-*.dump" -mtime "+$((days - 1))" ! -path "$file" -delete
