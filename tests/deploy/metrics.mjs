// metrics.mjs: which metrics the programs have, from tests/golden, for what checks rules and dashboards.
import fs from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

export const root = path.resolve(fs.realpathSync(path.dirname(fileURLToPath(import.meta.url))), '../..');
// By name: kind, labels, values of a label (none where they are not listed), and whether it is published in whole elevens.
export const golden = new Map(fs.readFileSync(`${root}/tests/golden/metrics.txt`, 'utf8').trim().split('\n').map((line) => {
  const [, name, kind, labels, help] = /^(\w+) (\w+) \{([^}]*)\} (.*)$/.exec(line);
  return [name, {
    kind,
    labels: labels.split(',').map((one) => one.split('=')[0]).filter(Boolean),
    values: labels.includes('=') ? labels.split('=')[1].split('|') : [],
    elevens: help.endsWith('in whole elevens.'),
  }];
}));
// Of kube-state-metrics and cert-manager, which look at the cluster and not at the programs.
const clusters = new Map(Object.entries({
  kube_cronjob_status_last_successful_time: ['cronjob'],
  kube_cronjob_created: ['cronjob'],
  kube_statefulset_replicas: ['statefulset'],
  kube_statefulset_status_replicas_ready: ['statefulset'],
  kube_deployment_spec_replicas: ['deployment'],
  kube_deployment_status_replicas_ready: ['deployment'],
  certmanager_certificate_expiration_timestamp_seconds: ['name', 'exported_namespace'],
}).map(([name, labels]) => [name, { kind: 'gauge', labels, values: [], elevens: false }]));
// Of the exporters beside nginx and Redis; exporters.mjs asks them whether they have them.
const beside = (kind, names) => names.map((name) => [name, { kind, labels: [], values: [], elevens: false }]);
export const exported = {
  edge: new Map([...beside('gauge', ['nginx_up', 'nginx_connections_active']),
    ...beside('counter', ['nginx_connections_accepted', 'nginx_connections_handled', 'nginx_http_requests_total'])]),
  redis: new Map([...beside('gauge', ['redis_up', 'redis_memory_used_bytes', 'redis_memory_max_bytes', 'redis_connected_clients',
    'redis_connected_slaves', 'redis_master_link_up']), ...beside('counter', ['redis_evicted_keys_total', 'redis_commands_processed_total'])]),
};
// Added by whoever scrapes.
export const scraped = ['service', 'instance', 'pod', 'namespace', 'job'];

// The metric that a series of this name is of; undefined: of none.
export function metricOf(series) {
  const base = golden.get(series.replace(/_(bucket|count|sum)$/, ''));
  return golden.get(series) ?? clusters.get(series) ?? exported.edge.get(series) ?? exported.redis.get(series) ?? (base?.kind === 'histogram' ? base : undefined);
}
