// Connections that ask once and then stay.
import { connect } from 'node:net';

const AT_ONCE = 100;

/** Opens `count` connections, each of which has had its answer; fails when one begins otherwise than `expected`. */
export async function holdRequests(port, count, request, expected) {
  const held = [];
  while (held.length < count) {
    const batch = Array.from({ length: Math.min(AT_ONCE, count - held.length) }, () => ask(port, request, expected));
    held.push(...(await Promise.all(batch)));
  }
  return held;
}

function ask(port, request, expected) {
  return new Promise((resolve, reject) => {
    const socket = connect(port, '127.0.0.1', () => socket.write(request));
    socket.once('error', reject);
    socket.once('data', (bytes) => {
      if (bytes.toString('latin1').startsWith(expected)) {
        socket.on('data', () => {});
        resolve(socket);
      } else {
        reject(new Error(`instead of ${expected} there came ${bytes.toString('latin1').split('\r\n')[0]}`));
      }
    });
    socket.once('close', () => reject(new Error('the connection was closed')));
  });
}
