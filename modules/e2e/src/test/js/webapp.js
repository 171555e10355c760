// The application of the example configurations: a page at /webapp/, WebSockets that echo at /wstunnel/.
// An answer to ?unending has a beginning only.
const { createServer } = require('node:http');
const { createRequire } = require('node:module');

const { WebSocketServer } = createRequire(`${process.env.PACKAGES}/package.json`)('ws');

let greeting = 'Hello world';

const http = createServer((req, res) => {
  if (req.method === 'POST') greeting = decodeURIComponent(req.url.split('?')[1]);
  res.writeHead(200, {
    'Content-Type': 'text/html',
    'X-Served-By': process.env.BACKEND_NAME,
    'X-Came-For': req.headers['x-forwarded-for'] ?? '',
  });
  if (req.url.endsWith('?unending')) res.write('<html>');
  else res.end(`<html><body>${greeting}</body></html>`);
});

new WebSocketServer({ server: http, path: '/wstunnel/' }).on('connection', (socket) => {
  socket.on('message', (data) => socket.send(`${process.env.BACKEND_NAME}: ${data}`));
});

http.listen(Number(process.env.PORT), process.env.HOST, () => console.log('listening on', http.address()));
