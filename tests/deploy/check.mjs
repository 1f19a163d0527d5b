// check.mjs RENDERED SCRATCH BIN TOOLS: every check of rendered manifests, and that each finds what is planted for it (bad/).
// RENDERED has overlay-NAME.yaml, all-N.yaml and secrets.yaml; `check` makes them. Prints what is wrong; 1 if anything is.
import fs from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { parse } from 'yaml';
import { cacheFaults } from './cache.mjs';
import { callGraph, networkFaults } from './network.mjs';
import { nameOf, readFile } from './objects.mjs';
import { policiesIn, refusals } from './policies.mjs';
import { digestFaults, referenceFaults } from './references.mjs';
import { samenessFaults } from './sameness.mjs';
import { fieldFaults, typeFaults } from './schema.mjs';
import { commandFaults, contentOf, settingFaults } from './settings.mjs';

const [rendered, scratch, bin, tools] = process.argv.slice(2);
const here = fs.realpathSync(path.dirname(fileURLToPath(import.meta.url)));
const root = path.resolve(here, '../..');
const kubernetes = `${root}/deploy/kubernetes`;
const external = parse(fs.readFileSync(`${kubernetes}/external.yaml`, 'utf8'));
const graph = callGraph(root);
const secrets = readFile(`${rendered}/secrets.yaml`);
const renders = Object.fromEntries(fs.readdirSync(rendered).filter((file) => /^(overlay|all)-/.test(file))
  .map((file) => [path.basename(file, '.yaml'), readFile(`${rendered}/${file}`)]));
const [local, production] = [renders['overlay-local'], renders['overlay-production']];
const policies = policiesIn(production).filter(({ metadata }) => metadata.name !== 'rapport-digests');
const digests = policiesIn(production).filter(({ metadata }) => metadata.name === 'rapport-digests');

let failures = 0;
const say = (title, faults) => {
  failures += faults.length;
  console.log(`${faults.length ? 'FAIL' : 'ok  '}  ${title}`);
  for (const fault of faults) console.log(`        ${fault}`);
};
const unique = (objects) => [...new Map(objects.map((one) => [JSON.stringify(one), one])).values()];
const everything = unique(Object.values(renders).flat());

say(`types of ${everything.length} objects`, await typeFaults(everything));
say('fields', fieldFaults(everything, tools));
for (const [name, objects] of Object.entries(renders)) {
  const tagless = name.startsWith('all-');
  say(`${name}: references`, referenceFaults(objects, external));
  say(`${name}: cache`, cacheFaults(objects));
  say(`${name}: network`, networkFaults(objects, graph));
  say(`${name}: policies`, refusals(policies, objects).filter((one) => !tagless || !one.includes('images are named by version')));
}
say('production: digests', digestFaults(production));
// The one thing that keeps the overlay, as it is in git, from being admitted: there are no images yet to name.
say('production: what it waits for', refusals(digests, production).filter((one) => !one.includes('the digest is one of an image')));
say('settings are those of the programs', settingFaults(local, secrets, bin, scratch));
// What the collector's certificate is verified with is made by others.
const authority = { kind: 'ConfigMap', metadata: { name: 'tracing-authority' }, data: { 'ca.crt': contentOf(secrets, 'Secret', 'intake-api-tls')['ca.crt'].toString() } };
say('settings are those of the programs, with traces too', settingFaults(renders['all-0'], [...secrets, authority], bin, scratch));
say('jobs call rapport-admin as it is', commandFaults(everything, bin));
say('four services, one shape', samenessFaults(`${kubernetes}/base`, graph));
const made = new Map(secrets.map((one) => [nameOf(one), Object.keys(one.data ?? one.binaryData)]));
say('local-secrets makes what is external', Object.entries(external)
  .filter(([name, { keys, made_by: by }]) => by.includes('local-secrets') && !keys.every((key) => made.get(name)?.includes(key)))
  .map(([name]) => `${name} is not whole`));

// What is planted: a copy of the overlay `local` with one thing changed.
function changed({ object: name, path: keys, value, remove, add }) {
  const objects = structuredClone(local);
  if (add) objects.push(add);
  if (!name) return objects;
  let at = objects.find((one) => nameOf(one).startsWith(name));
  if (!at) throw new Error(`bad/: there is no ${name}`);
  for (const key of keys.slice(0, -1)) at = at[key];
  const last = keys.at(-1);
  if (!remove) at[last] = value;
  else if (Array.isArray(at)) at.splice(last, 1);
  else delete at[last];
  return objects;
}
const finders = {
  references: (objects) => referenceFaults(objects, external),
  cache: cacheFaults,
  network: (objects) => networkFaults(objects, graph),
  policies: (objects, operation) => refusals(policies, objects, operation),
  digests: (objects, operation) => [...refusals(digests, objects, operation), ...digestFaults(objects)],
  settings: (objects) => [...settingFaults(objects, secrets, bin, scratch), ...commandFaults(objects, bin)],
  types: (objects) => typeFaults(objects),
};
const missed = [];
const expected = [];
let planted = 0;
const bad = fs.readdirSync(`${here}/bad`).flatMap((file) => parse(fs.readFileSync(`${here}/bad/${file}`, 'utf8')));
for (const one of bad.filter(({ check }) => check in finders)) {
  planted += 1;
  expected.push(one.expect);
  const faults = await finders[one.check](changed(one), one.operation);
  if (!faults.some((fault) => fault.includes(one.expect))) missed.push(`${one.check}: nobody says "${one.expect}", but: ${faults.join('; ') || 'nothing'}`);
}
// The compiler is started once for all of them.
const misspelt = bad.filter(({ check }) => check === 'fields');
const objects = misspelt.map((one) => changed(one).find((object) => nameOf(object).startsWith(one.object)));
const found = fieldFaults(objects, tools);
for (const one of misspelt) {
  planted += 1;
  if (!found.some((fault) => fault.includes(one.expect))) missed.push(`fields: nobody says "${one.expect}", but: ${found.join('; ')}`);
}
const mends = samenessFaults(`${kubernetes}/base`, graph, (file) => {
  const text = fs.readFileSync(file, 'utf8');
  if (file.endsWith('goals/workload.yaml')) return text.replace('memory: 384Mi', 'memory: 512Mi');
  return file.endsWith('alliance/config.yaml') ? `${text}peer_notes: dns:///notes:8444\n` : text;
});
planted += 2;
for (const words of ['goals/workload.yaml is not', 'alliance is told of']) {
  if (!mends.some((fault) => fault.includes(words))) missed.push(`sameness: nobody says "${words}"`);
}
for (const { spec } of [...policies, ...digests]) {
  for (const { message } of spec.validations) {
    if (!expected.some((words) => words.includes(message))) missed.push(`no bad example for the policy "${message}"`);
  }
}
say(`${planted} planted faults are found`, missed);
process.exitCode = failures ? 1 : 0;
