// combinations.mjs FOLDER: makes kustomizations pairs-N and all-N in a copy of deploy/kubernetes. In the pairs each two
// values of two choices occur together at least once: components meet in nothing but objects that two of them change.
import fs from 'node:fs';

const [folder] = process.argv.slice(2);
const choices = [
  ['', 'postgres', 'external-database'],
  ['', 'redis', 'redis-sentinel'],
  ...['network-policies', 'edge', 'cert-manager', 'external-secrets', 'monitoring', 'tracing', 'backup', 'autoscaling'].map((one) => ['', one]),
];
const known = choices.flat().filter(Boolean).sort().join();
const there = fs.readdirSync(`${folder}/components`).sort().join();
if (known !== there) throw new Error(`components: ${there}; combinations.mjs knows ${known}`);

const open = new Set();
const pairsOf = (row) => row.flatMap((one, i) => row.slice(i + 1).map((other, j) => `${i}=${one} ${i + 1 + j}=${other}`));
for (let i = 0; i < choices.length; i += 1) {
  for (let j = i + 1; j < choices.length; j += 1) {
    for (const one of choices[i]) for (const other of choices[j]) open.add(`${i}=${one} ${j}=${other}`);
  }
}
// Each row: of all combinations the one that covers most of what is open. 10 choices are few enough to try all.
const all = choices.reduce((rows, values) => rows.flatMap((row) => values.map((value) => [...row, value])), [[]]);
const rows = [];
while (open.size) {
  let best = all[0];
  let most = -1;
  for (const row of all) {
    const covers = pairsOf(row).filter((pair) => open.has(pair)).length;
    if (covers > most) [best, most] = [row, covers];
  }
  rows.push(best);
  for (const pair of pairsOf(best)) open.delete(pair);
}
function write(name, components) {
  fs.mkdirSync(`${folder}/${name}`);
  const lines = components.filter(Boolean).map((one) => `  - ../components/${one}\n`).join('');
  fs.writeFileSync(`${folder}/${name}/kustomization.yaml`, 'apiVersion: kustomize.config.k8s.io/v1beta1\nkind: Kustomization\n' +
    `namespace: rapport\nresources:\n  - ../base\n${lines ? `components:\n${lines}` : ''}`);
}
rows.forEach((row, index) => write(`pairs-${index}`, row));
const others = choices.slice(2).map((values) => values[1]);
write('all-0', ['postgres', 'redis', ...others]);
write('all-1', ['external-database', 'redis-sentinel', ...others]);
