#!/bin/bash
# Redis with the users of users.acl: its text is for everybody, so the hash of the password is put in here.
set -euo pipefail
umask 077
password=$(</etc/rapport/password/redis.password)
[ -n "$password" ] || { echo "redis.password is empty" >&2 && exit 1; }
hash=$(printf '%s' "$password" | sha256sum | cut -d ' ' -f 1)
sed "s/REDIS_PASSWORD_SHA256/$hash/" /etc/rapport/users/users.acl >/tmp/users.acl
exec /usr/bin/redis-server /etc/rapport/config/redis.conf
