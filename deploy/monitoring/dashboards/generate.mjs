// generate.mjs FOLDER: writes every dashboard (src/) as Grafana's JSON into FOLDER, a line a panel. What is in git beside this
// file is what it writes: `tests/deploy/check --update` does it again, with the packages it needs.
import fs from 'node:fs';
import { dashboards } from './src/all.mjs';

const [folder] = process.argv.slice(2);
for (const [name, { panels, ...rest }] of Object.entries(dashboards)) {
  const lines = Object.entries(rest).map(([key, value]) => `  ${JSON.stringify(key)}: ${JSON.stringify(value)}`);
  lines.push(`  "panels": [\n${panels.map((panel) => `    ${JSON.stringify(panel)}`).join(',\n')}\n  ]`);
  fs.writeFileSync(`${folder}/${name}.json`, `{\n${lines.join(',\n')}\n}\n`);
}
