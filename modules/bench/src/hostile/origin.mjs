// The server behind the node: node origin.mjs PORT
import http from 'node:http';

http
  .createServer({ maxHeaderSize: 1 << 20 }, (request, response) => {
    if (request.url === '/stuck') {
      return; // reads nothing, says nothing
    }
    if (request.url === '/endless') {
      const block = Buffer.alloc(65536);
      const more = () => {
        while (!response.destroyed && response.write(block));
      };
      response.on('drain', more);
      more();
      return;
    }
    request.resume();
    request.on('end', () => response.end('hello'));
  })
  .listen(Number(process.argv[2]), '127.0.0.1');
