// dashboards.mjs: what can be known of the dashboards without a Prometheus: queries name metrics, labels and values that the
// programs have, count what must be counted and add up what may be added; every panel has a question, words on how to read it,
// the right unit and a place of its own; nothing the programs measure is shown nowhere. live.mjs runs the queries.
import fs from 'node:fs';
import { parser } from '@prometheus-io/lezer-promql';
import { golden, metricOf, root, scraped } from './metrics.mjs';

const folder = `${root}/deploy/monitoring/dashboards`;
// Of Prometheus itself.
const others = { up: { labels: [] }, ALERTS: { labels: ['alertstate', 'severity', 'alertname'] } };
// Shown nowhere: what is started also ends, and what runs stands in `kubectl get pods`.
const unshown = ['grpc_server_started_total', 'grpc_client_started_total', 'rapport_build_info'];
const overTime = ['Rate', 'Increase'];
const plain = (expression) => expression.replaceAll('$__rate_interval', '5m');

// Every node of an expression: its name, its text, and the names of what it stands in.
function nodesOf(expression) {
  const nodes = [];
  const inside = [];
  parser.parse(expression).iterate({
    enter(node) {
      const call = node.name === 'FunctionCall' && node.node.firstChild?.firstChild?.name;
      const sums = node.name === 'AggregateExpr' && node.node.firstChild?.firstChild?.name;
      nodes.push({ name: node.name, text: expression.slice(node.from, node.to), inside: [...inside], node: node.node, error: node.type.isError });
      inside.push(call || sums || node.name);
    },
    leave: () => inside.pop(),
  });
  return nodes;
}

const text = (expression, node, name) => {
  const child = node.getChild(name);
  return child ? expression.slice(child.from, child.to) : '';
};

function selectorFaults(expression, { node, inside }, faults) {
  const series = text(expression, node, 'Identifier');
  const metric = metricOf(series) ?? others[series];
  if (!metric) return faults.push(`${series} is no metric`);
  const grows = metric.kind === 'counter' || metric.kind === 'histogram';
  if (grows && !inside.some((one) => overTime.includes(one))) faults.push(`${series} is a counter and its growth is not asked for`);
  if (metric.kind === 'gauge' && inside.some((one) => overTime.includes(one))) faults.push(`${series} is no counter`);
  if (metric.elevens && !grows && !inside.includes('Max')) faults.push(`${series} is counted alike by every replica: not the largest is taken`);
  if (!/service|namespace="rapport"|alertname=~"Rapport/.test(text(expression, node, 'LabelMatchers'))) faults.push(`${series} is taken of anybody's services`);
  for (const matcher of node.getChild('LabelMatchers')?.getChildren('UnquotedLabelMatcher') ?? []) {
    const [label, operator, value] = ['LabelName', 'MatchOp', 'StringLiteral'].map((name) => text(expression, matcher, name));
    const known = [...metric.labels, ...scraped, ...(series.endsWith('_bucket') ? ['le'] : [])];
    if (!known.includes(label)) faults.push(`${series} has no label ${label}`);
    if (metric.values?.length && metric.labels[0] === label && /^=$/.test(operator) && !metric.values.includes(value.slice(1, -1))) {
      faults.push(`${series} has no ${label} ${value}`);
    }
  }
  return faults;
}

export function expressionFaults(expression, legend) {
  const faults = [];
  const nodes = nodesOf(plain(expression));
  if (nodes.some(({ error }) => error)) return [`no PromQL: ${expression}`];
  for (const one of nodes.filter(({ name }) => name === 'VectorSelector')) selectorFaults(plain(expression), one, faults);
  const labels = nodes.filter(({ name, inside }) => name === 'LabelName' && inside.includes('GroupingLabels')).map((one) => one.text);
  const series = nodes.filter(({ name }) => name === 'VectorSelector').map(({ node }) => text(plain(expression), node, 'Identifier'));
  const grouped = nodes.some(({ name }) => name === 'AggregateExpr' || name === 'GroupingLabels');
  for (const label of labels) {
    const known = [...scraped, 'le', ...series.flatMap((one) => (metricOf(one) ?? others[one])?.labels ?? [])];
    if (!known.includes(label)) faults.push(`${series} have no label ${label}`);
  }
  for (const [, label] of legend.matchAll(/\{\{(\w+)\}\}/g)) {
    if (grouped ? !labels.includes(label) : !scraped.includes(label)) faults.push(`the legend names ${label}, which the query gives away`);
  }
  return faults;
}

// The units that fit what is asked for.
function unitsOf(expression) {
  if (/\bprocess_cpu_seconds_total\b/.test(expression)) return ['short'];
  if (/_transactions_total\{.*\/ .*_commits_total\{/.test(expression)) return ['short'];
  if (/\) \/ \(/.test(expression)) return ['percentunit'];
  if (/histogram_quantile|_seconds\b/.test(expression)) return ['s'];
  if (/_bytes\b/.test(expression)) return ['bytes'];
  if (/\brate\(/.test(expression)) return ['reqps', 'ops'];
  return ['short'];
}

export function boardFaults({ title, uid, description, tags, panels }) {
  const faults = [];
  if (!description || !uid?.startsWith('rapport-') || !tags.includes('rapport')) faults.push(`${title}: description, uid or tag`);
  const ids = panels.map(({ id }) => id);
  if (new Set(ids).size !== ids.length) faults.push(`${title}: two panels have one id`);
  const taken = new Map();
  let row = '';
  const titles = new Set();
  for (const panel of panels) {
    if (panel.type === 'row') row = panel.title;
    const name = `${title} / ${row} / ${panel.title}`;
    if (!panel.title || titles.has(name)) faults.push(`${name}: no title of its own`);
    titles.add(name);
    const { x, y, w, h } = panel.gridPos;
    if (x + w > 24) faults.push(`${name} is too wide`);
    for (let place = 0; place < w * h; place += 1) {
      const key = `${x + (place % w)} ${y + Math.floor(place / w)}`;
      if (taken.has(key)) { faults.push(`${name} lies on ${taken.get(key)}`); break; }
      taken.set(key, name);
    }
    if (panel.type === 'row') continue;
    if (!(panel.description?.length > 10)) faults.push(`${name}: no words on how to read it`);
    if (panel.datasource?.uid !== '${datasource}') faults.push(`${name}: a source of its own`);
    if (!panel.targets?.length) faults.push(`${name} asks nothing`);
    for (const { expr, legendFormat } of panel.targets ?? []) {
      if (!legendFormat) faults.push(`${name}: no legend`);
      faults.push(...expressionFaults(expr, legendFormat ?? '').map((fault) => `${name}: ${fault}`));
      if (!unitsOf(expr).includes(panel.fieldConfig.defaults.unit)) faults.push(`${name}: ${panel.fieldConfig.defaults.unit} is not its unit`);
    }
  }
  return faults;
}

// What the rules say of a failed call, a read, a call from outside, the dashboards say too.
function wordFaults(boards, rules) {
  const faults = [];
  const all = JSON.stringify(boards.map(({ panels }) => panels)).replaceAll('\\"', '"');
  for (const label of ['grpc_service', 'grpc_method', 'grpc_code']) {
    const [here, there] = [all, rules].map((one) => new Set([...one.matchAll(new RegExp(`${label}[!=]~\\\\?"([^"\\\\]+)\\\\?"`, 'g'))].map((match) => match[1])));
    for (const pattern of here) if (!there.has(pattern) && !pattern.includes('BreakGlass')) faults.push(`${label} ${pattern}: no rule says so`);
  }
  return faults;
}

function coverageFaults(boards) {
  const all = JSON.stringify(boards);
  return [...golden.keys()].filter((name) => !unshown.includes(name) && !new RegExp(`\\b${name}(_bucket)?\\b`).test(all)).map((name) => `${name} is shown nowhere`);
}

const files = fs.readdirSync(folder).filter((name) => name.endsWith('.json'));
const boards = files.map((name) => JSON.parse(fs.readFileSync(`${folder}/${name}`, 'utf8')));
const rules = fs.readdirSync(`${root}/deploy/monitoring/rules`).map((name) => fs.readFileSync(`${root}/deploy/monitoring/rules/${name}`, 'utf8')).join();
const shipped = fs.readFileSync(`${folder}/kustomization.yaml`, 'utf8');
const faults = [...boards.flatMap(boardFaults), ...wordFaults(boards, rules), ...coverageFaults(boards),
  ...files.filter((name) => !shipped.includes(`[${name}]`)).map((name) => `${name} is not shipped`)];

// What is planted must be found.
const practice = boards.find(({ uid }) => uid === 'rapport-practice');
const planted = [
  ['is no metric', (p) => { p.targets[0].expr = 'max(rapport_form{service="alliance"})'; }],
  ['has no label', (p) => { p.targets[0].expr = 'max(rapport_forms{service="alliance", outcom="asked"})'; }],
  ['has no outcome', (p) => { p.targets[0].expr = 'max(rapport_forms{service="alliance", outcome="aksed"})'; }],
  ['have no label', (p) => { p.targets[0].expr = 'max by (agency) (rapport_forms{service="alliance"})'; }],
  ['not the largest', (p) => { p.targets[0].expr = 'sum(rapport_forms{service="alliance"})'; }],
  ['is a counter', (p) => { p.targets[0].expr = 'max(rapport_events_total{service="alliance"})'; }],
  ['is no counter', (p) => { p.targets[0].expr = 'max(rate(rapport_forms{service="alliance"}[5m]))'; }],
  ['anybody\'s services', (p) => { p.targets[0].expr = 'max(rapport_forms)'; }],
  ['anybody\'s services', (p) => { p.targets[0].expr = 'count(ALERTS{severity="page"})'; }],
  ['no PromQL', (p) => { p.targets[0].expr = 'max(rapport_forms{service="alliance"}'; }],
  ['gives away', (p) => { p.targets[0].legendFormat = '{{instance}}'; }],
  ['is not its unit', (p) => { p.fieldConfig.defaults.unit = 's'; }],
  ['no words', (p) => { delete p.description; }],
  ['lies on', (p) => { p.gridPos.x += 1; p.gridPos.y -= 1; }],
  ['one id', (p) => { p.id = 1; }],
];
for (const [words, change] of planted) {
  const copy = structuredClone(practice);
  change(copy.panels.find(({ title }) => title === 'A day'));
  if (!boardFaults(copy).some((fault) => fault.includes(words))) faults.push(`nobody says "${words}" of a planted fault`);
}
if (!wordFaults(boards, rules.replaceAll('|Search', '')).length) faults.push('nobody says that rules and dashboards differ');
if (!coverageFaults(boards.filter(({ uid }) => uid !== 'rapport-storage')).length) faults.push('nobody says that a metric is shown nowhere');
for (const fault of faults) console.log(fault);
process.exitCode = faults.length ? 1 : 0;
