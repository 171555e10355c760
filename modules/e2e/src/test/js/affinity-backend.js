// What the affinity checker's clients talk to: says who it is, and gives new clients a session.
// SIGUSR2 makes it refuse connections, and the next one makes it take them again.
const { createServer } = require('node:http');
const { randomUUID } = require('node:crypto');

const name = process.env.BACKEND_NAME;

const server = createServer((req, res) => {
  const headers = { 'X-Backend': name, 'Content-Length': name.length };
  // As with express-session and a store that all processes share: an id that is shown is kept.
  if (req.url.startsWith('/learn/') && !/(^|;\s*)app\.sid=/.test(req.headers.cookie ?? '')) {
    headers['Set-Cookie'] = `app.sid=${randomUUID()}; Path=/; HttpOnly`;
  }
  res.writeHead(200, headers).end(name);
});

const listen = () => server.listen(Number(process.env.PORT), process.env.HOST);

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
