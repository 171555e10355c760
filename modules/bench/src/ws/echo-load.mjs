// Each connection sends a message, waits for its echo and sends the next. Prints its counts as JSON.
// Usage: node echo-load.mjs PORT CONNECTIONS SECONDS
import { connect } from 'node:net';
import { percentile } from '../statistics.mjs';
import { maskedText, openingRequest, readFrames } from './frames.mjs';

const TEXT_FRAME = 1;
const MESSAGE = 'x'.repeat(64);

const [port, connections, seconds] = process.argv.slice(2).map(Number);
const frame = maskedText(MESSAGE);
const latencies = [];
const sockets = [];
let errors = 0;
let over = false;

function open() {
  const socket = connect(port, '127.0.0.1');
  let rest = Buffer.alloc(0);
  let upgraded = false;
  let sent = 0;

  const send = () => {
    sent = performance.now();
    socket.write(frame);
  };

  const receive = ({ opcode, payload }) => {
    if (opcode === TEXT_FRAME && payload.length === MESSAGE.length) {
      latencies.push(performance.now() - sent);
      send();
    } else {
      errors++;
      socket.destroy();
    }
  };

  socket.setNoDelay(true);
  socket.write(openingRequest(port));
  socket.on('data', (bytes) => {
    rest = rest.length ? Buffer.concat([rest, bytes]) : bytes;
    if (!upgraded) {
      const end = rest.indexOf('\r\n\r\n');
      if (end < 0) {
        return;
      }
      if (!rest.toString('latin1').startsWith('HTTP/1.1 101')) {
        errors++;
        socket.destroy();
        return;
      }
      upgraded = true;
      rest = rest.subarray(end + 4);
      send();
    }
    const read = readFrames(rest);
    rest = read.rest;
    read.frames.forEach(receive);
  });
  socket.on('error', () => {}); // counted by the close that follows
  socket.on('close', (failed) => {
    if (!over && (failed || upgraded)) {
      errors++;
    }
  });
  sockets.push(socket);
}

for (let i = 0; i < connections; i++) {
  open();
}
const started = performance.now();
setTimeout(() => {
  over = true;
  sockets.forEach((socket) => socket.destroy());
  const took = (performance.now() - started) / 1000;
  const sorted = Float64Array.from(latencies).sort();
  const [p50, p99] = [50, 99].map((percent) => percentile(sorted, percent));
  console.log(JSON.stringify({ requests: sorted.length, seconds: took, p50, p99, errors }));
}, seconds * 1000);
