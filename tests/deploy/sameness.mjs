// The four services' folders differ in names, and in whom they call.
import fs from 'node:fs';
import { services } from './objects.mjs';

const plain = (text, service) => text.replaceAll(service, 'SERVICE').replace(/^peer_.*\n/gm, '');

// `read`: the text of base/SERVICE/FILE; replaced in the test of this check.
export function samenessFaults(base, graph, read = (path) => fs.readFileSync(path, 'utf8')) {
  const faults = [];
  const [first, ...others] = services;
  const files = fs.readdirSync(`${base}/${first}`).sort();
  for (const service of others) {
    if (fs.readdirSync(`${base}/${service}`).sort().join() !== files.join()) faults.push(`${service} has other files than ${first}`);
    for (const file of files) {
      const one = plain(read(`${base}/${first}/${file}`), first);
      const other = plain(read(`${base}/${service}/${file}`), service);
      if (one !== other) faults.push(`${service}/${file} is not ${first}/${file} with another name`);
    }
  }
  for (const service of services) {
    const peers = [...read(`${base}/${service}/config.yaml`).matchAll(/^peer_([a-z]+):/gm)].map((match) => match[1]);
    if (peers.sort().join() !== [...graph[service]].sort().join()) faults.push(`${service} is told of ${peers}, and calls ${graph[service]}`);
  }
  return faults;
}
