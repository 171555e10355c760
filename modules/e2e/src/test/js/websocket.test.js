// WebSockets (RFC 6455, RFC 7692) through each node, in clear and by TLS.
const assert = require('node:assert/strict');
const { randomBytes } = require('node:crypto');
const { once } = require('node:events');
const { describe, it } = require('node:test');
const { WebSocket, NODES, NODES_TLS } = require('./client.js');

for (const base of [...NODES, ...NODES_TLS]) {
  const url = `${base.replace('http', 'ws')}/chat`;

  async function open(protocols = [], options = {}) {
    const socket = new WebSocket(url, protocols, { rejectUnauthorized: false, ...options });
    await once(socket, 'open');
    return socket;
  }

  async function reply(socket) {
    const [data, binary] = await once(socket, 'message');
    return binary ? data : data.toString();
  }

  describe(new URL(url).protocol, () => {
    it('agrees on compression from end to end', async () => {
      const socket = await open();
      assert.equal(socket.extensions, 'permessage-deflate');
      const text = 'again and '.repeat(10_000);
      socket.send(text);
      assert.equal(await reply(socket), text);
      assert.ok(socket._socket.bytesRead < text.length / 10, `${socket._socket.bytesRead} bytes came`);
      socket.terminate();
    });

    it('does without compression where a client does', async () => {
      const socket = await open([], { perMessageDeflate: false });
      assert.equal(socket.extensions, '');
      const bytes = randomBytes(300_000);
      socket.send(bytes);
      assert.deepEqual(await reply(socket), bytes);
      socket.terminate();
    });

    it('agrees on a subprotocol', async () => {
      const socket = await open(['v1.chat', 'v2.chat']);
      assert.equal(socket.protocol, 'v2.chat');
      socket.terminate();
    });

    it('brings the server\'s close code to the client', async () => {
      const socket = await open();
      socket.send('close me');
      const [code, reason] = await once(socket, 'close');
      assert.deepEqual([code, String(reason)], [4001, 'as you wish']);
    });

    it('brings the client\'s close code to the server', async () => {
      const socket = await open();
      const reason = `bye ${randomBytes(6).toString('hex')}`;
      socket.close(4002, reason);
      const [code] = await once(socket, 'close');
      assert.equal(code, 4002);
      // It answers before it has noted the end.
      let heard = '';
      for (let i = 0; i < 200 && !heard.includes(reason); i++) {
        heard = await (await fetch(`${NODES[i % NODES.length]}/ends`)).text();
      }
      assert.ok(heard.split('\n').includes(`4002 ${reason}`), heard);
    });

    it('carries pings and pongs', async () => {
      const socket = await open();
      const pong = once(socket, 'pong');
      const pinged = reply(socket);
      socket.ping('are you there');
      assert.equal(String((await pong)[0]), 'are you there');
      assert.equal(await pinged, 'pinged: are you there');
      socket.terminate();
    });
  });
}
