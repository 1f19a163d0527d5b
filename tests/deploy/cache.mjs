// A Redis that asks nobody who they are must not be deployed: what every service is told, is given, and what Redis knows of users.
import { nameOf, services, templateOf } from './objects.mjs';

// What somebody may ask who needs no password: nothing of what is in the cache.
const figures = ['+role', '+info', '+latency|latest'];
// Of a line of an ACL file: what opens more than the cache's own keys, messages and commands.
const tooMuch = /^(nopass|~\*|allkeys|&\*|allchannels|\+@.*|allcommands|%.*)$/;

function clientFaults(objects, settings) {
  const { RAPPORT_REDIS_USER: user, RAPPORT_REDIS_PASSWORD_FILE: file = '' } = settings.data;
  if (!user || user === 'default') return [`${nameOf(settings)}: services log in to the cache as nobody`];
  const folder = file.slice(0, file.lastIndexOf('/'));
  return services.flatMap((service) => {
    const pod = objects.find(({ kind, metadata }) => kind === 'StatefulSet' && metadata.name === service);
    const { containers: [container], volumes } = templateOf(pod).spec;
    const mount = container.volumeMounts.find(({ mountPath }) => mountPath === folder);
    const secret = volumes.find(({ name }) => name === mount?.name)?.secret;
    return secret ? [] : [`${service}: no secret is mounted for the cache's password, ${file || 'which there is not'}`];
  });
}

function serverFaults(objects) {
  const faults = [];
  for (const map of objects.filter(({ kind, data }) => kind === 'ConfigMap' && data && 'redis.conf' in data)) {
    if (!/^aclfile \S+$/m.test(map.data['redis.conf'])) faults.push(`${nameOf(map)}: Redis reads no users`);
    if (!map.data['start.sh']?.includes('users.acl')) faults.push(`${nameOf(map)}: Redis is started without its users`);
  }
  const files = (...names) => names.flatMap((name) => {
    const users = objects.find(({ kind, data }) => kind === 'ConfigMap' && data && name in data);
    return (users?.data[name] ?? '').split('\n').map((line) => line.split(' ')).map(([, user, ...rules]) => [user, rules]);
  });
  const lines = new Map(files('users.acl'));
  if (!lines.get('default')?.includes('off')) faults.push('who says nothing is a user of the cache');
  const ours = lines.get('rapport') ?? [];
  if (!ours.some((rule) => /^#[A-Z_0-9]+$/.test(rule))) faults.push('the user rapport of the cache has no password');
  for (const [name, rules] of files('users.acl', 'nodes.acl')) {
    const more = rules.filter((rule) => !/^(on|nopass|resetkeys|resetchannels|-@all)$/.test(rule) && !figures.includes(rule));
    if (rules.includes('nopass') && (more.length || !rules.includes('resetkeys'))) faults.push(`the user ${name} of the cache has no password and may ${more}`);
  }
  for (const rule of ours.filter((one) => tooMuch.test(one))) faults.push(`the user rapport of the cache may ${rule}`);
  return faults;
}

export function cacheFaults(objects) {
  const settings = objects.find(({ kind, metadata }) => kind === 'ConfigMap' && metadata.name.startsWith('rapport-settings'));
  return settings?.data.RAPPORT_REDIS ? [...clientFaults(objects, settings), ...serverFaults(objects)] : [];
}
