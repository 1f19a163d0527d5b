// exporters.mjs RENDERED USERS EDGE: the exporters as RENDERED's manifests start them, beside a Redis with the users of USERS and an nginx with
// the configuration in the folder EDGE, on other ports: each metric of theirs that rules and dashboards ask for is there, and who asks for figures
// without a password is let do nothing else.
import { spawn, spawnSync } from 'node:child_process';
import fs from 'node:fs';
import { once } from 'node:events';
import net from 'node:net';
import { exported } from './metrics.mjs';
import { nameOf, readFile, runningOf, workloads } from './objects.mjs';

const [rendered, users, edge] = process.argv.slice(2);
const faults = [];
const started = [];
const free = async () => {
  const server = net.createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address();
  server.close();
  return port;
};
const start = (program, args) => {
  const child = spawn(program, args);
  child.said = '';
  for (const out of [child.stdout, child.stderr]) out.on('data', (data) => { child.said += data; });
  started.push(child);
  return child;
};
async function until(what) {
  for (let tries = 0; tries < 500; tries += 1) {
    const found = await what();
    if (found) return found;
    await new Promise((resolve) => { setTimeout(resolve, 20); });
  }
  return undefined;
}

const objects = readFile(rendered);
// The exporter of a workload, its ports put elsewhere: what it says, as soon as it sees what it watches.
async function said(workload, ports, up) {
  const found = workloads(objects).find((one) => nameOf(one) === workload);
  const exporter = found && runningOf(found).find(({ name }) => name === 'exporter');
  if (!exporter) throw new Error(`${workload} has no exporter`);
  const port = await free();
  const [program, ...args] = exporter.command.map((word) => Object.entries({ ...ports, [exporter.ports[0].containerPort]: port })
    .reduce((text, [from, to]) => text.replace(`:${from}`, `:${to}`), word).replace('address=:', 'address=127.0.0.1:'));
  const child = start(program, args);
  const text = await until(async () => {
    try {
      const answer = await (await fetch(`http://127.0.0.1:${port}/metrics`)).text();
      return new RegExp(`^${up} 1$`, 'm').test(answer) && answer;
    } catch { return undefined; }
  });
  if (!text) throw new Error(`${workload}: its exporter never sees it: ${child.said}`);
  return text;
}
const missing = (workload, metrics, text, but = []) => [...metrics].filter(([name, { kind }]) => !but.includes(name) &&
  !text.includes(`# TYPE ${name} ${kind}\n`)).forEach(([name, { kind }]) => faults.push(`${workload}: its exporter has no ${kind} ${name}`));

try {
  const [primary, replica, status, api, health] = [await free(), await free(), await free(), await free(), await free()];
  const acl = `${edge}/users.acl`;
  fs.writeFileSync(acl, fs.readFileSync(users, 'utf8').replace(/#[A-Z_0-9]+/g, `#${'0'.repeat(64)}`)
    + 'user replica on nopass resetkeys resetchannels -@all +psync +replconf +ping\n');
  const redis = (port, ...more) => start('redis-server', ['--port', port, '--bind', '127.0.0.1', '--save', '', '--aclfile', acl, '--dir', edge, ...more]);
  redis(primary);
  redis(replica, '--replicaof', `127.0.0.1 ${primary}`, '--masteruser', 'replica', '--masterauth', 'x');
  const ask = (...words) => spawnSync('redis-cli', ['-p', primary, '--user', 'metrics', '--pass', 'nothing', '--no-auth-warning', ...words], { encoding: 'utf8' }).stdout;
  await until(() => ask('info', 'replication').includes('state=online'));
  missing('Deployment/redis', exported.redis, await said('Deployment/redis', { 6379: primary }, 'redis_up'), ['redis_master_link_up']);
  missing('a replica of it', exported.redis, await said('Deployment/redis', { 6379: replica }, 'redis_up'));
  for (const words of [['get', 'rapport/x'], ['config', 'get', '*'], ['keys', '*'], ['slowlog', 'get'], ['flushall'], ['monitor'], ['acl', 'list']]) {
    const answer = ask(...words);
    if (!answer.startsWith('NOPERM')) faults.push(`without a password one may ${words.join(' ')}: ${answer}`);
  }

  const configuration = `${edge}/exporters.conf`;
  fs.writeFileSync(configuration, fs.readFileSync(`${edge}/nginx.conf`, 'utf8').replace('127.0.0.1:8082', `127.0.0.1:${status}`)
    .replaceAll('listen 8443', `listen 127.0.0.1:${api}`).replace('listen 8081', `listen 127.0.0.1:${health}`).replace('/nginx.pid', '/exporters.pid'));
  start('/usr/sbin/nginx', ['-c', configuration, '-g', 'daemon off;']);
  missing('Deployment/edge', exported.edge, await said('Deployment/edge', { 8082: status }, 'nginx_up'));
} catch (error) {
  faults.push(error.message);
}
for (const child of started.reverse()) {
  child.kill('SIGTERM');
  if (child.exitCode === null) await once(child, 'exit');
}
for (const fault of faults) console.log(fault);
process.exitCode = faults.length ? 1 : 0;
