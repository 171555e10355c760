// What idle connections cost a Limpet node: kept ones, and WebSockets.
import { writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { launch } from './contender.mjs';
import { liveHeapBytes } from './heap.mjs';
import { holdRequests } from './held.mjs';
import { twoCores } from './machine.mjs';
import { count, program } from './program.mjs';
import { limpet } from './proxies/limpet.mjs';
import { say } from './say.mjs';
import { openSite } from './site.mjs';
import { needTool } from './tools.mjs';
import { residentMb } from './usage.mjs';
import { openingRequest } from './ws/frames.mjs';

const help = `What idle connections cost a Limpet node, once a request or a handshake has been answered.

  modules/bench/idle [options]

  --connections N    of each kind (9500: a WebSocket takes two of the 20,000 files a process may often have open)
  --json FILE        write the figures there, too
  --help
`;

const kinds = [
  { name: 'keep-alive', needs: [], path: '/small', request: () => 'GET /small HTTP/1.1\r\nHost: localhost\r\n\r\n', first: 'HTTP/1.1 200' },
  { name: 'websocket', needs: ['websocket'], path: '/echo', request: openingRequest, first: 'HTTP/1.1 101' },
];

async function main(directory) {
  const { values } = parseArgs({
    options: {
      connections: { type: 'string', default: '9500' },
      json: { type: 'string' },
      help: { type: 'boolean' },
    },
  });
  if (values.help) {
    process.stdout.write(help);
    return;
  }
  const connections = count('--connections', values.connections);
  await needTool('nginx', 'nginx-light');
  await needTool('openssl', 'openssl');
  await limpet.install();
  const cores = twoCores();
  const site = await openSite(directory, cores.load);
  const rows = [];
  for (const kind of kinds) {
    rows.push(await measure(kind, connections, site, cores));
    say(JSON.stringify(rows.at(-1)));
  }
  if (values.json) {
    writeFileSync(values.json, `${JSON.stringify({ rows }, null, 2)}\n`);
  }
}

async function measure(kind, connections, site, cores) {
  const { server, url } = await launch(limpet, kind, site, cores);
  const port = Number(new URL(url).port);
  // what is made once, such as classes and pools, is not the connections'
  const first = await holdRequests(port, 100, kind.request(port), kind.first);
  first.forEach((socket) => socket.destroy());
  const before = { heap: await liveHeapBytes(server.pid), resident: residentMb(server.pid) };
  const held = await holdRequests(port, connections, kind.request(port), kind.first);
  const heap = (await liveHeapBytes(server.pid)) - before.heap;
  const row = {
    kind: kind.name,
    connections,
    heap_bytes_each: Math.round(heap / connections),
    resident_bytes_each: Math.round(((residentMb(server.pid) - before.resident) * 1048576) / connections),
  };
  held.forEach((socket) => socket.destroy());
  await server.end();
  return row;
}

await program('idle', main);
