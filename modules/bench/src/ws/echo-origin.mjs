// The origin of ws-echo. Usage: node echo-origin.mjs PORT
import { createServer } from 'node:http';
import { acceptKey, readFrames, unmasked } from './frames.mjs';

const CLOSE = 8;

const server = createServer((request, response) => response.end('hello from the origin\n'));

server.on('upgrade', (request, socket) => {
  socket.write(
    'HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n' +
      `Sec-WebSocket-Accept: ${acceptKey(request.headers['sec-websocket-key'])}\r\n\r\n`,
  );
  socket.setNoDelay(true);
  let rest = Buffer.alloc(0);
  socket.on('data', (bytes) => {
    const read = readFrames(rest.length ? Buffer.concat([rest, bytes]) : bytes);
    rest = read.rest;
    for (const { opcode, payload } of read.frames) {
      socket.write(unmasked(opcode, payload));
      if (opcode === CLOSE) {
        socket.end();
      }
    }
  });
  socket.on('error', () => socket.destroy());
});

server.listen(Number(process.argv[2]), '127.0.0.1');
