'use strict';
// What Node.js itself makes of raw bytes: a server that records each request as it understood it,
// a client that tells what it understood of a response, and a control port for the test.
const http = require('http');

let seen = [];

const echo = http.createServer((req, res) => {
  const record = {
    complete: false,
    method: req.method,
    url: req.url,
    headers: req.rawHeaders,
    body: '',
    trailers: [],
  };
  seen.push(record);
  const parts = [];
  req.on('data', (part) => parts.push(part));
  req.on('error', () => {});
  req.on('end', () => {
    record.complete = true;
    record.body = Buffer.concat(parts).toString('hex');
    record.trailers = req.rawTrailers;
    res.end('seen');
  });
});
// The test closes its side behind the last byte, so that nobody waits for more.
echo.httpAllowHalfOpen = true;

function fetch(port, path, method, done) {
  const result = { interim: [], error: '', complete: false };
  const request = http.request(
    { host: '127.0.0.1', port, path, method, agent: false, insecureHTTPParser: false,
      headers: { host: 'app.example', connection: 'close' } });
  let over = false;
  const finish = () => {
    if (!over) {
      over = true;
      done(result);
    }
  };
  request.setTimeout(5000, () => request.destroy(new Error('timeout')));
  request.on('information', (head) =>
    result.interim.push({ status: head.statusCode, headers: head.rawHeaders }));
  request.on('error', (error) => {
    result.error = error.code || error.message;
    finish();
  });
  request.on('response', (response) => {
    Object.assign(result, {
      status: response.statusCode,
      reason: response.statusMessage,
      headers: response.rawHeaders,
      body: '',
      trailers: [],
    });
    const parts = [];
    response.on('data', (part) => parts.push(part));
    response.on('error', () => {});
    response.on('close', () => {
      result.complete = response.complete;
      result.body = Buffer.concat(parts).toString('hex');
      result.trailers = response.rawTrailers;
      finish();
    });
  });
  request.on('close', () => {
    if (!('status' in result)) {
      finish();
    }
  });
  request.end();
}

const control = http.createServer((req, res) => {
  const url = new URL(req.url, 'http://control');
  if (url.pathname === '/seen') {
    res.end(JSON.stringify({ seen }));
    seen = [];
  } else {
    const query = url.searchParams;
    fetch(Number(query.get('port')), query.get('path'), query.get('method'), (result) =>
      res.end(JSON.stringify(result)));
  }
});

echo.listen(0, '127.0.0.1', () =>
  control.listen(0, '127.0.0.1', () =>
    console.log(`${echo.address().port} ${control.address().port}`)));
// The test's end is ours, too.
process.stdin.on('end', () => process.exit()).resume();
