// The admission policies of deploy/kubernetes/policies, run as the API server would over objects that are not there yet, or that somebody
// changes.
// Only what CEL has everywhere is used in them (has(), no optionals, no quantity()), so that what passes here passes there.
import { celEnv, parse, plan } from '@bufbuild/cel';
import { strings } from '@bufbuild/cel/ext';

const environment = celEnv({ funcs: strings });
const resources = {
  Deployment: 'deployments', StatefulSet: 'statefulsets', DaemonSet: 'daemonsets', Job: 'jobs', CronJob: 'cronjobs',
  Pod: 'pods', Service: 'services',
};

// CEL's whole numbers are not JavaScript's.
function celValue(value) {
  if (Array.isArray(value)) return value.map(celValue);
  if (value && typeof value === 'object') {
    return Object.fromEntries(Object.entries(value).map(([key, one]) => [key, celValue(one)]));
  }
  return Number.isInteger(value) ? BigInt(value) : value;
}

// A container for debugging is a change of the subresource, and the object is the pod with it.
const resourceOf = ({ kind, spec }) => (kind === 'Pod' && spec.ephemeralContainers ? 'pods/ephemeralcontainers' : resources[kind]);

function matches(policy, object, operation) {
  const [group, version] = object.apiVersion.includes('/') ? object.apiVersion.split('/') : ['', object.apiVersion];
  return policy.spec.matchConstraints.resourceRules.some((rule) => rule.apiGroups.includes(group) &&
    rule.apiVersions.includes(version) && rule.operations.includes(operation) && rule.resources.includes(resourceOf(object)));
}

const compiled = new Map();
function evaluate(expression, values) {
  if (!compiled.has(expression)) compiled.set(expression, plan(environment, parse(expression)));
  return compiled.get(expression)(values);
}

export const policiesIn = (objects) => objects.filter((object) => object.kind === 'ValidatingAdmissionPolicy');

// Messages of the validations that refuse an object, as "policy: message (object)".
export function refusals(policies, objects, operation = 'CREATE') {
  const refused = [];
  for (const object of objects) {
    const value = celValue(object);
    for (const policy of policies.filter((one) => matches(one, object, operation))) {
      const variables = {};
      for (const { name, expression } of policy.spec.variables ?? []) {
        variables[name] = evaluate(expression, { object: value, variables });
      }
      for (const { expression, message } of policy.spec.validations) {
        const result = evaluate(expression, { object: value, variables });
        if (result === true) continue;
        const why = result === false ? '' : ` [${result?.message ?? result}]`;
        refused.push(`${policy.metadata.name}: ${message}${why} (${object.kind}/${object.metadata.name})`);
      }
    }
  }
  return refused;
}
