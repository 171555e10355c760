// A server that answers after 5 ms; once it is told to brown out, after 50 ms and three times in ten with a 500.
import { createServer } from 'node:http';

const [port] = process.argv.slice(2);
let sick = false;
let random = 1;

createServer((request, response) => {
  if (request.url === '/healthz') {
    response.end('ok');
    return;
  }
  if (request.url === '/brownout') {
    sick = true;
    response.end('ok');
    return;
  }
  random = (random * 48271) % 2147483647; // Park and Miller's generator: the same failures for every proxy
  const status = sick && random % 10 < 3 ? 500 : 200;
  setTimeout(() => response.writeHead(status).end('hello'), sick ? 50 : 5);
}).listen(Number(port), '127.0.0.1');
