// Usage: node server.js PORT ORIGIN_PORT [CERTIFICATE KEY]
import { readFileSync } from 'node:fs';
import http from 'node:http';
import https from 'node:https';
import httpProxy from 'http-proxy';

const [port, originPort, certificate, key] = process.argv.slice(2);

const proxy = httpProxy.createProxyServer({
  target: { host: '127.0.0.1', port: Number(originPort) },
  agent: new http.Agent({ keepAlive: true }), // without it each request would open a connection
  xfwd: true,
});
proxy.on('error', (error, request, response) => {
  if (response.writeHead && !response.headersSent) {
    response.writeHead(502).end();
  } else {
    response.destroy();
  }
});

const server = certificate
  ? https.createServer({ cert: readFileSync(certificate), key: readFileSync(key) })
  : http.createServer();
server.on('request', (request, response) => proxy.web(request, response));
server.on('upgrade', (request, socket, head) => proxy.ws(request, socket, head));
server.listen(Number(port), '127.0.0.1');
