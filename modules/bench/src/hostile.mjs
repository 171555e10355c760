// What hostile clients cost the others, and a node: attacks bounded in count and time, and normal clients beside them.
import { readFileSync, writeFileSync } from 'node:fs';
import http from 'node:http';
import net from 'node:net';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { names } from './hostile/attacks.mjs';
import { run, start } from './processes.mjs';
import { count, program } from './program.mjs';
import { say } from './say.mjs';

const help = `What hostile clients cost the others, and a node.

  modules/bench/hostile [options]

  --attack A         of ${names.join(', ')}; several with commas (all)
  --connections N    hostile clients at once (3000)
  --rate R           of these, new ones per second (3000)
  --seconds S        length of an attack (20)
  --heap SIZE        the node's -Xmx (256m)
  --files N          the node's ulimit -n (20000)
  --normal R         normal requests per second, half of them on new connections (100)
  --json FILE        write the figures there, too
  --help

For each attack a line of JSON: the times of normal requests before and during it, those that failed, the
longest answer of /ready, the node's memory (heap and all), how many lines it logged, and whether it lives.
`;

const root = path.resolve(import.meta.dirname, '../../..');

async function main(directory) {
  const { values } = parseArgs({
    options: {
      attack: { type: 'string', default: names.join(',') },
      connections: { type: 'string', default: '3000' },
      rate: { type: 'string', default: '3000' },
      seconds: { type: 'string', default: '20' },
      heap: { type: 'string', default: '256m' },
      files: { type: 'string', default: '20000' },
      normal: { type: 'string', default: '100' },
      json: { type: 'string' },
      help: { type: 'boolean' },
    },
  });
  if (values.help) {
    process.stdout.write(help);
    return;
  }
  const options = Object.fromEntries(
    ['connections', 'rate', 'seconds', 'files', 'normal'].map((name) => [name, count(`--${name}`, values[name])]),
  );
  const chosen = values.attack.split(',');
  const unknown = chosen.find((name) => !names.includes(name));
  if (unknown !== undefined) {
    throw new Error(`--attack: there is no "${unknown}"; there are ${names.join(', ')}`);
  }
  const rows = [];
  for (const name of chosen) {
    rows.push(await under(name, directory, { ...options, heap: values.heap }));
    process.stdout.write(`${JSON.stringify(rows.at(-1))}\n`);
  }
  if (values.json) {
    writeFileSync(values.json, `${JSON.stringify({ rows }, null, 2)}\n`);
  }
}

/** Each attack meets a new node. */
async function under(name, directory, options) {
  const [port, admin, cluster, ...servers] = await freePorts(5);
  // What a server does to itself when it is asked for too much is not the node's matter: attacks have one of their own.
  const origins = servers.map((server) =>
    start('node', [path.join(import.meta.dirname, 'hostile/origin.mjs'), String(server)], {
      log: path.join(directory, `${name}-${server}.log`),
    }),
  );
  const log = path.join(directory, `${name}.log`);
  const settings = path.join(directory, `${name}.conf`);
  writeFileSync(settings, configuration({ port, admin, cluster, servers }));
  const limited = `ulimit -n ${options.files}; exec "${root}/limpet" run -c "${settings}"`;
  const node = start('bash', ['-c', limited], { env: { LIMPET_JAVA_OPTS: `-Xmx${options.heap}` }, log });
  await untilAnswered({ port: admin, path: '/ready' }, node);
  await untilAnswered({ port, path: '/' }, node);
  const normal = { port, rate: options.normal };
  say(`${name}: warming up`);
  await ask(normal, 10);
  const before = await ask(normal, 10);
  say(`${name}: ${options.connections} clients, ${options.seconds} s`);
  const lines = () => readFileSync(log, 'utf8').split('\n').length - 1;
  const logged = lines();
  const attacking = run('node', [
    path.join(import.meta.dirname, 'hostile/attacks.mjs'),
    name, String(port), String(options.connections), String(options.rate), String(options.seconds + 2),
  ]);
  const [during, ready] = await Promise.all([ask(normal, options.seconds), watchReady(admin, options.seconds)]);
  const clients = JSON.parse(await attacking);
  const row = {
    attack: name,
    clients,
    p50_ms: [before.p50, during.p50],
    p99_ms: [before.p99, during.p99],
    asked: during.asked,
    failed: during.failed,
    ready,
    resident_mb: node.alive ? residentPeakMb(node.pid) : undefined,
    room: node.alive ? await room(admin) : undefined,
    log_lines: lines() - logged,
    alive: node.alive,
    last_words: node.alive ? undefined : node.lastWords(),
  };
  await node.end();
  await Promise.all(origins.map((origin) => origin.end()));
  return row;
}

const configuration = ({ port, admin, cluster, servers: [server, attacked] }) => `
limpet {
  node { name = hostile, drain-timeout = 1s }
  listeners = [ { name = http, bind = "127.0.0.1:${port}" } ]
  upstreams.app { servers = [ { address = "127.0.0.1:${server}" } ], affinity.by = [], health.interval = 1s }
  upstreams.attacked { servers = [ { address = "127.0.0.1:${attacked}" } ], affinity.by = [], health.interval = 1s }
  upstreams.learned {
    servers = [ { address = "127.0.0.1:${attacked}" } ], health.interval = 1s
    affinity { by = [ learn ], learn.cookies = [ connect.sid ] }
  }
  hosts = [
    { routes = [
        { path = "/learn", upstream = learned }
        { path = "/endless", upstream = attacked }
        { path = "/stuck", upstream = attacked }
        { path = "/long/", upstream = attacked }
        { path = "~ .*[.](png|jpg)$", upstream = attacked }
        { path = "/", upstream = app }
      ] }
  ]
  admin.bind = "127.0.0.1:${admin}"
  cluster.bind = "127.0.0.1:${cluster}"
}
`;

async function freePorts(many) {
  const servers = await Promise.all(
    Array.from({ length: many }, () => {
      const server = net.createServer();
      return new Promise((resolve) => server.listen(0, '127.0.0.1', () => resolve(server)));
    }),
  );
  return servers.map((server) => {
    const { port } = server.address();
    server.close();
    return port;
  });
}

async function untilAnswered(asked, node) {
  for (let i = 0; i < 600; i++) {
    if (!node.alive) {
      throw new Error(`the node has ended: ${node.lastWords()}`);
    }
    if ((await get({ ...asked, timeout: 1000 })).status === 200) {
      return;
    }
    await pause(200);
  }
  throw new Error(`the node does not answer ${asked.path}`);
}

/** Normal requests at a rate, whatever becomes of those before. */
async function ask({ port, rate }, seconds) {
  const agent = new http.Agent({ keepAlive: true, maxSockets: 16 });
  const asking = [];
  const end = Date.now() + seconds * 1000;
  for (let i = 0; Date.now() < end; i++) {
    asking.push(get({ port, path: '/', timeout: 5000, agent: i % 2 ? agent : undefined }));
    await pause(1000 / rate);
  }
  const answers = await Promise.all(asking);
  agent.destroy();
  const times = answers.filter(({ status }) => status === 200).map(({ ms }) => ms).sort((a, b) => a - b);
  const at = (share) => Number((times[Math.floor(times.length * share)] ?? NaN).toFixed(1));
  return { asked: answers.length, failed: answers.length - times.length, p50: at(0.5), p99: at(0.99) };
}

async function watchReady(admin, seconds) {
  const seen = { asked: 0, failed: 0, longest_ms: 0 };
  const end = Date.now() + seconds * 1000;
  while (Date.now() < end) {
    const { status, ms } = await get({ port: admin, path: '/ready', timeout: 5000 });
    seen.asked++;
    seen.failed += status === 200 ? 0 : 1;
    seen.longest_ms = Math.max(seen.longest_ms, Math.round(ms));
    await pause(200);
  }
  return seen;
}

function get({ port, path: target, timeout, agent = false }) {
  const begun = performance.now();
  return new Promise((resolve) => {
    const done = (status, body = '') => resolve({ status, body, ms: performance.now() - begun });
    const request = http.get({ port, host: '127.0.0.1', path: target, agent, timeout }, (response) => {
      let body = '';
      response.setEncoding('utf8').on('data', (text) => (body += text));
      response.on('end', () => done(response.statusCode, body));
      response.on('error', () => done(0));
    });
    request.on('timeout', () => request.destroy(new Error('late')));
    request.on('error', () => done(0));
  });
}

async function room(admin) {
  const { body } = await get({ port: admin, path: '/api/v1/state', timeout: 5000 });
  return body ? JSON.parse(body).node.room : undefined;
}

function residentPeakMb(pid) {
  return Math.round(Number(/^VmHWM:\s*(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? 0) / 1024);
}

const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

await program('hostile', main);
