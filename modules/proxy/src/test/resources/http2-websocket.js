'use strict';
// A WebSocket over HTTP/2 by Node.js's client (RFC 8441): says hello, takes the answer, says goodbye.
const http2 = require('node:http2');

const [port] = process.argv.slice(2);
const session = http2.connect(`http://127.0.0.1:${port}`);
session.on('remoteSettings', (settings) => {
  console.log(`offered ${settings.enableConnectProtocol}`);
  const stream = session.request(
    {
      ':method': 'CONNECT',
      ':protocol': 'websocket',
      ':scheme': 'http',
      ':authority': 'app.example',
      ':path': '/ws?a=b',
      'sec-websocket-version': '13',
      'sec-websocket-protocol': 'chat',
      origin: 'http://app.example',
    },
    { endStream: false },
  );
  stream.on('response', (head) => {
    console.log(`status ${head[':status']} ${head['sec-websocket-protocol']}`);
    stream.write('hello');
  });
  let got = '';
  stream.on('data', (data) => {
    got += data;
    if (got === 'hello') {
      stream.end(' and goodbye');
    }
  });
  stream.on('error', (error) => console.log(`error ${error.code}`));
  stream.on('close', () => {
    console.log(`got ${got}`);
    session.close();
  });
});
