// node dev/mock.js [--port N] [--speed N] [--history N] [--tokens]: the dashboard with a made-up cluster behind it, for work on
// the page. Speed is how many of the cluster's seconds go by in one of ours. With history, the page gets that many seconds
// at once when it comes. With tokens, "reader", "writer" and "admin" are let in; else everybody is.
import { createServer } from 'node:http';
import { parseArgs } from 'node:util';
import { bundle } from '../build.js';
import { World } from './world.js';

const { values: options } = parseArgs({
  options: {
    port: { type: 'string', default: '8089' },
    speed: { type: 'string', default: '1' },
    history: { type: 'string', default: '0' },
    tokens: { type: 'boolean', default: false }
  }
});
const TYPES = { html: 'text/html', js: 'text/javascript', css: 'text/css', svg: 'image/svg+xml', txt: 'text/plain' };
const ROLES = { reader: 'read', writer: 'write', admin: 'admin' };
const POLICY = "default-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; object-src 'none'; require-trusted-types-for 'script'";

let files = await bundle();
let world = new World(Date.now() - Number(options.history) * 1000);
const past = [];
const streams = new Set();
const tails = new Set();

function tick() {
  world.tick();
  const data = JSON.stringify(world.live());
  if (Number(options.history) > 0) {
    past.push(data);
    past.splice(0, past.length - Number(options.history));
  }
  streams.forEach(stream => stream.write(`event: live\ndata: ${data}\n\n`));
}

world.onEvent = event => streams.forEach(stream => stream.write(`event: event\ndata: ${JSON.stringify(event)}\n\n`));
for (let i = 0; i < Number(options.history); i++) {
  tick();
}
setInterval(tick, 1000 / Number(options.speed));
setInterval(() => tails.forEach(({ response, wanted }) => {
  const request = world.request();
  if (wanted(request)) {
    response.write(`event: request\ndata: ${JSON.stringify(request)}\n\n`);
  }
}), 120);
setInterval(() => tails.forEach(({ response }) => response.write('event: skipped\ndata: {"skipped": 431}\n\n')), 1000);

const server = createServer(async (request, response) => {
  const url = new URL(request.url, 'http://localhost');
  let body = '';
  for await (const chunk of request) {
    body += chunk;
  }
  try {
    await answer(request, url, body, response);
  } catch (failure) {
    if (failure.status) {
      json(response, failure.status, { type: 'about:blank', title: 'No', status: failure.status, detail: failure.message, ...failure.more });
    } else {
      console.error(failure);
      response.writeHead(500).end();
    }
  }
});

class No extends Error {
  constructor(status, detail, more) {
    super(detail);
    this.status = status;
    this.more = more;
  }
}

function json(response, status, body, headers = {}) {
  response.writeHead(status, { 'Content-Type': status < 400 ? 'application/json' : 'application/problem+json', ...headers });
  response.end(JSON.stringify(body) + '\n');
}

function role(request) {
  if (!options.tokens) {
    return 'admin';
  }
  const token = /^Bearer (.+)$/.exec(request.headers.authorization ?? '')?.[1];
  if (!token) {
    throw new No(401, 'no token: send Authorization: Bearer, with a token that limpet token has made');
  }
  if (!ROLES[token]) {
    throw new No(401, 'the token is none that is let in');
  }
  return ROLES[token];
}

async function answer(request, url, body, response) {
  const path = url.pathname;
  if (path === '/' || path.startsWith('/assets/')) {
    if (path === '/') {
      files = await bundle();
    }
    const name = path === '/' ? 'index.html' : path.slice('/assets/'.length);
    if (!files.has(name)) {
      throw new No(404, 'no such file');
    }
    response.writeHead(200, { 'Content-Type': TYPES[name.split('.').pop()] + '; charset=utf-8', 'Content-Security-Policy': POLICY });
    response.end(files.get(name));
    return;
  }
  const who = role(request);
  if (request.method !== 'GET' && who === 'read') {
    throw new No(403, 'reader has the role read, and this takes write');
  }
  const stream = () => {
    response.writeHead(200, { 'Content-Type': 'text/event-stream', 'Cache-Control': 'no-store' });
    response.write(': hello\n\n');
  };
  if (path === '/api/v1/whoami') {
    json(response, 200, { name: options.tokens ? Object.keys(ROLES).find(name => ROLES[name] === who) : '', role: who, proven: options.tokens });
  } else if (path === '/api/v1/live') {
    json(response, 200, world.live());
  } else if (path === '/api/v1/live/stream') {
    stream();
    past.forEach(data => response.write(`event: live\ndata: ${data}\n\n`));
    response.write(`event: live\ndata: ${JSON.stringify(world.live())}\n\n`);
    streams.add(response);
    response.on('close', () => streams.delete(response));
  } else if (path === '/api/v1/events') {
    json(response, 200, { events: world.events });
  } else if (path === '/api/v1/requests/stream') {
    stream();
    const q = url.searchParams;
    const tail = {
      response,
      wanted: one => (!q.get('status') || String(one.status).startsWith(q.get('status').replace('xx', '')))
        && (!q.get('server') || one.server === q.get('server')) && (!q.get('upstream') || one.upstream === q.get('upstream'))
        && (!q.get('node') || one.node === q.get('node')) && one.total >= Number(q.get('min') ?? 0)
    };
    tails.add(tail);
    response.on('close', () => tails.delete(tail));
  } else if (path === '/api/v1/sessions') {
    sessions(url, response);
  } else if (path === '/api/v1/routes') {
    json(response, 200, { routes: [route(), { route: 'chat', path: '/chat', hosts: [], shares: { chat: 1 }, source: 'file' }] });
  } else if (path === '/api/v1/routes/shop/shares') {
    if (request.method === 'PATCH') {
      const after = JSON.parse(body).shares;
      change(url, who, [{ path: ['routes', 'shop', 'shares'], value: after, before: world.shares.shop }], [`sets the shares of shop to ${JSON.stringify(after)}`], () => {
        world.shares = { shop: after };
      }, response);
    } else {
      json(response, 200, route(), { ETag: `"s-${world.version}"` });
    }
  } else if (path === '/api/v1/reload') {
    json(response, 200, { mistakes: [], changes: request.method === 'GET' ? ['upstreams.shop.timeouts.first-byte: 30s becomes 20s'] : [], needRestart: ['node.zone: "a" becomes "b"'], withoutEffect: [] });
  } else if (path === '/api/v1/changes') {
    json(response, 200, { changes: world.changes, trouble: '' });
  } else if (path === '/api/v1/changes/export') {
    response.writeHead(200, { 'Content-Type': 'text/plain; charset=utf-8' });
    response.end('upstreams.shop.servers = [\n  { address = "10.0.0.11:3000", zone = a }\n  { address = "10.0.0.12:3000", zone = a, weight = 2 }\n]\n');
  } else if (path === '/api/v1/changes/discard') {
    change(url, who, [], ['goes back to the settings file'], () => world.servers().forEach(one => world.set(one, { state: 'up' })), response);
  } else if (path.startsWith('/api/v1/changes/')) {
    undo(request, url, who, response);
  } else if (path.startsWith('/api/v1/upstreams/')) {
    servers(request, url, who, body, response);
  } else {
    throw new No(404, 'no such thing here');
  }
}

function route() {
  return { route: 'shop', path: '/', hosts: ['shop.example', 'www.shop.example'], shares: world.shares.shop, source: 'file' };
}

function sessions(url, response) {
  if (url.searchParams.get('id')) {
    if (url.searchParams.get('id') === 'none') {
      throw new No(404, 'this node knows no such session');
    }
    json(response, 200, { upstream: 'shop', server: 'shop/10.0.0.12:3000', secondsLeft: 1710 });
    return;
  }
  json(response, 200, {
    table: world.live().sessions.table,
    upstreams: Object.fromEntries(world.upstreams.map(upstream => {
      const counts = Object.fromEntries(upstream.servers.map(one => [one.id, one.health === 'dead' ? 0 : one.sessions]));
      return [upstream.name, { sessions: Object.values(counts).reduce((a, b) => a + b, 0), servers: counts }];
    })),
    counters: { bound: 5121, moved: world.moved, expired: 2711, evicted: 0, conflicts: 1, quorumFailures: 0, replicationSeconds: 0.0021 }
  });
}

/** Does something and writes it down, or says what it would be. */
function change(url, who, steps, summary, act, response, more = {}) {
  if (url.searchParams.get('dry-run') === 'true') {
    json(response, 200, { 'dry-run': true, changes: summary, ...more });
    return;
  }
  act();
  const id = `03${(++world.version).toString(36).padStart(9, '0')}-5dsljv`;
  world.changes = [{
    id, version: String(world.version), time: new Date(world.millis).toISOString(), who: options.tokens ? who : 'olga', from: '10.0.9.77', node: 'edge-1',
    comment: url.searchParams.get('comment') ?? '', summary, steps, ...(more.undoes ? { undoes: more.undoes } : {})
  }, ...world.changes].slice(0, 200);
  world.happened('info', 'change', steps[0]?.path.slice(1, 4).filter(part => part !== 'servers').join('/') ?? '', `${options.tokens ? who : 'olga'} at 10.0.9.77 ${summary.join(', ')}.`);
  json(response, more.status ?? 200, { ...more, change: id, durability: { held: 3, majority: 2 } });
}

function undo(request, url, who, response) {
  const [, id, act] = /^\/api\/v1\/changes\/([^/]+)(\/undo)?$/.exec(url.pathname) ?? [];
  const found = world.changes.find(one => one.id === id);
  if (!found) {
    throw new No(404, `there is no change "${id}" in the history`);
  }
  if (!act) {
    json(response, 200, found, { ETag: `"${id}"` });
    return;
  }
  const back = found.steps.map(step => ({ ...step, value: step.before, before: step.value }));
  change(url, who, back, found.summary.map(line => `undoes: ${line}`), () => {
    for (const step of back) {
      const one = world.find(`${step.path[1]}/${step.path[3]}`);
      if (step.path[4] === 'present') {
        const upstream = world.upstreams.find(u => u.name === step.path[1]);
        upstream.servers = upstream.servers.filter(s => s !== one);
      } else if (one) {
        world.set(one, { [step.path[4]]: step.value });
      }
    }
    found['undone-by'] = 'next';
  }, response, { undoes: id, summary: found.summary });
}

function servers(request, url, who, body, response) {
  const [, name, , rest] = /^\/api\/v1\/upstreams\/([^/]+)\/servers(\/(.+))?$/.exec(url.pathname) ?? [];
  const upstream = world.upstreams.find(one => one.name === decodeURIComponent(name ?? ''));
  if (!upstream) {
    throw new No(404, 'there is no such upstream');
  }
  const view = one => ({
    id: one.id, address: one.address, weight: one.weight, 'max-connections': one.maxConnections, 'slow-start': '0s', backup: 'off', zone: one.zone,
    state: one.state, source: one.source, health: one.health, reason: one.reason, active: one.figures.active,
    changed: one.state === 'up' ? {} : { state: { change: world.changes[0]?.id ?? '', file: 'up' } }
  });
  if (!rest && request.method === 'GET') {
    json(response, 200, { servers: upstream.servers.map(view) });
    return;
  }
  if (!rest) {
    const given = JSON.parse(body);
    if (!/^[^\s:]+:\d+$/.test(given.address ?? '')) {
      throw new No(422, 'one value is wrong', { errors: [{ field: 'address', message: 'expected host:port', found: given.address }] });
    }
    const id = `${upstream.name}/${given.id ?? given.address}`;
    change(url, who, [{ path: ['upstreams', upstream.name, 'servers', given.id ?? given.address, 'present'], value: true, before: null }], [`adds ${id}`], () => {
      upstream.servers.push({
        ...upstream.servers[0], id, address: given.address, weight: given.weight ?? 1, source: 'change', since: world.millis, backup: false, sessions: 0, state: 'up',
        health: 'up', reason: '', ejected: undefined, slowStart: 0.05, figures: structuredClone({ ...upstream.servers[0].figures, requests: 0 })
      });
    }, response, { status: 201, server: { id } });
    return;
  }
  const one = upstream.servers.find(s => s.id === `${upstream.name}/${decodeURIComponent(rest)}`);
  if (!one) {
    throw new No(404, 'there is no such server');
  }
  const tag = `"${one.state}-${one.weight}"`;
  if (request.method === 'GET') {
    json(response, 200, view(one), { ETag: tag });
    return;
  }
  if (request.headers['if-match'] && request.headers['if-match'] !== tag) {
    throw new No(412, `${one.id} has been changed: ops at 10.0.9.78 (sets it to ${one.state})`);
  }
  if (request.method === 'DELETE') {
    change(url, who, [], [`removes ${one.id}`], () => {
      upstream.servers = upstream.servers.filter(s => s !== one);
    }, response);
    return;
  }
  const given = JSON.parse(body);
  const steps = Object.entries(given).map(([field, value]) => ({ path: ['upstreams', upstream.name, 'servers', decodeURIComponent(rest), field], value, before: one[field] }));
  change(url, who, steps, Object.entries(given).map(([field, value]) => `sets ${one.id} ${field} to ${value}`), () => world.set(one, given), response, { server: view(one) });
}

server.listen(Number(options.port), '127.0.0.1', () => console.log(`http://127.0.0.1:${server.address().port}/`));
process.on('SIGTERM', () => process.exit(0));
