// Attacks on one port, each bounded in count and time: node attacks.mjs NAME PORT COUNT RATE SECONDS. Whatever is
// closed is opened again at that rate. The last line that it prints says how many stood, and what became of the others.
import net from 'node:net';

const filler = (bytes) => 'x'.repeat(bytes);
const bigLines = Array.from({ length: 4 }, (_, i) => `X-Big-${i}: ${filler(15000)}\r\n`).join('');
const head = (method, path, more = '') => `${method} ${path} HTTP/1.1\r\nHost: localhost\r\n${more}`;

/** By name: what a client does once it is connected, and then once a second. */
const attacks = {
  // Connects and says nothing.
  silent: {},
  // Asks once with a head of 60 KB, and stays.
  'idle-heads': { begin: (socket) => socket.write(`${head('GET', '/', bigLines)}\r\n`) },
  // Begins a head of 60 KB and adds a byte each second.
  heads: { begin: (socket) => socket.write(head('GET', '/', `${bigLines}X-More: `)), each: (socket) => socket.write('x') },
  // Begins a body and adds a byte each second.
  drip: {
    begin: (socket) => socket.write(head('POST', '/', 'Content-Length: 100000\r\n\r\n')),
    each: (socket) => socket.write('x'),
  },
  // Uploads to a server that does not read.
  uploads: {
    begin: (socket) => socket.write(head('POST', '/stuck', `Content-Length: 8000000\r\n\r\n${filler(1000000)}`)),
  },
  // Asks for a response without an end, and takes nothing of it.
  readers: { begin: (socket) => socket.pause().write(head('GET', '/endless', '\r\n')) },
};

export const names = Object.keys(attacks);

function main([name, port, count, rate, seconds]) {
  const attack = attacks[name];
  const open = new Set();
  const seen = { connected: 0, closed: 0, failed: 0 };
  function connect() {
    const socket = net.connect({ port: Number(port), host: '127.0.0.1' });
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
    for (let i = 0; i < (Number(rate) * tick) / 1000 && open.size < Number(count); i++) {
      connect();
    }
  }, tick);
  const each = setInterval(() => open.forEach((socket) => socket.writable && attack.each?.(socket)), 1000);
  setTimeout(() => {
    clearInterval(opening);
    clearInterval(each);
    process.stdout.write(`${JSON.stringify({ standing: open.size, ...seen })}\n`, () => process.exit(0));
  }, Number(seconds) * 1000);
}

if (process.argv[1]?.endsWith('attacks.mjs')) {
  main(process.argv.slice(2));
}
