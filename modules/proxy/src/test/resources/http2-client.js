'use strict';
// Node.js's HTTP/2 client: does what it is told and says what it has got, one line of JSON each.
const http2 = require('node:http2');

const [port] = process.argv.slice(2);
const session = http2.connect(`http://127.0.0.1:${port}`);

function request(headers, body, trailers) {
  return new Promise((resolve) => {
    const got = { body: '', trailers: {} };
    const stream = session.request(
      { ':authority': 'app.example', ':path': '/', ...headers },
      { endStream: body === undefined, waitForTrailers: trailers !== undefined },
    );
    stream.on('wantTrailers', () => stream.sendTrailers(trailers));
    stream.on('response', (head) => Object.assign(got, { status: head[':status'], head }));
    stream.on('trailers', (head) => Object.assign(got.trailers, head));
    stream.on('data', (data) => (got.body += data.toString('latin1')));
    stream.on('error', (error) => Object.assign(got, { error: error.code }));
    stream.on('close', () => resolve(got));
    if (body !== undefined) {
      stream.end(body);
    }
  });
}

(async () => {
  const say = (got) => console.log(JSON.stringify(got));
  say(await request({ ':method': 'HEAD' }));
  say(await request({ ':path': '/304' }));
  say(await request({ ':method': 'PROPFIND', 'content-type': 'application/json;' }, '{}'));
  say(await request({ ':method': 'POST', trailer: 'x-sum' }, 'abc', { 'x-sum': '1' }));
  session.close();
})();
