// A small chat room behind Limpet: Express + express-session + Socket.IO.
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { fileURLToPath } from 'node:url';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import express from 'express';
import session from 'express-session';
import { Server } from 'socket.io';

const MAX_SLOW_MS = 60_000;
const MAX_BYTES = 1_000_000_000;
const CHUNK = Buffer.alloc(16 * 1024, 'limpet ');
// Below the two seconds a supervisor grants us, so that we leave by ourselves.
const DRAIN_MS = 1_500;

const host = process.env.HOST || '127.0.0.1';
const port = Number(process.env.PORT || 3000);
if (!Number.isInteger(port) || port < 0 || port > 65535) {
  fail(`PORT must be a number from 0 to 65535, not "${process.env.PORT}"`);
}
const dashboard = process.env.DASHBOARD_URL;
if (dashboard && !/^https?:\/\/[\w.:[\]-]+\/[\w/-]*$/.test(dashboard)) {
  fail(`DASHBOARD_URL must be a URL such as http://127.0.0.1:9081/, not "${dashboard}"`);
}
// With PORT=0 the real port, and so the default name, is known only once we listen.
let backend = process.env.BACKEND_NAME;

const app = express();
app.disable('x-powered-by');
app.set('etag', false);
app.use((req, res, next) => {
  // Says who answered also where the body cannot: /echo and /bytes.
  res.set('X-Backend', backend);
  next();
});

app.get('/health', (req, res) => {
  res.type('text/plain').send('ok');
});

// The sessions live in this process's memory on purpose. A request that reaches the wrong
// backend finds no session and starts again at visit 1, so a balancing mistake shows at once.
// The secret is the same everywhere, so a cookie is never refused merely for its signature.
const sessions = session({
  secret: process.env.SESSION_SECRET || 'limpet demo, not a secret',
  name: 'connect.sid',
  resave: false,
  saveUninitialized: false,
  cookie: { httpOnly: true, sameSite: 'lax' },
});

app.get('/whoami', sessions, (req, res) => {
  req.session.visits = (req.session.visits ?? 0) + 1;
  res.set('Cache-Control', 'no-store');
  res.json({ backend, pid: process.pid, visits: req.session.visits });
});

app.get('/slow', (req, res) => {
  const ms = count(req.query.ms ?? '500', MAX_SLOW_MS);
  if (ms === undefined) return void res.status(400).type('text/plain').send(`ms: 0 to ${MAX_SLOW_MS}`);
  const timer = setTimeout(() => res.json({ backend, ms }), ms);
  res.on('close', () => clearTimeout(timer));
});

app.post('/echo', async (req, res) => {
  // Not res.set, which would add a charset to it.
  res.setHeader('Content-Type', req.headers['content-type'] ?? 'application/octet-stream');
  // The type is the caller's; at least no browser shall guess a more dangerous one.
  res.set('X-Content-Type-Options', 'nosniff');
  await pipeline(req, res).catch(() => {}); // the caller left: nobody to tell
});

app.get('/bytes', async (req, res) => {
  const n = count(req.query.n ?? '1000000', MAX_BYTES);
  if (n === undefined) return void res.status(400).type('text/plain').send(`n: 0 to ${MAX_BYTES}`);
  res.set('Content-Type', 'application/octet-stream');
  res.set('Content-Length', String(n));
  // pipeline waits for the reader, so a slow one does not fill our memory.
  await pipeline(Readable.from(chunks(n), { objectMode: false }), res).catch(() => {});
});

const page = readFileSync(new URL('./public/index.html', import.meta.url), 'utf8').replace(
  '<!-- DASHBOARD -->',
  dashboard ? `<p><a href="${dashboard}">Limpet's dashboard</a> shows who is alive and where you are.</p>` : '',
);
app.get('/', (req, res) => {
  res.type('html').send(page);
});
app.use(express.static(fileURLToPath(new URL('./public', import.meta.url))));

// keepAliveTimeout stays at Node's default (5 s): a balancer must cope with it as it is.
const server = createServer(app);
const io = new Server(server);

io.on('connection', (socket) => {
  socket.emit('welcome', { backend, pid: process.pid, id: socket.id });
  socket.on('message', (text) => {
    if (typeof text !== 'string' || text.length > 2_000) return;
    io.emit('message', { from: socket.id, backend, text });
  });
  socket.on('whoami', (ack) => {
    if (typeof ack === 'function') ack({ backend, pid: process.pid });
  });
});

server.once('error', (e) => {
  if (e.code === 'EADDRINUSE') fail(`port ${port} on ${host} is already in use`);
  fail(`cannot listen on ${host}:${port}: ${e.message}`);
});
server.listen(port, host, () => {
  const real = server.address().port;
  backend ||= `backend-${real}`;
  console.log(`listening on http://${host.includes(':') ? `[${host}]` : host}:${real}`);
});

let stopping = false;
function stop() {
  if (stopping) return;
  stopping = true;
  // Closes the sockets and the listener; requests under way may finish until DRAIN_MS is over.
  io.close(() => process.exit(0));
  server.closeIdleConnections();
  setTimeout(() => process.exit(0), DRAIN_MS).unref();
}
process.on('SIGTERM', stop);
process.on('SIGINT', stop);

function count(text, max) {
  return /^\d{1,10}$/.test(text) && Number(text) <= max ? Number(text) : undefined;
}

function* chunks(n) {
  for (let left = n; left > 0; left -= CHUNK.length) {
    yield left >= CHUNK.length ? CHUNK : CHUNK.subarray(0, left);
  }
}

function fail(message) {
  console.error(`chat: ${message}`);
  process.exit(1);
}
