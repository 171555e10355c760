// Socket.IO clients that only poll, keep no cookies, and take another node for each request.
const http = require('node:http');
const { createRequire } = require('node:module');

const { io } = createRequire(`${process.env.PACKAGES}/package.json`)('socket.io-client');

const ports = process.env.NODES.split(',').map((url) => Number(new URL(url).port));
const requests = Number(process.env.REQUESTS);
let sent = 0;
let wrong = 0;
let reconnects = 0;

class AnyNode extends http.Agent {
  createConnection(options, done) {
    sent++;
    if (sent === Math.floor(requests / 2)) {
      console.log('half');
    }
    const port = ports[Math.floor(Math.random() * ports.length)];
    return super.createConnection({ ...options, port }, done);
  }
}

async function client() {
  const socket = io(`http://127.0.0.1:${ports[0]}`, {
    transports: ['polling'],
    agent: new AnyNode({ keepAlive: false }),
    forceNew: true,
    reconnectionDelay: 50,
    reconnectionDelayMax: 200,
  });
  let home;
  socket.on('connect', () => (home = undefined));
  socket.on('disconnect', () => reconnects++);
  while (sent < requests) {
    const name = await socket.timeout(2000).emitWithAck('whoami').catch(() => undefined);
    if (name !== undefined) {
      wrong += home !== undefined && home !== name ? 1 : 0;
      home = name;
    }
  }
  socket.close();
}

/** Polls of sessions that the server did not have, as it counts them. */
async function unknown() {
  const counts = await Promise.all(
    process.env.BACKENDS.split(',').map(async (url) => Number(await (await fetch(`${url}/unknown`)).text())),
  );
  return counts.reduce((sum, count) => sum + count, 0);
}

Promise.all(Array.from({ length: 20 }, client)).then(async () => {
  console.log(JSON.stringify({ sent, wrong, reconnects, unknown: await unknown() }));
  process.exit();
});
