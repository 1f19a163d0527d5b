// monitoring.mjs: what promtool does not know of the rules: which metrics and labels the programs have (tests/golden), that
// each alert has a severity, a runbook and a test in which it fires, and that reads and writes are told apart as in protos/.
import fs from 'node:fs';
import { parse } from 'yaml';
import { metricOf, root, scraped } from './metrics.mjs';

const folder = `${root}/deploy/monitoring`;
const yamlIn = (name) => Object.fromEntries(fs.readdirSync(`${folder}/${name}`).sort()
  .map((file) => [file, parse(fs.readFileSync(`${folder}/${name}/${file}`, 'utf8'))]));

// Faults of an expression: names that nothing exposes or records, labels that a metric has not.
function expressionFaults(expression, recorded) {
  const faults = [];
  const bare = expression.replace(/"[^"]*"/g, '""');
  for (const [, name, , matchers] of bare.matchAll(/\b([a-z][a-z0-9_:]*)(?=\s*(\{|\[|\)|\s[<>=*+-]|$))(?:\s*\{([^}]*)\})?/g)) {
    if (/^(by|on|and|or|unless|vector|time|sum|min|max|rate|increase|changes|service|database|destination|certificate|cronjob|name|pod)$/.test(name)) continue;
    const metric = metricOf(name);
    if (!metric && name !== 'up' && !recorded.includes(name)) faults.push(`${name} is no metric`);
    for (const [, label] of (matchers ?? '').matchAll(/(\w+)\s*[=!]/g)) {
      const known = [...(metric?.labels ?? ['effect']), ...scraped, ...(name.endsWith('_bucket') ? ['le'] : [])];
      if (!known.includes(label)) faults.push(`${name} has no label ${label}`);
    }
  }
  return faults;
}

export function faultsOf(rules, tests, runbooks) {
  const faults = [];
  const all = Object.values(rules).flatMap(({ groups }) => groups.flatMap((group) => group.rules));
  const recorded = all.map(({ record }) => record).filter(Boolean);
  const alerts = all.filter(({ alert }) => alert);
  const cases = Object.values(tests).flatMap((file) => file.tests.flatMap((one) => one.alert_rule_test ?? []));
  for (const rule of all) faults.push(...expressionFaults(rule.expr, recorded).map((fault) => `${rule.alert ?? rule.record}: ${fault}`));
  for (const { alert, labels, annotations } of alerts) {
    if (!['page', 'ticket'].includes(labels.severity)) faults.push(`${alert}: severity ${labels.severity}`);
    if (annotations.runbook_url !== `deploy/monitoring/runbooks/${alert}.md`) faults.push(`${alert}: its runbook is ${annotations.runbook_url}`);
    if (!runbooks.includes(`${alert}.md`)) faults.push(`${alert} has no runbook`);
    if (!cases.some(({ alertname, exp_alerts: expected }) => alertname === alert && expected.length)) faults.push(`${alert} fires in no test`);
  }
  for (const file of runbooks) {
    const text = fs.readFileSync(`${folder}/runbooks/${file}`, 'utf8');
    // KEDA sets replicas again within seconds.
    if (/kubectl [^`]*scale /.test(text) && !text.includes('scaledobject')) faults.push(`${file} scales what KEDA scales back`);
  }
  for (const file of runbooks) if (!alerts.some(({ alert }) => `${alert}.md` === file)) faults.push(`${file} is of no alert`);
  return faults;
}

// Methods that the rules' pattern counts as the wrong kind.
export function effectFaults(rules) {
  const patterns = new Set([...JSON.stringify(rules).matchAll(/grpc_method(=~|!~)\\"([^"\\]+)\\"/g)].map((match) => match[2]));
  const faults = patterns.size === 1 ? [] : [`reads are told from writes by ${patterns.size} patterns`];
  const [reads] = [...patterns].map((text) => new RegExp(`^(?:${text})$`));
  for (const service of fs.readdirSync(`${root}/protos/rapport`).filter((name) => name !== 'internal')) {
    const version = `${root}/protos/rapport/${service}/v1`;
    for (const file of fs.existsSync(version) ? fs.readdirSync(version).filter((name) => name.endsWith('_service.proto')) : []) {
      const text = fs.readFileSync(`${version}/${file}`, 'utf8');
      for (const [, method, body] of text.matchAll(/ {2}rpc (\w+)\([^{]*\{([\s\S]*?)\n {2}\}/g)) {
        const read = body.includes('effect: EFFECT_READ');
        if (reads && reads.test(method) !== read) faults.push(`${method} is a ${read ? 'read' : 'write'} and counted as the other`);
      }
    }
  }
  return faults;
}

// The memory that a replica may have by the manifests, and what the alert and the dashboards say it is.
export function memoryFaults(rules) {
  const base = (name) => fs.readFileSync(`${root}/deploy/kubernetes/base/${name}`, 'utf8');
  const { expr } = rules['processes.yml'].groups[0].rules.find(({ alert }) => alert === 'RapportMemoryHigh');
  const alerts = [...expr.matchAll(/service=~?"([^"]+)"\} > 0\.9 \* (\d+) \*/g)];
  return ['intake', 'notes', 'goals', 'alliance'].flatMap((service) => {
    const patched = new RegExp(`name: ${service}\\n[^#]*?limits/memory\\n +value: (\\d+)Mi`).exec(base('kustomization.yaml'));
    const [, limit] = patched ?? /limits:\s+memory: (\d+)Mi/.exec(base(`${service}/workload.yaml`));
    const alert = alerts.find(([, names]) => names.split('|').includes(service))?.[2];
    const board = fs.readFileSync(`${folder}/dashboards/${service}.json`, 'utf8');
    return [
      ...(alert === limit ? [] : [`RapportMemoryHigh: ${alert} MiB is not the limit of ${service}, ${limit}`]),
      ...(board.includes(`The limit in a cluster is ${limit} MiB.`) ? [] : [`dashboard ${service}: the limit is ${limit} MiB`]),
    ];
  });
}

const [rules, tests] = [yamlIn('rules'), yamlIn('tests')];
const runbooks = fs.readdirSync(`${folder}/runbooks`);
const faults = [...faultsOf(rules, tests, runbooks), ...effectFaults(rules), ...memoryFaults(rules)];

// What is planted must be found.
const planted = [
  ['is no metric', (r) => { r['data.yml'].groups[0].rules[0].expr = 'rapport_db_health == 0'; }],
  ['has no label', (r) => { r['processes.yml'].groups[0].rules[3].expr = 'rate(rapport_shed_total{klass="urgent"}[5m]) > 0'; }],
  ['severity', (r) => { r['data.yml'].groups[0].rules[1].labels = { severity: 'warn' }; }],
  ['its runbook is', (r) => { r['data.yml'].groups[0].rules[1].annotations.runbook_url = 'x'; }],
  ['has no runbook', (r) => { r['data.yml'].groups[0].rules[1].alert = 'RapportNew'; }],
  ['fires in no test', (r) => { r['data.yml'].groups[0].rules[1].alert = 'RapportNew'; }],
  ['is of no alert', (r) => { r['data.yml'].groups[0].rules.pop(); }],
];
for (const [words, change] of planted) {
  const copy = structuredClone(rules);
  change(copy);
  if (!faultsOf(copy, tests, runbooks).some((fault) => fault.includes(words))) faults.push(`nobody says "${words}" of a planted fault`);
}
const narrower = JSON.parse(JSON.stringify(rules).replaceAll('|Search', ''));
if (!effectFaults(narrower).some((fault) => fault.includes('SearchNotes'))) faults.push('nobody says that SearchNotes is a read');
const tight = JSON.parse(JSON.stringify(rules).replaceAll('768', '384'));
if (!memoryFaults(tight).some((fault) => fault.includes('limit of alliance'))) faults.push('nobody says that the alert takes alliance for smaller');
for (const fault of faults) console.log(fault);
process.exitCode = faults.length ? 1 : 0;
