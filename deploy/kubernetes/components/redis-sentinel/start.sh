#!/bin/bash
# The configuration of this pod: Redis and Sentinel write into theirs. Where the others are is asked of their Sentinels;
# when none answers, this is the first start and redis-node-0 is primary.
set -euo pipefail
self=$(hostname).redis-node
primary=redis-node-0.redis-node
for node in 0 1 2; do
  other=redis-node-$node.redis-node
  [ "$other" = "$self" ] && continue
  known=$(timeout 2 redis-cli -h "$other" -p 26379 sentinel get-master-addr-by-name rapport 2>/dev/null | head -1) || true
  if [ -n "$known" ]; then
    primary=$known
    break
  fi
done
cp /etc/redis/redis.conf /data/redis.conf
printf 'replica-announce-ip %s\n' "$self" >>/data/redis.conf
[ "$primary" = "$self" ] || printf 'replicaof %s 6379\n' "$primary" >>/data/redis.conf
sed "s/redis-node-0\.redis-node/$primary/" /etc/redis/sentinel.conf >/data/sentinel.conf
printf 'sentinel announce-ip %s\n' "$self" >>/data/sentinel.conf
