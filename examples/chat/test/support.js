import { spawn } from 'node:child_process';
import { once } from 'node:events';
import http from 'node:http';
import net from 'node:net';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

const file = (name) => fileURLToPath(new URL(`../${name}`, import.meta.url));

/** A real backend on a free port. */
export async function backend(t, name, more = {}) {
  const child = spawn(process.execPath, [file('server.js')], {
    env: { ...process.env, PORT: '0', HOST: '127.0.0.1', BACKEND_NAME: name, ...more },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  t.after(() => child.kill('SIGKILL'));
  const [line] = await once(createInterface({ input: child.stdout }), 'line');
  return { name, child, url: line.replace('listening on ', ''), exit: once(child, 'exit') };
}

/** A real load driver; events are read in order. */
export function driver(t, urls, { clients = 20, sockets = 4 } = {}) {
  const child = spawn(process.execPath,
    [file('drive.js'), '--nodes', urls.join(','), '--clients', String(clients), '--sockets', String(sockets)],
    { stdio: ['pipe', 'pipe', 'inherit'] });
  t.after(() => child.kill('SIGKILL'));
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  return {
    exit: once(child, 'exit'),
    send: (command) => child.stdin.write(`${JSON.stringify(command)}\n`),
    end: () => child.stdin.end(),
    async next(event) {
      for (;;) {
        const { value, done } = await lines.next();
        if (done) throw new Error(`the driver ended before "${event}"`);
        const line = JSON.parse(value);
        if (line.event === event) return line;
      }
    },
  };
}

/**
 * A minimal sticky balancer of several nodes that share one table in memory: enough of one
 * to see the driver content. `sticky: false` makes it a wrong one.
 */
export class Balancer {
  alive;
  nodes = [];
  #homes = new Map();
  #next = 0;

  constructor(backends, { sticky = true } = {}) {
    this.alive = [...backends];
    this.sticky = sticky;
  }

  async node(t) {
    const server = http.createServer((request, response) => this.#forward(request, response));
    server.on('upgrade', (request, client, head) => this.#tunnel(request, client, head));
    const sockets = new Set();
    server.on('connection', (socket) => {
      sockets.add(socket);
      socket.on('close', () => sockets.delete(socket));
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const node = {
      url: `http://127.0.0.1:${server.address().port}`,
      kill() {
        server.close();
        for (const socket of sockets) socket.resetAndDestroy();
      },
    };
    t.after(() => node.kill());
    this.nodes.push(node);
    return node;
  }

  #choose(request) {
    const any = () => this.alive[this.#next++ % this.alive.length];
    const known = /(?:^|; )lb=(\d+)/.exec(request.headers.cookie ?? '')?.[1];
    const id = known ?? String(this.#homes.size + 1);
    if (!this.sticky || !this.alive.includes(this.#homes.get(id))) this.#homes.set(id, any());
    return { home: this.#homes.get(id), cookie: known ? undefined : `lb=${id}; Path=/; HttpOnly` };
  }

  #forward(request, response, repeated = false) {
    const { home, cookie } = this.#choose(request);
    const { hostname, port } = new URL(home.url);
    const onward = http.request({
      hostname, port, method: request.method, path: request.url, headers: request.headers, agent: false,
    }, (answer) => {
      const set = [...(answer.headers['set-cookie'] ?? []), ...(cookie ? [cookie] : [])];
      response.writeHead(answer.statusCode, { ...answer.headers, ...(set.length ? { 'set-cookie': set } : {}) });
      answer.on('error', () => response.destroy());
      answer.pipe(response);
    });
    onward.on('error', () => {
      if (response.headersSent) return response.destroy();
      if (request.method === 'GET' && !repeated) return this.#forward(request, response, true);
      response.writeHead(502).end();
    });
    if (request.method === 'GET') onward.end();
    else request.pipe(onward);
  }

  #tunnel(request, client, head) {
    const { hostname, port } = new URL(this.#choose(request).home.url);
    const onward = net.connect(Number(port), hostname, () => {
      const lines = [];
      for (let i = 0; i < request.rawHeaders.length; i += 2) lines.push(`${request.rawHeaders[i]}: ${request.rawHeaders[i + 1]}`);
      onward.write(`${request.method} ${request.url} HTTP/1.1\r\n${lines.join('\r\n')}\r\n\r\n`);
      onward.write(head);
      client.pipe(onward).pipe(client);
    });
    for (const [one, other] of [[client, onward], [onward, client]]) {
      one.on('error', () => other.destroy());
      one.on('close', () => other.destroy());
    }
  }
}
