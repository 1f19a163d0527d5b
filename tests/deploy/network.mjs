// What may speak to what, computed from the NetworkPolicies as a network plugin would: a connection passes when the
// sender's policies let it out and the receiver's let it in. Compared with the call graph of the programs.
import fs from 'node:fs';
import { labelsOf, portOf, runningOf, selects, services, workloads } from './objects.mjs';

const ports = { api: 8443, mesh: 8444, metrics: 9090 };

// `.peers` of each main.cc: whom a service is given the address of, and can't start without.
export function callGraph(root) {
  return Object.fromEntries(services.map((service) => {
    const text = fs.readFileSync(`${root}/services/${service}/main.cc`, 'utf8');
    const list = /\.peers = \{([^}]*)\}/.exec(text);
    if (!list) throw new Error(`services/${service}/main.cc names no peers`);
    return [service, [...list[1].matchAll(/"([a-z]+)"/g)].map((match) => match[1])];
  }));
}

// Edges that there must be, among what is in the render: "from -> to:port".
export function declaredEdges(objects, graph) {
  const there = new Set(workloads(objects).map((one) => one.metadata.name));
  const edges = [];
  const add = (from, to, port) => { if (there.has(from) && there.has(to)) edges.push(`${from} -> ${to}:${port}`); };
  for (const service of services) {
    for (const peer of graph[service]) add(service, peer, ports.mesh);
    add('edge', service, ports.api);
    add(service, 'postgres', 5432);
    add(`migrate-${service}`, 'postgres', 5432);
    add(service, 'redis', 6379);
    add(service, 'redis-proxy', 6379);
    edges.push(`monitoring/prometheus -> ${service}:${ports.metrics}`);
  }
  for (const workload of workloads(objects).filter(({ metadata }) => !services.includes(metadata.name))) {
    const port = portOf(workload, 'metrics');
    if (port) edges.push(`monitoring/prometheus -> ${workload.metadata.name}:${port}`);
  }
  for (const what of ['data', 'keys']) add(`backup-${what}`, 'postgres', 5432);
  add('redis-proxy', 'redis-node', 6379);
  add('redis-node', 'redis-node', 6379);
  add('redis-node', 'redis-node', 26379);
  if (there.has('edge')) edges.push(`anywhere -> edge:${ports.api}`);
  return edges.sort();
}

// Edges that the policies allow. Senders are the workloads, Prometheus, and anybody else anywhere.
export function allowedEdges(objects) {
  const policies = objects.filter((object) => object.kind === 'NetworkPolicy');
  const pods = workloads(objects).map((one) => ({ name: one.metadata.name, labels: labelsOf(one), workload: one,
    namespace: 'rapport' }));
  const outside = [
    { name: 'anywhere', labels: {}, namespace: 'elsewhere' },
    { name: 'anywhere', labels: { 'app.kubernetes.io/name': 'prometheus' }, namespace: 'elsewhere' },
    { name: 'monitoring/anything', labels: {}, namespace: 'monitoring' },
    { name: 'monitoring/prometheus', labels: { 'app.kubernetes.io/name': 'prometheus' }, namespace: 'monitoring' },
    { name: 'a stranger', labels: {}, namespace: 'rapport' },
  ];
  const isPeer = (peer, pod) => {
    if (peer.ipBlock) return false;
    const namespace = { 'kubernetes.io/metadata.name': pod.namespace };
    const there = peer.namespaceSelector ? selects(peer.namespaceSelector, namespace) : pod.namespace === 'rapport';
    return there && selects(peer.podSelector, pod.labels);
  };
  // Whether the policies of `pod` for one direction let `other` through at `port` of `receiver`.
  const lets = (pod, direction, other, receiver, port) => {
    if (pod.namespace !== 'rapport') return true;
    const [type, side] = direction === 'ingress' ? ['Ingress', 'from'] : ['Egress', 'to'];
    const own = policies.filter((one) => one.spec.policyTypes.includes(type) && selects(one.spec.podSelector, pod.labels));
    if (own.length === 0) return true;
    return own.some((one) => (one.spec[direction] ?? []).some((rule) =>
      (!rule[side] || rule[side].some((peer) => isPeer(peer, other))) &&
      (!rule.ports || rule.ports.some((entry) => portOf(receiver.workload, entry.port) === port))));
  };
  const edges = new Set();
  for (const from of [...pods, ...outside]) {
    for (const to of pods) {
      const open = to.workload ? (to.workload.spec.template ? runningOf(to.workload) : []).flatMap((one) => one.ports ?? []) : [];
      for (const { containerPort: port } of open) {
        if (lets(from, 'egress', to, to, port) && lets(to, 'ingress', from, to, port)) edges.add(`${from.name} -> ${to.name}:${port}`);
      }
    }
  }
  // Whoever is anywhere includes all the others.
  for (const edge of [...edges]) {
    const [from, to] = edge.split(' -> ');
    if (from !== 'anywhere' && edges.has(`anywhere -> ${to}`)) edges.delete(edge);
  }
  return [...edges].sort();
}

// Ways out of the namespace: "workload -> namespace/pods:port" or "-> addresses:port". Those there must be, and those that the policies open.
function declaredExits(objects) {
  const exits = new Set();
  const settings = objects.find(({ kind, metadata }) => kind === 'ConfigMap' && metadata.name.startsWith('rapport-settings'))?.data ?? {};
  const [, collector, namespace, port] = /^([a-z-]+)\.([a-z-]+)\.svc[a-z.]*:(\d+)$/.exec(settings.RAPPORT_OTLP_ENDPOINT ?? '') ?? [];
  const database = objects.find(({ kind, metadata }) => kind === 'NetworkPolicy' && metadata.name === 'external-database');
  const addresses = database?.spec.egress.flatMap(({ to }) => to.map(({ ipBlock }) => ipBlock?.cidr)) ?? [];
  for (const one of workloads(objects)) {
    const { name } = one.metadata;
    const component = labelsOf(one)['app.kubernetes.io/component'];
    exits.add(`${name} -> kube-system/kube-dns:53`);
    if (component === 'service' && collector) exits.add(`${name} -> ${namespace}/${collector}:${port}`);
    // Whole networks are no address of a database.
    if (!['service', 'migration', 'backup'].includes(component)) continue;
    for (const cidr of addresses.filter((block) => Number(block?.split('/')[1]) >= 16)) exits.add(`${name} -> ${cidr}:5432`);
  }
  return exits;
}
function allowedExits(objects) {
  const policies = objects.filter(({ kind, spec }) => kind === 'NetworkPolicy' && spec.policyTypes.includes('Egress'));
  const where = ({ ipBlock, namespaceSelector, podSelector }) => {
    if (ipBlock) return ipBlock.cidr;
    const namespace = namespaceSelector.matchLabels?.['kubernetes.io/metadata.name'] ?? 'any';
    const labels = podSelector?.matchLabels ?? {};
    return `${namespace}/${labels['app.kubernetes.io/name'] ?? labels['k8s-app'] ?? 'any'}`;
  };
  return new Set(workloads(objects).flatMap((one) => policies.filter(({ spec }) => selects(spec.podSelector, labelsOf(one)))
    .flatMap(({ spec }) => spec.egress ?? [])
    .flatMap(({ to, ports: open }) => (to?.filter((peer) => peer.ipBlock || peer.namespaceSelector).map(where) ?? ['anywhere'])
      .flatMap((place) => (open ?? [{ port: 'any' }]).map(({ port }) => `${one.metadata.name} -> ${place}:${port}`)))));
}

export function networkFaults(objects, graph) {
  const declared = new Set(declaredEdges(objects, graph));
  const allowed = new Set(allowedEdges(objects));
  const faults = [...allowed].filter((edge) => !declared.has(edge)).map((edge) => `${edge} is allowed and in no call graph`);
  const open = (edge) => allowed.has(edge) || allowed.has(edge.replace(/^.* ->/, 'anywhere ->'));
  faults.push(...[...declared].filter((edge) => !open(edge)).map((edge) => `${edge} is needed and cut off`));
  const [ways, exits] = [allowedExits(objects), declaredExits(objects)];
  faults.push(...[...ways].filter((exit) => !exits.has(exit)).map((exit) => `${exit} is a way out that nobody needs`));
  faults.push(...[...exits].filter((exit) => !ways.has(exit)).map((exit) => `${exit} is needed and cut off`));
  const policies = objects.filter((object) => object.kind === 'NetworkPolicy');
  const denies = policies.some(({ spec }) => !spec.podSelector.matchLabels && !spec.podSelector.matchExpressions &&
    spec.policyTypes.length === 2 && !spec.ingress && !spec.egress);
  if (!denies) faults.push('no policy denies what is not allowed');
  const dns = policies.some(({ spec }) => !spec.podSelector.matchLabels && (spec.egress ?? []).some((rule) =>
    ['UDP', 'TCP'].every((protocol) => (rule.ports ?? []).some((port) => port.port === 53 && port.protocol === protocol)) &&
    (rule.to ?? []).some((peer) => peer.namespaceSelector?.matchLabels?.['kubernetes.io/metadata.name'] === 'kube-system')));
  if (!dns) faults.push('nobody may ask for names (UDP and TCP 53 of kube-system)');
  return faults;
}
