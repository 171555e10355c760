// The same table by the way that users take: sessions that an application begins, over HTTP.
import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { wrk } from '../load/wrk.mjs';
import { freePorts } from '../machine.mjs';
import { answers } from '../probe.mjs';
import { start } from '../processes.mjs';
import { say } from '../say.mjs';
import { launcher } from '../proxies/limpet.mjs';

const COOKIE = 'app.sid';

/** Rate and latency of requests that each begin a session, and when all nodes knew them all. */
export async function throughNodes(count, seconds, replicate, directory) {
  const mine = path.join(directory, `http-${replicate}`);
  mkdirSync(mine);
  const [origin, ...ports] = await freePorts(1 + 3 * count);
  const site = start('nginx', ['-p', mine, '-c', origins(mine, origin), '-e', 'stderr'], { log: path.join(mine, 'nginx.log') });
  const nodes = [];
  for (let i = 0; i < count; i++) {
    const conf = path.join(mine, `node-${i}.conf`);
    writeFileSync(conf, configuration(i, count, ports, origin, replicate));
    nodes.push({
      url: `http://127.0.0.1:${ports[3 * i]}/`,
      admin: `http://127.0.0.1:${ports[3 * i + 1]}`,
      process: start(launcher, ['run', '--config', conf], { log: path.join(mine, `node-${i}.log`) }),
    });
  }
  await Promise.all(nodes.map((node) => answers(node.url, node.process, {})));
  const load = wrk();
  const settings = { url: nodes[0].url, connections: 32, directory: mine };
  await load({ ...settings, seconds: 20 }); // the JVM warms up
  const result = await load({ ...settings, seconds });
  const begun = Date.now();
  const counts = await converge(nodes);
  await Promise.all([...nodes.map((node) => node.process.end()), site.end()]);
  return {
    replicate,
    sessions_per_second: Math.round(result.requests / result.seconds),
    p50_ms: result.p50,
    p99_ms: result.p99,
    errors: result.errors,
    sessions: counts[0],
    nodes_agree_after_ms: Date.now() - begun,
  };
}

/** Every node counts the same. */
async function converge(nodes) {
  for (;;) {
    const counts = await Promise.all(
      nodes.map(async (node) => (await (await fetch(`${node.admin}/api/v1/sessions`)).json()).table),
    );
    if (counts.every((count) => count === counts[0])) {
      return counts;
    }
    say(`sessions at the nodes: ${counts.join(', ')}`);
  }
}

function origins(directory, port) {
  const file = path.join(directory, 'nginx.conf');
  writeFileSync(
    file,
    `daemon off; worker_processes 1; pid nginx.pid; error_log stderr;
events { worker_connections 1024; }
http {
  access_log off; keepalive_requests 1000000;
  server { listen 127.0.0.1:${port} backlog=511;
    location / { add_header Set-Cookie "${COOKIE}=$request_id; Path=/"; return 200 "hello"; } }
}
`,
  );
  return file;
}

function configuration(number, count, ports, origin, replicate) {
  const peers = Array.from({ length: count }, (_, i) => `"127.0.0.1:${ports[3 * i + 2]}"`).join(', ');
  return `limpet {
  node { name = node-${number}, event-loops = 1, drain-timeout = 0s }
  listeners = [ { name = http, bind = "127.0.0.1:${ports[3 * number]}" } ]
  upstreams.app {
    servers = [ { address = "127.0.0.1:${origin}" } ]
    affinity { by = [ learn ], learn { cookies = [ "${COOKIE}" ], ttl = 2h }, replicate = ${replicate} }
  }
  hosts = [ { routes = [ { path = "/", upstream = app } ] } ]
  cluster { bind = "127.0.0.1:${ports[3 * number + 2]}", peers = [ ${peers} ], max-sessions = 10000000 }
  admin.bind = "127.0.0.1:${ports[3 * number + 1]}"
}
`;
}
