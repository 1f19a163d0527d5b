// storage.mjs: the database and the shared cache, as the services see them.
import * as units from '@grafana/grafana-foundation-sdk/units';
import { board, graph, number } from './panels.mjs';
import { ours, rate } from './queries.mjs';

const data = `${ours}, database="data"`;

const database = {
  title: 'Database',
  panels: [
    number('Database in order', 'no: a commit failed so that memory and disk may differ; the process ends and begins again from disk.',
      units.Short, [[`min by (service) (rapport_db_healthy{${ours}})`, '{{service}}']],
      { limits: [[-1, 'red'], [1, 'green']], texts: { 0: 'no', 1: 'yes' }, width: 12 }),
    number('Commits nobody knows of', 'In the last hour. Callers were told so; they repeat with the same request id and learn what happened.',
      units.Short, [[`sum by (service) (increase(rapport_commit_unknown_total{${ours}}[1h]))`, '{{service}}']],
      { limits: [[1, 'orange']], width: 12, decimals: 0 }),
    graph('Write transactions', 'A second. Reads take none.', units.OpsPerSecond, [[rate('service', 'rapport_db_transactions_total', [data]), '{{service}}']]),
    graph('Transactions a commit', 'How many share one sync of the disk. It grows under load: that is how writes keep up.', units.Short,
      [[`${rate('service', 'rapport_db_transactions_total', [data])} / (${rate('service', 'rapport_db_commits_total', [data])} > 0)`,
        '{{service}}']]),
    graph('Transactions that wait', 'For their turn or a connection. Above a few dozen the database is the limit.', units.Short,
      [[`sum by (service) (rapport_db_queue{${data}})`, '{{service}}']]),
    graph('Write-ahead log (SQLite)', 'Pages. It grows between checkpoints; on PostgreSQL it is 0.', units.Short,
      [[`max by (service) (rapport_db_wal_pages{${data}})`, '{{service}}']]),
    graph('Checkpoints (SQLite)', 'Times a second that the log was written back.', units.OpsPerSecond,
      [[rate('service', 'rapport_db_checkpoints_total', [data]), '{{service}}']]),
    graph('Keys in memory', 'Unwrapped keys of families. Each that is not used for 5 minutes goes.', units.Short,
      [[`sum by (service) (rapport_keys_cached{${ours}})`, '{{service}}']]),
  ],
};

const cache = {
  title: 'Shared cache (Redis)',
  panels: [
    graph('Found in the cache', 'Of what was looked for. After a restart of Redis it is low and comes back.', units.PercentUnit,
      [[`${rate('service', 'rapport_cache_hits_total', [ours])} / (${rate('service', 'rapport_cache_hits_total', [ours])}`
        + ` + ${rate('service', 'rapport_cache_misses_total', [ours])} > 0)`, '{{service}}']], { max: 1 }),
    graph('Looked for', 'A second. What the process keeps itself does not come here.', units.OpsPerSecond,
      [[`${rate('service', 'rapport_cache_hits_total', [ours])} + ${rate('service', 'rapport_cache_misses_total', [ours])}`, '{{service}}']]),
    graph('Skipped', '1: the cache failed and is left alone for a while. Slower, never wrong.', units.Short,
      [[`max by (service) (rapport_cache_breaker_open{${ours}})`, '{{service}}']], { max: 1, steps: true }),
    graph('Copies kept by a process', '1: Redis says what other replicas change, so each keeps what it read for 5 s. On files always 0: there is one process.', units.Short,
      [[`min by (service) (rapport_cache_coherent{${ours}})`, '{{service}}']], { max: 1, steps: true }),
    graph('Failures', 'Errors and lost connections, late replies, commands not sent. All 0 while Redis is well.', units.OpsPerSecond,
      [[`sum(rate(rapport_cache_errors_total{${ours}}[$__rate_interval]))`, 'errors'],
        [`sum(rate(rapport_cache_timeouts_total{${ours}}[$__rate_interval]))`, 'late'],
        [`sum(rate(rapport_cache_dropped_total{${ours}}[$__rate_interval]))`, 'not sent']]),
    graph('Fills that came too late', 'A newer version was there already: the older value was refused, as it must be.', units.OpsPerSecond,
      [[rate('service', 'rapport_cache_stale_refused_total', [ours]), '{{service}}']]),
    graph('Invalidations not confirmed', 'Neither by Redis nor remembered for the next connection; the outbox repeats them.', units.OpsPerSecond,
      [[rate('service', 'rapport_cache_fences_lost_total', [ours]), '{{service}}']]),
  ],
};

const redis = 'service=~"redis|redis-node"';
const itself = {
  title: 'Redis itself',
  panels: [
    number('Answers', 'Asked by the exporter in its pod. 0: it runs and says nothing.', units.Short,
      [[`min by (pod) (redis_up{${redis}})`, '{{pod}}']], { limits: [[-1, 'red'], [1, 'green']], height: 8 }),
    graph('Memory', 'Of what it may have (dashed: the limit of redis.conf). Full is well: what is old goes.', units.BytesIEC,
      [[`max by (pod) (redis_memory_used_bytes{${redis}})`, '{{pod}}']], { limits: [[192 * 2 ** 20, 'orange']], roomy: 192 * 2 ** 20, width: 6 }),
    graph('Let go', 'Entries a second that went before their time, since it is full: RapportCacheFull.', units.OpsPerSecond,
      [[rate('pod', 'redis_evicted_keys_total', [redis]), '{{pod}}']], { limits: [[10, 'orange']], roomy: 1, width: 6 }),
    graph('Commands', 'A second. With Sentinel the primary has nearly all of them.', units.OpsPerSecond,
      [[rate('pod', 'redis_commands_processed_total', [redis]), '{{pod}}']], { width: 6 }),
    graph('Connections', 'Of services, of the proxies before Sentinel, of the exporter.', units.Short,
      [[`max by (pod) (redis_connected_clients{${redis}})`, '{{pod}}']], { width: 12 }),
    graph('Replicas that follow', 'With Sentinel 2 at the primary; at 0 it takes no writes. Without Sentinel 0.', units.Short,
      [[`max by (pod) (redis_connected_slaves{${redis}})`, '{{pod}}']], { steps: true, width: 12 }),
  ],
};

const outbox = {
  title: 'Events between services',
  panels: [
    graph('Not delivered', 'Events that wait.', units.Short,
      [[`max by (service, destination) (rapport_outbox_pending{${ours}})`, '{{service}} to {{destination}}']]),
    graph('Age of the oldest', 'More than a minute is an alert: RapportOutboxLate.', units.Seconds,
      [[`max by (service, destination) (rapport_outbox_oldest_seconds{${ours}})`, '{{service}} to {{destination}}']],
      { limits: [[60, 'red']], roomy: 10 }),
    graph('Parked families', 'Their events were refused again and again; an operator must retry or skip: RapportOutboxParked.', units.Short,
      [[`max by (service, destination) (rapport_outbox_parked_families{${ours}})`, '{{service}} to {{destination}}']],
      { limits: [[1, 'orange']] }),
  ],
};

export const storage = board('storage', 'Database and cache',
  'What the services keep things in: slow, full, away? What Redis says of itself comes by the exporter beside it; PostgreSQL\'s own metrics are those of who runs it.',
  [database, cache, itself, outbox]);
