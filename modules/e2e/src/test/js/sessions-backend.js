// Begins sessions of its own: a cookie for each client that has none, and Socket.IO.
const { createServer } = require('node:http');
const { randomUUID } = require('node:crypto');
const { createRequire } = require('node:module');

const { Server } = createRequire(`${process.env.PACKAGES}/package.json`)('socket.io');

const name = process.env.BACKEND_NAME;
const mine = new Set();
let unknown = 0;

const server = createServer((req, res) => {
  const id = /(?:^|;\s*)app\.sid=([^;]*)/.exec(req.headers.cookie ?? '')?.[1];
  const headers = { 'X-Backend': name };
  if (req.url === '/unknown') {
    return void res.end(String(unknown));
  }
  if (req.url === '/begin') {
    const fresh = randomUUID();
    mine.add(fresh);
    headers['Set-Cookie'] = `app.sid=${fresh}; Path=/; HttpOnly`;
  }
  // A session of another server is a user who is logged out.
  res.writeHead(id === undefined || mine.has(id) ? 200 : 401, headers).end(name);
});

const io = new Server(server);
// A session that has ended here, since its client's node was killed, is not one of another server.
const issued = new Set();
io.engine.on('connection', (socket) => issued.add(socket.id));
io.engine.on('connection_error', ({ code, req }) => (unknown += code === 1 && !issued.has(req._query.sid) ? 1 : 0));
io.on('connection', (socket) => socket.on('whoami', (answer) => answer(name)));

server.listen(Number(process.env.PORT), process.env.HOST, () => console.log('listening on', process.env.PORT));
