// What one object says of another must be true: names, ports, keys, sums. Each fault is one line.
import { parse } from 'yaml';
import {
  containersOf, labelsOf, nameOf, portOf, quantity, runningOf, selects, services, templateOf, workloads,
} from './objects.mjs';

const replicasOf = (objects, workload, most = false) => {
  const scaled = objects.find(({ kind, spec }) => kind === 'ScaledObject' && spec.scaleTargetRef.name === workload.metadata.name);
  if (scaled) return most ? scaled.spec.maxReplicaCount : scaled.spec.minReplicaCount;
  return workload.spec.replicas ?? 1;
};

function selectorFaults(objects) {
  const faults = [];
  const pods = workloads(objects);
  const named = (kind, name) => objects.find((one) => one.kind === kind && one.metadata.name === name);
  for (const object of objects) {
    const selector = { Service: { matchLabels: object.spec?.selector }, PodDisruptionBudget: object.spec?.selector }[object.kind];
    if (!selector) continue;
    const chosen = pods.filter((pod) => selects(selector, labelsOf(pod)));
    if (chosen.length !== 1) faults.push(`${nameOf(object)} selects ${chosen.length} workloads`);
    for (const { targetPort } of (object.kind === 'Service' && object.spec.ports) || []) {
      for (const pod of chosen) {
        if (!portOf(pod, targetPort)) faults.push(`${nameOf(object)}: ${nameOf(pod)} has no port ${targetPort}`);
      }
    }
  }
  for (const pod of pods) {
    const spread = templateOf(pod).spec.topologySpreadConstraints ?? [];
    for (const { labelSelector } of spread) {
      if (!selects(labelSelector, labelsOf(pod))) faults.push(`${nameOf(pod)} is spread by labels that it has not`);
    }
    if (['Job', 'CronJob'].includes(pod.kind)) continue;
    if (!selects(pod.spec.selector, labelsOf(pod))) faults.push(`${nameOf(pod)} does not select its own pods`);
    const budgets = objects.filter(({ kind, spec }) => kind === 'PodDisruptionBudget' && selects(spec.selector, labelsOf(pod)));
    if (replicasOf(objects, pod) > 1 && budgets.length !== 1) faults.push(`${nameOf(pod)} has ${budgets.length} budgets`);
    if (budgets.some(({ spec }) => spec.maxUnavailable === 0 || spec.minAvailable >= replicasOf(objects, pod))) {
      faults.push(`${nameOf(pod)}: its budget lets no node be emptied`);
    }
    if (pod.kind === 'StatefulSet' && named('Service', pod.spec.serviceName)?.spec.clusterIP !== 'None') {
      faults.push(`${nameOf(pod)}: ${pod.spec.serviceName} is no headless service`);
    }
  }
  return faults;
}

function nameFaults(objects) {
  const faults = [];
  const has = (kind, name) => objects.some((one) => one.kind === kind && one.metadata.name === name);
  // Those that a StatefulSet makes: state-intake-0.
  const ofReplicas = workloads(objects).flatMap((set) => (set.spec.volumeClaimTemplates ?? [])
    .flatMap(({ metadata }) => [...Array(replicasOf(objects, set)).keys()].map((i) => `${metadata.name}-${set.metadata.name}-${i}`)));
  for (const workload of workloads(objects)) {
    const { serviceAccountName, priorityClassName, volumes = [] } = templateOf(workload).spec;
    if (!has('ServiceAccount', serviceAccountName)) faults.push(`${nameOf(workload)}: no account ${serviceAccountName}`);
    if (!has('PriorityClass', priorityClassName)) faults.push(`${nameOf(workload)}: no priority ${priorityClassName}`);
    const claims = (workload.spec.volumeClaimTemplates ?? []).map((claim) => claim.metadata.name);
    for (const { name, persistentVolumeClaim: claim } of volumes) {
      if (claim && !has('PersistentVolumeClaim', claim.claimName) && !ofReplicas.includes(claim.claimName)) {
        faults.push(`${nameOf(workload)}: no claim ${claim.claimName}`);
      }
      if (claims.includes(name)) faults.push(`${nameOf(workload)}: two volumes are named ${name}`);
    }
    const known = [...volumes.map(({ name }) => name), ...claims];
    for (const { name, volumeMounts = [] } of containersOf(workload)) {
      for (const mount of volumeMounts) {
        if (!known.includes(mount.name)) faults.push(`${nameOf(workload)}: ${name} mounts ${mount.name}, which there is not`);
      }
    }
  }
  for (const object of objects) {
    if (object.kind === 'ScaledObject' && !has(object.spec.scaleTargetRef.kind, object.spec.scaleTargetRef.name)) {
      faults.push(`${nameOf(object)} scales what there is not`);
    }
    if (object.kind === 'ValidatingAdmissionPolicyBinding' && !has('ValidatingAdmissionPolicy', object.spec.policyName)) {
      faults.push(`${nameOf(object)} binds what there is not`);
    }
    if (object.kind === 'ServiceMonitor') {
      const scraped = objects.filter(({ kind, metadata }) => kind === 'Service' && selects(object.spec.selector, metadata.labels ?? {}));
      const missing = services.filter((name) => !scraped.some(({ metadata }) => metadata.name === name));
      if (missing.length) faults.push(`${nameOf(object)} does not scrape ${missing.join(', ')}`);
      for (const { port } of object.spec.endpoints) {
        for (const service of scraped) {
          if (!service.spec.ports.some(({ name }) => name === port)) faults.push(`${nameOf(object)}: ${nameOf(service)} has no port ${port}`);
        }
      }
    }
    if (object.kind === 'PodMonitor') {
      const scraped = workloads(objects).filter((one) => selects(object.spec.selector, labelsOf(one)));
      for (const { port } of object.spec.podMetricsEndpoints) {
        for (const one of scraped.filter((pod) => !portOf(pod, port))) faults.push(`${nameOf(object)}: ${nameOf(one)} has no port ${port}`);
      }
      const left = workloads(objects).filter((one) => portOf(one, 'metrics') && !services.includes(one.metadata.name) && !scraped.includes(one));
      for (const one of left) faults.push(`${nameOf(object)} does not scrape ${nameOf(one)}`);
    }
    if (object.kind === 'Certificate' && !has('Issuer', object.spec.issuerRef.name) && object.spec.issuerRef.kind === 'Issuer') {
      faults.push(`${nameOf(object)}: no issuer ${object.spec.issuerRef.name}`);
    }
    const cluster = ['Namespace', 'PriorityClass', 'ValidatingAdmissionPolicy', 'ValidatingAdmissionPolicyBinding'].includes(object.kind);
    if (!cluster && object.metadata.namespace !== 'rapport') faults.push(`${nameOf(object)} is in no namespace of ours`);
    if (object.kind === 'Secret') faults.push(`${nameOf(object)}: a secret is in git`);
  }
  return faults;
}

// "Kind/name" -> keys, of all that pods may mount; `external`: what is made by others.
function provided(objects, external) {
  const keys = new Map(Object.entries(external).map(([name, one]) => [name, one.keys]));
  for (const object of objects) {
    if (object.kind === 'ConfigMap') keys.set(nameOf(object), Object.keys(object.data ?? {}));
    if (object.kind === 'Certificate') keys.set(`Secret/${object.spec.secretName}`, ['tls.crt', 'tls.key', 'ca.crt']);
    if (object.kind === 'ExternalSecret') keys.set(`Secret/${object.spec.target.name}`, object.spec.data.map((one) => one.secretKey));
  }
  return keys;
}

function mountFaults(objects, external) {
  const faults = [];
  const there = provided(objects, external);
  const need = (workload, kind, name, key) => {
    const keys = there.get(`${kind}/${name}`);
    if (!keys) faults.push(`${nameOf(workload)}: no ${kind} ${name}`);
    else if (key && !keys.includes(key)) faults.push(`${nameOf(workload)}: ${kind} ${name} has no ${key}`);
  };
  for (const workload of workloads(objects)) {
    for (const volume of templateOf(workload).spec.volumes ?? []) {
      if (volume.configMap) need(workload, 'ConfigMap', volume.configMap.name);
      if (volume.secret) need(workload, 'Secret', volume.secret.secretName);
      for (const { secret, configMap } of volume.projected?.sources ?? []) {
        for (const { key } of (secret ?? configMap).items) need(workload, secret ? 'Secret' : 'ConfigMap', (secret ?? configMap).name, key);
      }
    }
    for (const container of containersOf(workload)) {
      for (const { configMapRef } of container.envFrom ?? []) need(workload, 'ConfigMap', configMapRef.name);
      for (const { valueFrom } of container.env ?? []) {
        if (valueFrom?.configMapKeyRef) need(workload, 'ConfigMap', valueFrom.configMapKeyRef.name, valueFrom.configMapKeyRef.key);
      }
    }
  }
  return faults;
}

// Volumes lie in the zones where the first pods ran that needed them: a pod that runs once finds those together that a pod before it
// needed together, and no others.
function zoneFaults(objects) {
  const claimsOf = (workload) => [...(templateOf(workload).spec.volumes ?? []).flatMap(({ persistentVolumeClaim: claim }) => claim?.claimName ?? []),
    ...(workload.spec.volumeClaimTemplates ?? []).map(({ metadata }) => `${metadata.name}-${workload.metadata.name}`)];
  const together = workloads(objects).filter(({ kind }) => kind !== 'Job').map(claimsOf);
  return workloads(objects).filter(({ kind }) => kind === 'Job').flatMap((job) => {
    const claims = claimsOf(job);
    return claims.length < 2 || together.some((others) => claims.every((claim) => others.includes(claim))) ? []
      : [`${nameOf(job)}: ${claims.join(' and ')} may lie in zones that no node is in together`];
  });
}

// The most that everything together asks for (all replicas that scaling may make, one more where a rollout adds one).
function quotaFaults(objects) {
  const quota = objects.find(({ kind }) => kind === 'ResourceQuota');
  if (!quota) return ['there is no quota'];
  const sum = { 'requests.cpu': 0, 'requests.memory': 0, 'limits.memory': 0, pods: 0, persistentvolumeclaims: 0 };
  sum.persistentvolumeclaims += objects.filter(({ kind }) => kind === 'PersistentVolumeClaim').length;
  for (const workload of workloads(objects)) {
    const job = ['Job', 'CronJob'].includes(workload.kind);
    const surge = workload.kind === 'Deployment' && workload.spec.strategy?.type !== 'Recreate' ? 1 : 0;
    const pods = (job ? 1 : replicasOf(objects, workload, true)) + surge;
    sum.pods += pods;
    sum.persistentvolumeclaims += pods * (workload.spec.volumeClaimTemplates ?? []).length;
    for (const { resources } of runningOf(workload)) {
      sum['requests.cpu'] += pods * quantity(resources?.requests?.cpu ?? 0);
      sum['requests.memory'] += pods * quantity(resources?.requests?.memory ?? 0);
      sum['limits.memory'] += pods * quantity(resources?.limits?.memory ?? 0);
    }
  }
  return Object.entries(sum).filter(([key, value]) => value > quantity(quota.spec.hard[key]))
    .map(([key, value]) => `the quota of ${key} is ${quota.spec.hard[key]}, and ${value} may be asked for`);
}

// A pod that ends: preStop, then what the service takes (config.yaml), before it is killed.
function graceFaults(objects) {
  const faults = [];
  for (const service of services) {
    const pod = objects.find(({ kind, metadata }) => kind === 'StatefulSet' && metadata.name === service);
    const { volumes, containers, terminationGracePeriodSeconds: grace } = templateOf(pod).spec;
    const { configMap } = volumes.find(({ name }) => name === 'config');
    const map = objects.find(({ kind, metadata }) => kind === 'ConfigMap' && metadata.name === configMap.name);
    if (!map) continue; // mountFaults says so.
    const config = parse(map.data['config.yaml']);
    const [container] = containers;
    const taken = container.lifecycle.preStop.sleep.seconds + config.lame_duck_seconds + config.drain_seconds;
    if (taken >= grace) faults.push(`${service} takes ${taken} s to end and is given ${grace}`);
    for (const listener of ['api', 'mesh', 'health', 'metrics']) {
      const port = Number(config[`${listener}_address`].split(':').pop());
      if (portOf(pod, listener) !== port) faults.push(`${service} listens for ${listener} at ${port}, the pod says ${portOf(pod, listener)}`);
    }
    for (const probe of ['startupProbe', 'readinessProbe', 'livenessProbe']) {
      const asked = container[probe]?.grpc;
      if (asked?.port !== portOf(pod, 'health')) faults.push(`${service}: ${probe} does not ask the health listener`);
      if (asked?.service !== (probe === 'readinessProbe' ? 'ready' : 'live')) faults.push(`${service}: ${probe} asks for ${asked?.service}`);
    }
    for (const [key, target] of Object.entries(config).filter(([name]) => name.startsWith('peer_'))) {
      const [, host, port] = /^dns:\/\/\/([a-z]+):(\d+)$/.exec(target) ?? [];
      const peer = objects.find(({ kind, metadata }) => kind === 'Service' && metadata.name === host);
      if (peer?.spec.clusterIP !== 'None' || !peer.spec.ports.some((one) => one.name === 'mesh' && one.port === Number(port))) {
        faults.push(`${service}: ${key} is ${target}, which is no headless service with that port`);
      }
    }
    const settings = objects.find(({ kind, metadata }) => kind === 'ConfigMap' && metadata.name === container.envFrom[0].configMapRef.name);
    const [cache, at] = (settings?.data.RAPPORT_REDIS ?? '').split(':');
    const redis = objects.find(({ kind, metadata }) => kind === 'Service' && metadata.name === cache);
    if (cache && !redis?.spec.ports.some(({ port }) => port === Number(at))) faults.push(`${service}: no cache at ${cache}:${at}`);
  }
  return faults;
}

// Each container by digest; for overlays that are meant to be exact.
export const digestFaults = (objects) => workloads(objects).flatMap((workload) => containersOf(workload)
  .filter(({ image }) => !/@sha256:[0-9a-f]{64}$/.test(image)).map(({ image }) => `${nameOf(workload)}: ${image} is no digest`));

export function referenceFaults(objects, external) {
  return [selectorFaults, nameFaults, (all) => mountFaults(all, external), zoneFaults, quotaFaults, graceFaults].flatMap((find) => find(objects));
}
