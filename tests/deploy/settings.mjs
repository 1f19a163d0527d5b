// The programs themselves say whether they take what their pods give them: each service is asked for --print-config with
// the files, the environment and the arguments of its pod, laid out in a folder as the kubelet would.
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { containersOf, nameOf, services, templateOf } from './objects.mjs';

const find = (objects, kind, name) => objects.find((one) => one.kind === kind && one.metadata.name === name);

// What a ConfigMap or a Secret has, by key.
export function contentOf(objects, kind, name) {
  const object = find(objects, kind, name);
  const plain = Object.entries(object?.data ?? {}).map(([key, text]) => [key, kind === 'Secret' ? Buffer.from(text, 'base64') : text]);
  return Object.fromEntries([...plain,
    ...Object.entries(object?.binaryData ?? {}).map(([key, text]) => [key, Buffer.from(text, 'base64')])]);
}

// Files of a pod's volumes under `root`. `objects` has the secrets as well.
function layOut(objects, pod, root) {
  const write = (folder, files) => {
    fs.mkdirSync(folder, { recursive: true });
    for (const [name, content] of Object.entries(files)) fs.writeFileSync(path.join(folder, name), content, { mode: 0o640 });
  };
  const volumes = templateOf(pod).spec.volumes;
  for (const { name, mountPath } of containersOf(pod)[0].volumeMounts) {
    const volume = volumes.find((one) => one.name === name) ?? {};
    const folder = path.join(root, mountPath);
    write(folder, volume.configMap ? contentOf(objects, 'ConfigMap', volume.configMap.name) : {});
    write(folder, volume.secret ? contentOf(objects, 'Secret', volume.secret.secretName) : {});
    for (const { secret } of volume.projected?.sources ?? []) {
      const content = contentOf(objects, 'Secret', secret.name);
      write(folder, Object.fromEntries(secret.items.filter((item) => item.key in content).map((item) => [item.path, content[item.key]])));
    }
  }
}

// The environment as the kubelet makes it, with $(NAME) of variables that came before.
function environmentOf(objects, container) {
  const variables = {};
  for (const { configMapRef } of container.envFrom ?? []) Object.assign(variables, find(objects, 'ConfigMap', configMapRef.name)?.data);
  for (const { name, value, valueFrom } of container.env ?? []) {
    const { name: map, key } = valueFrom?.configMapKeyRef ?? {};
    variables[name] = map ? find(objects, 'ConfigMap', map)?.data[key]
      : value.replace(/\$\(([A-Z_]+)\)/g, (whole, other) => variables[other] ?? whole);
  }
  return variables;
}

// `secrets`: what local-secrets prints. `bin`: folder of the programs.
export function settingFaults(objects, secrets, bin, scratch) {
  const faults = [];
  for (const service of services) {
    const root = fs.mkdtempSync(path.join(scratch, `${service}-`));
    const pod = find(objects, 'StatefulSet', service);
    const [container] = templateOf(pod).spec.containers;
    layOut([...objects, ...secrets], pod, root);
    const inside = (text) => text.replace(/\/(etc|run|var\/lib)\/rapport\//g, `${root}$&`).replace(/\/run\/rapport$/m, `${root}$&`);
    const config = path.join(root, '/etc/rapport/config/config.yaml');
    if (!fs.existsSync(config)) {
      faults.push(`${service}: no config.yaml where its argument says`);
      continue;
    }
    fs.writeFileSync(config, inside(fs.readFileSync(config, 'utf8')));
    const env = Object.fromEntries(Object.entries(environmentOf(objects, container))
      .map(([name, value]) => [name, value?.startsWith('/') ? inside(value) : value]));
    const run = spawnSync(path.join(bin, `rapport-${service}`), [...container.args.map(inside), '--print-config'],
      { env, encoding: 'utf8' });
    if (run.status !== 0) faults.push(`rapport-${service} does not take its pod's settings:\n${run.stderr ?? run.error}`);
    else if (!/^database: 'postgres:/m.test(run.stdout) || !/^keys_database: 'postgres:/m.test(run.stdout)) {
      faults.push(`rapport-${service} would not keep its data in PostgreSQL`);
    }
  }
  return faults;
}

// Options of rapport-admin's commands that jobs name and it does not have.
export function commandFaults(objects, bin) {
  const faults = [];
  for (const job of objects.filter(({ kind }) => kind === 'Job' || kind === 'CronJob')) {
    for (const { image, args } of containersOf(job).filter((one) => /\brapport-admin\b|\/admin\b/.test(one.image))) {
      const help = spawnSync(path.join(bin, 'rapport-admin'), [args[0], '--help'], { encoding: 'utf8' }).stdout ?? '';
      if (!help.includes('--service')) faults.push(`${nameOf(job)}: ${image} has no command ${args[0]}`);
      for (const argument of args.slice(1)) {
        const [option] = argument.split('=');
        if (!help.includes(`${option} `)) faults.push(`${nameOf(job)}: rapport-admin ${args[0]} has no ${option}`);
      }
    }
  }
  return faults;
}
