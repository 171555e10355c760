// The server that the protocol suites talk to: Engine.IO and Socket.IO echo, with short timers.
const { createServer } = require('node:http');
const { createRequire } = require('node:module');

const packages = createRequire(`${process.env.PACKAGES}/package.json`);
const engineIo = packages('engine.io');
const { Server } = packages('socket.io');
const { WebSocketServer } = packages('ws');

const timers = { pingInterval: 300, pingTimeout: 3_000, connectTimeout: 3_000 };
const options = { ...timers, maxHttpBufferSize: 1_000_000, destroyUpgrade: false };

const http = createServer((req, res) => {
  res.setHeader('Content-Type', 'text/plain');
  if (req.url === '/ends') res.end(ends.join('\n'));
  else if (req.url.startsWith('/polls?')) res.end(String(polls.get(sid(req)) ?? 0));
  else res.end('ok');
});

/** How many polls of a session have come, answered or not. */
const polls = new Map();
const sid = (req) => new URLSearchParams(req.url.split('?')[1]).get('sid');

const engine = new engineIo.Server(options);
engine.attach(http, { path: '/engine.io/', destroyUpgrade: false });
http.prependListener('request', (req) => {
  if (req.method === 'GET' && req.url.startsWith('/engine.io/')) polls.set(sid(req), (polls.get(sid(req)) ?? 0) + 1);
});
engine.on('connection', (socket) => {
  socket.on('message', (data) => {
    if (data === 'close me') socket.close();
    else socket.send(data);
  });
});

// Plain WebSockets: echo, a subprotocol and a compression to agree on, closes with a code.
const chat = new WebSocketServer({
  noServer: true,
  perMessageDeflate: { threshold: 0 },
  handleProtocols: (offered) => (offered.has('v2.chat') ? 'v2.chat' : false),
});
http.on('upgrade', (req, raw, head) => {
  if (req.url !== '/chat') return;
  chat.handleUpgrade(req, raw, head, (socket) => {
    socket.on('message', (data, binary) => {
      if (!binary && data.toString() === 'close me') socket.close(4001, 'as you wish');
      else socket.send(data, { binary });
    });
    socket.on('ping', (data) => socket.send(`pinged: ${data}`));
    socket.on('close', (code, reason) => ends.push(`${code} ${reason}`));
  });
});
const ends = [];

const io = new Server(http, options);
for (const name of ['/', '/custom']) {
  io.of(name).on('connection', (socket) => {
    socket.emit('auth', socket.handshake.auth);
    socket.on('message', (...args) => socket.emit('message-back', ...args));
    socket.on('message-with-ack', (...args) => args.pop()(...args));
    socket.on('ask me', () => socket.emit('question', 6, (answer) => socket.emit('heard', answer)));
    socket.on('disconnect me', () => socket.disconnect());
  });
}

http.listen(Number(process.env.PORT), process.env.HOST, () => console.log('listening on', http.address()));
