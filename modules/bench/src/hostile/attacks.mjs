// Attacks on one port, each bounded in count and time: node attacks.mjs NAME PORT COUNT RATE SECONDS. Whatever is
// closed is opened again at that rate. The last line that it prints says how many stood, and what became of the others.
import http2 from 'node:http2';
import net from 'node:net';

const filler = (bytes) => 'x'.repeat(bytes);
const bigLines = Array.from({ length: 4 }, (_, i) => `X-Big-${i}: ${filler(15000)}\r\n`).join('');
const longPath = `/long/${filler(7000)}.pn`;
const anyId = () => Math.random().toString(36).slice(2);
const head = (method, path, more = '') => `${method} ${path} HTTP/1.1\r\nHost: localhost\r\n${more}`;

/** Opens so many streams of HTTP/2, and does something with each. */
function streams(session, count, headers, use) {
  for (let i = 0; i < count && !session.closed && !session.destroyed; i++) {
    use(session.request(headers, { endStream: headers[':method'] === 'GET' }).on('error', () => {}));
  }
}

const resets = (session) => streams(session, 100, { ':method': 'GET', ':path': '/' }, (stream) => stream.close(http2.constants.NGHTTP2_CANCEL));
const expression = (socket) => socket.write(head('GET', longPath, '\r\n'));
const invented = (socket) => socket.write(head('GET', '/learn', `Cookie: connect.sid=${anyId()}\r\n\r\n`));

/**
 * By name: what a client does once it is connected, and then once a second; it speaks HTTP/2 if `http2` says with
 * which settings. No more than `most` clients, each of which is worth many.
 */
const attacks = {
  // Connects and says nothing.
  silent: {},
  // Asks once with a head of 60 KB, and stays.
  'idle-heads': { begin: (socket) => socket.write(`${head('GET', '/', bigLines)}\r\n`) },
  // Begins a head of 60 KB and adds a byte each second.
  heads: { begin: (socket) => socket.write(head('GET', '/', `${bigLines}X-More: `)), each: (socket) => socket.write('x') },
  // Begins a body and adds a byte each second.
  drip: {
    begin: (socket) => socket.write(head('POST', '/long/drip', 'Content-Length: 100000\r\n\r\n')),
    each: (socket) => socket.write('x'),
  },
  // Uploads to a server that does not read.
  uploads: {
    begin: (socket) => socket.write(head('POST', '/stuck', `Content-Length: 8000000\r\n\r\n${filler(1000000)}`)),
  },
  // Asks for a response without an end, and takes nothing of it.
  readers: { begin: (socket) => socket.pause().write(head('GET', '/endless', '\r\n')) },
  // Asks each second for a path of 7 KB, for which a route's expression has to look at all of it.
  expressions: { begin: expression, each: expression },
  // Asks each second with a session id that nobody has made.
  ids: { begin: invented, each: invented },
  // A hundred uploads each to a server that does not read.
  'h2-uploads': {
    most: 100,
    http2: {},
    begin: (session) => streams(session, 100, { ':method': 'POST', ':path': '/stuck' }, (stream) => stream.write(filler(200000))),
  },
  // Asks for a hundred responses without an end, each with a window of 0.
  'h2-readers': {
    most: 100,
    http2: { initialWindowSize: 0 },
    begin: (session) => streams(session, 100, { ':method': 'GET', ':path': '/endless' }, () => {}),
  },
  // Opens a hundred streams each second, and resets them at once.
  'h2-resets': { most: 100, http2: {}, begin: resets, each: resets },
};

export const names = Object.keys(attacks);

function main([name, port, asked, rate, seconds]) {
  const attack = attacks[name];
  const count = Math.min(Number(asked), attack.most ?? Infinity);
  const open = new Set();
  const seen = { connected: 0, closed: 0, failed: 0 };
  function connect() {
    const socket = attack.http2
      ? http2.connect(`http://127.0.0.1:${port}`, { settings: attack.http2 })
      : net.connect({ port: Number(port), host: '127.0.0.1' });
    open.add(socket);
    socket.on('connect', () => {
      seen.connected++;
      attack.begin?.(socket);
    });
    socket.on('data', () => {});
    socket.on('error', () => seen.failed++);
    socket.on('close', () => {
      seen.closed++;
      open.delete(socket);
    });
  }
  const tick = 20;
  const opening = setInterval(() => {
    for (let i = 0; i < (Number(rate) * tick) / 1000 && open.size < count; i++) {
      connect();
    }
  }, tick);
  const each = setInterval(() => open.forEach((socket) => (attack.http2 || socket.writable) && attack.each?.(socket)), 1000);
  setTimeout(() => {
    clearInterval(opening);
    clearInterval(each);
    process.stdout.write(`${JSON.stringify({ standing: open.size, ...seen })}\n`, () => process.exit(0));
  }, Number(seconds) * 1000);
}

if (process.argv[1]?.endsWith('attacks.mjs')) {
  main(process.argv.slice(2));
}
