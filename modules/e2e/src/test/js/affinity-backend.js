// What the affinity checker's clients talk to: says who it is, and gives new clients a session.
// /block?ms= keeps its event loop from everything else for so long.
// SIGUSR2 makes it refuse connections, and the next one makes it take them again.
const { createServer } = require('node:http');
const { randomUUID } = require('node:crypto');

const name = process.env.BACKEND_NAME;
const sids = new Set();

const server = createServer((req, res) => {
  const blocked = /^\/block\?ms=(\d+)$/.exec(req.url)?.[1];
  for (const end = performance.now() + Number(blocked ?? 0); performance.now() < end;);
  let body = name;
  const headers = { 'X-Backend': name };
  // As with express-session and a store that all processes share: an id that is shown is kept.
  if (req.url.startsWith('/learn/') && !/(^|;\s*)app\.sid=/.test(req.headers.cookie ?? '')) {
    headers['Set-Cookie'] = `app.sid=${randomUUID()}; Path=/; HttpOnly`;
  }
  let status = 200;
  const sid = /[?&]sid=([^&]*)/.exec(req.url)?.[1];
  if (req.url.startsWith('/socket-io/') && sid !== undefined) {
    status = sids.has(sid) ? 200 : 400; // as Engine.IO answers to the sessions of others
  } else if (req.url.startsWith('/socket-io/')) {
    // The id is in the body, as Engine.IO has it; the header is for the checker.
    headers['X-Sid'] = randomUUID();
    sids.add(headers['X-Sid']);
    body = `0{"sid":"${headers['X-Sid']}","upgrades":[],"pingInterval":25000,"pingTimeout":20000}`;
  }
  headers['Content-Length'] = body.length;
  res.writeHead(status, headers).end(body);
});

// Whoever comes while it stands still waits, and is not refused.
const backlog = 4096;
const listen = () => server.listen(Number(process.env.PORT), process.env.HOST, backlog);

process.on('SIGUSR2', () => {
  if (server.listening) {
    server.close();
    server.closeAllConnections();
  } else {
    listen();
  }
});

// Goes on while it refuses, and ends with whoever has started it.
process.stdin.on('end', () => process.exit()).resume();
listen();
