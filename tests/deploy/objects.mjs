// Rendered manifests as objects, and the questions that several checks ask of them.
import fs from 'node:fs';
import { parseAllDocuments } from 'yaml';

export const services = ['intake', 'notes', 'goals', 'alliance'];

export function read(text) {
  return parseAllDocuments(text).map((document) => {
    if (document.errors.length) throw document.errors[0];
    return document.toJS();
  }).filter(Boolean);
}

export const readFile = (path) => read(fs.readFileSync(path, 'utf8'));
export const nameOf = (object) => `${object.kind}/${object.metadata.name}`;

// The pod's template of whatever makes pods; undefined for all else.
export function templateOf(object) {
  if (['Deployment', 'StatefulSet', 'DaemonSet', 'Job'].includes(object.kind)) return object.spec.template;
  return object.kind === 'CronJob' ? object.spec.jobTemplate.spec.template : undefined;
}

export const workloads = (objects) => objects.filter((object) => templateOf(object));
export const labelsOf = (workload) => templateOf(workload).metadata?.labels ?? {};
export const containersOf = (workload) => {
  const pod = templateOf(workload).spec;
  return [...(pod.initContainers ?? []), ...pod.containers];
};
// Those that run as long as the pod does: sidecars stand among the init containers.
export const runningOf = (workload) => {
  const { containers, initContainers = [] } = templateOf(workload).spec;
  return [...containers, ...initContainers.filter(({ restartPolicy }) => restartPolicy === 'Always')];
};

// A label selector, as Kubernetes reads it: empty means all.
export function selects(selector, labels) {
  const equal = Object.entries(selector?.matchLabels ?? {}).every(([key, value]) => labels[key] === value);
  return equal && (selector?.matchExpressions ?? []).every(({ key, operator, values }) => {
    if (operator === 'In') return values.includes(labels[key]);
    if (operator === 'NotIn') return !values.includes(labels[key]);
    if (operator === 'Exists') return key in labels;
    if (operator === 'DoesNotExist') return !(key in labels);
    throw new Error(`operator ${operator}`);
  });
}

// A port's number in a workload, given its number or name; undefined when no container has it.
export function portOf(workload, port) {
  for (const container of containersOf(workload)) {
    for (const { name, containerPort } of container.ports ?? []) {
      if (port === name || port === containerPort) return containerPort;
    }
  }
  return undefined;
}

// "1500m", "2", "64Mi" as a number of cores or bytes.
export function quantity(text) {
  const [, number, unit] = /^([0-9.]+)(m|Ki|Mi|Gi|Ti)?$/.exec(String(text));
  const factor = { m: 0.001, Ki: 2 ** 10, Mi: 2 ** 20, Gi: 2 ** 30, Ti: 2 ** 40 }[unit] ?? 1;
  return Number(number) * factor;
}
