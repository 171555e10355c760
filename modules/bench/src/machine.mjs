// What compare needs to know of the machine: its cores, and free ports.
import { readFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { cpus } from 'node:os';

/** The first two cores that this process may use: one for the proxy, one for the origin and the load. */
export function twoCores() {
  const list = /^Cpus_allowed_list:\s*(.*)$/m.exec(readFileSync('/proc/self/status', 'utf8'))[1];
  const allowed = list.split(',').flatMap((range) => {
    const [first, last = first] = range.split('-').map(Number);
    return Array.from({ length: last - first + 1 }, (_, i) => first + i);
  });
  if (allowed.length < 2) {
    throw new Error(`two cores are needed, this process may use only ${list}`);
  }
  return { proxy: allowed[0], load: allowed[1], of: allowed.length, model: cpus()[0]?.model };
}

/** All are held until the last is found, so that no two are alike. */
export async function freePorts(count) {
  const held = await Promise.all(Array.from({ length: count }, listen));
  const ports = held.map((server) => server.address().port);
  await Promise.all(held.map((server) => new Promise((resolve) => server.close(resolve))));
  return ports;
}

function listen() {
  return new Promise((resolve, reject) => {
    const server = createServer().once('error', reject);
    server.listen(0, '127.0.0.1', () => resolve(server));
  });
}
