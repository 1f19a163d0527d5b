// live.mjs PROMETHEUS [RANGE_SECONDS]: runs every query of the dashboards on a live Prometheus, as the panels do, and asks how
// its rules are. Each must give a number: no error, not nothing, not only NaN. Prints what is wrong; 1 if anything is.
import fs from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const folder = `${fs.realpathSync(path.dirname(fileURLToPath(import.meta.url)))}/../../deploy/monitoring/dashboards`;
export const boards = () => fs.readdirSync(folder).filter((name) => name.endsWith('.json'))
  .map((name) => ({ name: path.basename(name, '.json'), ...JSON.parse(fs.readFileSync(`${folder}/${name}`, 'utf8')) }));

// What Prometheus says to one request of its API; its own words as an error.
export async function ask(prometheus, what, parameters = {}) {
  const response = await fetch(`${prometheus}/api/v1/${what}?${new URLSearchParams(parameters)}`);
  const answer = await response.json();
  if (answer.status !== 'success') throw new Error(answer.error);
  return answer.data;
}
export const withInterval = (expression, seconds) => expression.replaceAll('$__rate_interval', `${seconds}s`);

// Why a panel would show no number; undefined: it shows one.
async function faultOf(prometheus, expression, seconds) {
  try {
    const { result } = await ask(prometheus, 'query', { query: withInterval(expression, seconds) });
    if (!result.length) return `shows nothing: ${expression}`;
    return result.every(({ value }) => value[1] === 'NaN') ? `shows no number: ${expression}` : undefined;
  } catch (error) {
    return error.message;
  }
}

// A scrape that a busy machine makes late leaves a service without any series until the next one: asked again until that has come.
async function lastingFault(prometheus, expression, seconds) {
  const until = Date.now() + 3_000;
  let fault = await faultOf(prometheus, expression, seconds);
  while (fault?.startsWith('shows nothing') && Date.now() < until) fault = await faultOf(prometheus, expression, seconds);
  return fault;
}

async function queryFaults(prometheus, seconds) {
  const faults = [];
  let asked = 0;
  for (const { title, panels } of boards()) {
    for (const panel of panels) {
      for (const { expr, refId } of panel.targets ?? []) {
        asked += 1;
        const fault = await lastingFault(prometheus, expr, seconds);
        if (fault) faults.push(`${title} / ${panel.title} ${refId}: ${fault}`);
      }
    }
  }
  console.log(`${asked} queries`);
  // What is planted must be found.
  for (const expression of ['rapport_forks', 'vector(0) / 0', 'sum(']) {
    if (!await faultOf(prometheus, expression, seconds)) faults.push(`nobody says what is wrong with ${expression}`);
  }
  return faults;
}

async function ruleFaults(prometheus) {
  const rules = (await ask(prometheus, 'rules')).groups.flatMap((group) => group.rules);
  console.log(`${rules.length} rules`);
  return [...rules.filter(({ health }) => health !== 'ok').map(({ name, lastError }) => `rule ${name}: ${lastError}`),
    ...(rules.length ? [] : ['Prometheus has no rules'])];
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const [, , prometheus, seconds = '300'] = process.argv;
  const faults = [...await queryFaults(prometheus, seconds), ...await ruleFaults(prometheus)];
  for (const fault of faults) console.log(fault);
  process.exitCode = faults.length ? 1 : 0;
}
