#!/bin/bash
# The configuration of this pod: Redis and Sentinel write into theirs. Where the others are is asked of their Sentinels;
# when none answers, this is the first start and redis-node-0 is primary. Users: what everybody may read has hashes in it only here.
set -euo pipefail
umask 077
self=$(hostname).redis-node
primary=redis-node-0.redis-node
nodes_password=$(</etc/rapport/nodes-password/nodes.password)
hash_of() { # hash_of FILE: of the password in it.
  local password
  password=$(<"$1")
  [ -n "$password" ] || { echo "$1 is empty" >&2 && return 1; }
  printf '%s' "$password" | sha256sum | cut -d ' ' -f 1
}
services_hash=$(hash_of /etc/rapport/password/redis.password)
nodes_hash=$(hash_of /etc/rapport/nodes-password/nodes.password)
sed "s/NODES_PASSWORD_SHA256/$nodes_hash/; s/REDIS_PASSWORD_SHA256/$services_hash/" /etc/rapport/users/users.acl \
  /etc/rapport/config/nodes.acl >/data/users.acl

export REDISCLI_AUTH=$nodes_password
for node in 0 1 2; do
  other=redis-node-$node.redis-node
  [ "$other" = "$self" ] && continue
  known=$(timeout 2 redis-cli -h "$other" -p 26379 sentinel get-master-addr-by-name rapport 2>/dev/null | head -1) || true
  if [ -n "$known" ]; then
    primary=$known
    break
  fi
done
cp /etc/rapport/config/redis.conf /data/redis.conf
printf 'masterauth %s\nreplica-announce-ip %s\n' "$nodes_password" "$self" >>/data/redis.conf
[ "$primary" = "$self" ] || printf 'replicaof %s 6379\n' "$primary" >>/data/redis.conf
sed "s/redis-node-0\.redis-node/$primary/" /etc/rapport/config/sentinel.conf >/data/sentinel.conf
# Sentinels show each other the same password.
printf 'sentinel auth-pass rapport %s\nrequirepass %s\nsentinel announce-ip %s\n' "$nodes_password" "$nodes_password" "$self" \
  >>/data/sentinel.conf
