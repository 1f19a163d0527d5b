// edge.mjs FOLDER SECRETS: the shipped configuration of the edge (check puts it in FOLDER, with its paths), as nginx runs it before a
// service of this file: what one address may have open, how long and how large calls may be, what nginx writes down. And that each
// method of protos/ has, at the edge, the time and the size that its policy gives it. Takes the 16 s that a call shall be able to take.
import { spawn } from 'node:child_process';
import fs from 'node:fs';
import http2 from 'node:http2';
import net from 'node:net';
import { once } from 'node:events';
import { root } from './metrics.mjs';

const [folder, secrets] = process.argv.slice(2);
const MiB = 1 << 20;
const HEAD = 5; // of a gRPC message
const HEARTBEAT = 10; // seconds, of a watch
const faults = [];
const expect = (right, words) => { if (!right) faults.push(words); };

// --- What is written: `client_max_body_size` and `grpc_read_timeout` of the location that a path comes to.
const read = (name) => fs.readFileSync(`${root}/deploy/kubernetes/components/edge/${name}`, 'utf8');
const bytes = (text) => { const [, number, unit] = /^(\d+)([km]?)$/.exec(text); return number * { '': 1, k: 1024, m: MiB }[unit]; };
export function locationsOf(nginx, grpc) {
  const one = (text, name) => new RegExp(`^\\s*${name} (\\S+);`, 'm').exec(text)?.[1];
  const outside = nginx.replace(/location [^{]*"?[^{]*\{[^}]*\}/g, '') + grpc;
  const given = (text) => ({
    body: bytes(one(text, 'client_max_body_size') ?? one(outside, 'client_max_body_size')),
    seconds: parseInt(one(text, 'grpc_read_timeout') ?? one(outside, 'grpc_read_timeout'), 10),
  });
  const found = [...nginx.matchAll(/location ~ "([^"]+)" \{([^}]*)\}/g)].map(([, pattern, text]) => ({ pattern: new RegExp(pattern), ...given(text) }));
  return [...found, { pattern: /^/, ...given('') }];
}

// Of all methods that the edge passes on: path, how long and how large (bytes; 0: any) they may be.
export function methods() {
  return fs.readdirSync(`${root}/protos/rapport`).filter((name) => name !== 'internal').flatMap((service) => {
    const version = `${root}/protos/rapport/${service}/v1`;
    const files = fs.existsSync(version) ? fs.readdirSync(version).filter((name) => name.endsWith('_service.proto')) : [];
    return files.flatMap((file) => {
      const text = fs.readFileSync(`${version}/${file}`, 'utf8');
      const [, name] = /^service (\w+) \{/m.exec(text);
      return [...text.matchAll(/ {2}rpc (\w+)\((stream )?\w+\)\s+returns \((stream )?[^{]*\{([\s\S]*?)\n {2}\}/g)].map(([, method, sends, receives, body]) => ({
        path: `/rapport.${service}.v1.${name}/${method}`,
        seconds: receives ? 2 * HEARTBEAT : Number(/deadline_ms: (\d+)/.exec(body)[1]) / 1000,
        body: sends ? 0 : Number(/max_request_bytes: (\d+)/.exec(body)?.[1] ?? MiB) + HEAD,
      }));
    });
  });
}

export function limitFaults(locations, all) {
  return all.flatMap(({ path, seconds, body }) => {
    const there = locations.find(({ pattern }) => pattern.test(path));
    return [
      ...(there.seconds > seconds ? [] : [`${path} may take ${seconds} s, and ${there.seconds} s at the edge`]),
      ...(there.body === 0 || (body !== 0 && there.body >= body) ? [] : [`${path} may be ${body || 'any number of'} bytes, and ${there.body} at the edge`]),
    ];
  });
}

const written = locationsOf(read('nginx.conf'), read('grpc.conf'));
const all = methods();
expect(all.length > 150, `only ${all.length} methods are found in protos/`);
faults.push(...limitFaults(written, all));
for (const [words, planted] of [
  ['60 s, and 15 s', { path: '/rapport.goals.v1.S/GetNewReport', seconds: 60, body: MiB + HEAD }],
  ['any number of bytes', { path: '/rapport.goals.v1.S/ImportGoals', seconds: 5, body: 0 }],
  ['4194309 bytes', { path: '/rapport.goals.v1.S/CreateMany', seconds: 5, body: 4 * MiB + HEAD }],
]) expect(limitFaults(written, [planted]).some((fault) => fault.includes(words)), `nobody says "${words}" of a planted method`);

// --- What is behind the edge here. Watch...: open until its caller goes. Import...: reads nothing for 16 s, then all, and says how
// much. Get(AgencyInsight|Hanging): an answer after 16 s. All else: at once. `heard`: the headers of the last call.
const LONG = 16_000;
let heard = {};
const service = http2.createSecureServer({ key: fs.readFileSync(`${secrets}/alliance-api.key`), cert: fs.readFileSync(`${secrets}/alliance-api.crt`) });
service.on('stream', async (stream, headers) => {
  stream.on('error', () => {});
  const [, , method] = headers[':path'].split('/');
  heard = headers;
  let size = 0;
  const respond = () => stream.respond({ ':status': 200, 'content-type': 'application/grpc' }, { waitForTrailers: true });
  stream.on('wantTrailers', () => stream.sendTrailers({ 'grpc-status': '0', size: `${size}` }));
  if (method.startsWith('Watch')) {
    stream.resume();
    respond();
    stream.write(Buffer.alloc(HEAD));
    return;
  }
  if (/^(Import|GetAgencyInsight|GetHanging)/.test(method)) await new Promise((resolve) => { setTimeout(resolve, LONG); });
  stream.on('data', (data) => { size += data.length; });
  stream.on('end', () => {
    if (stream.destroyed) return;
    respond();
    stream.end();
  });
});
const portOf = async (server) => { server.listen(0, '127.0.0.1'); await once(server, 'listening'); return server.address().port; };
const free = async () => { const server = net.createServer(); const port = await portOf(server); server.close(); return port; };
const [upstream, edge, health] = [await portOf(service), await free(), await free()];

const configuration = fs.readFileSync(`${folder}/nginx.conf`, 'utf8')
  .replaceAll('listen 8443', `listen 127.0.0.1:${edge}`).replaceAll('listen 8081', `listen 127.0.0.1:${health}`)
  .replaceAll(/server 127\.0\.0\.1:\d+/g, `server 127.0.0.1:${upstream}`);
fs.writeFileSync(`${folder}/edge.conf`, configuration);
// Root's workers would be nobody's; in the pod there is one user.
const user = process.getuid() === 0 ? 'user root; ' : '';
const nginx = spawn('/usr/sbin/nginx', ['-c', `${folder}/edge.conf`, '-g', `${user}daemon off;`]);
let log = '';
nginx.stderr.on('data', (data) => { log += data; });
const ended = once(nginx, 'exit');
const isReady = () => new Promise((resolve) => {
  const socket = net.connect(edge, '127.0.0.1', () => { socket.destroy(); resolve(true); });
  socket.on('error', () => resolve(false));
});
while (nginx.exitCode === null && !await isReady()) await new Promise((resolve) => { setTimeout(resolve, 20); });

const sessions = [];
async function connect(host = 'alliance.localhost') {
  const session = http2.connect(`https://127.0.0.1:${edge}`, { ca: fs.readFileSync(`${secrets}/api.crt`), servername: host });
  session.on('error', () => {});
  sessions.push(session);
  await once(session, 'connect');
  return session;
}
const path = (method) => `/rapport.alliance.v1.AllianceService/${method}`;
// A call of `size` bytes: { code, size, seconds }, as soon as it is over. A watch that is not: code "open" after its first message.
function call(session, method, size = HEAD, more = {}) {
  const began = Date.now();
  return new Promise((resolve) => {
    const stream = session.request({ ':method': 'POST', ':path': path(method), ':authority': 'alliance.localhost', 'content-type': 'application/grpc', te: 'trailers', ...more });
    let last = {};
    const note = (headers) => { if ('grpc-status' in headers) last = headers; };
    const done = (code) => resolve({ code, size: Number(last.size), seconds: (Date.now() - began) / 1000 });
    stream.on('response', note);
    stream.on('trailers', note);
    stream.on('data', () => { if (method.startsWith('Watch')) done('open'); });
    stream.on('error', () => {});
    stream.on('close', () => done(last['grpc-status'] ?? `reset ${stream.rstCode}`));
    stream.end(Buffer.alloc(size));
  });
}

try {
  if (nginx.exitCode !== null) throw new Error('nginx does not start');
  const [first, second, third, fourth] = await Promise.all([connect(), connect(), connect(), connect()]);
  const long = {
    'a report of 16 s': call(first, 'GetAgencyInsight'),
    'an import of 3 MB whose service is busy for 16 s': call(second, 'ImportRatings', 3 * MiB),
    'a call that nothing ends': call(third, 'GetHanging'),
  };
  expect((await call(fourth, 'GetAllianceMap')).code === '0', 'a call does not pass');
  const traceparent = '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01';
  await call(fourth, 'GetAllianceMap', HEAD, { traceparent, 'x-internal-peer': 'intake', 'x-internal-agency': 'other', 'x-forwarded-for': '10.0.0.1' });
  expect(heard.traceparent === traceparent, `of the caller's trace the service hears ${heard.traceparent}`);
  const said = ['x-internal-peer', 'x-internal-agency', 'x-forwarded-for'].filter((name) => heard[name]);
  expect(said.length === 0, `somebody outside says who they are inside: ${said}`);
  expect((await call(fourth, 'SubmitRating', MiB + HEAD)).code === '0', 'a message of 1 MiB does not pass');
  expect((await call(fourth, 'SubmitRating', 2 * MiB)).code === '8', 'a message of 2 MiB passes where 1 is the most');
  expect((await call(fourth, 'BatchImportFamilies', 4 * MiB + HEAD)).code === '0', 'a batch of 4 MiB does not pass');

  // One address of a large agency: 60 people who watch, and all others go on.
  const watching = await Promise.all([...Array(6)].map(() => connect()));
  const watches = await Promise.all([...Array(60)].map((_, index) => call(watching[index % 6], 'WatchSignals')));
  expect(watches.every(({ code }) => code === 'open'), `of 60 watches of one address: ${[...new Set(watches.map(({ code }) => code))]}`);
  const beside = await Promise.all([...Array(60)].map(() => call(fourth, 'GetAllianceMap')));
  expect(beside.every(({ code }) => code === '0'), `calls beside 60 watches of their address: ${[...new Set(beside.map(({ code }) => code))]}`);
  // There is an end to it, and it is the watches', not the calls'.
  // A hundred after the other: each is a TLS connection to this very process, and nginx waits 2 s for it.
  const many = [];
  for (let hundred = 0; hundred < 10; hundred += 1) {
    const session = await connect();
    many.push(...await Promise.all([...Array(100)].map(() => call(session, 'WatchSignals'))));
  }
  const [open, refused] = ['open', '8'].map((code) => many.filter((one) => one.code === code).length);
  expect(open === 940 && refused === 60, `of 1,060 watches of one address ${open + 60} are open, ${refused} refused`);
  expect((await call(fourth, 'GetAllianceMap')).code === '0', 'who watches too much takes the calls of their address');

  const report = await long['a report of 16 s'];
  expect(report.code === '0', `a report of 16 s: ${report.code} after ${report.seconds} s`);
  const load = await long['an import of 3 MB whose service is busy for 16 s'];
  expect(load.code === '0' && load.size === 3 * MiB, `an import of 3 MB whose service is busy for 16 s: ${load.code} after ${load.seconds} s, ${load.size} bytes`);
  const hanging = await long['a call that nothing ends'];
  expect(hanging.code === '14' && hanging.seconds > 14.5, `a call that nothing ends: ${hanging.code} after ${hanging.seconds} s`);
  expect(!/127\.0\.0\.1|\/rapport\./.test(log), `nginx writes down who called, or what: ${log.slice(0, 600)}`);
} catch (error) {
  faults.push(`${error.message} ${log}`);
} finally {
  for (const session of sessions) session.destroy();
  nginx.kill('SIGTERM');
  await ended;
  service.close();
}
for (const fault of faults) console.log(fault);
process.exit(faults.length ? 1 : 0);
