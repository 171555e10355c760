// Socket.IO protocol, revision 5, as its document specifies it, through a cluster.
const assert = require('node:assert/strict');
const { describe, it } = require('node:test');
const { Client } = require('./client.js');

const WS = 'EIO=4&transport=websocket';

/** A WebSocket on which no namespace has been asked for. */
async function open() {
  const socket = await new Client('/socket.io/').connect(WS);
  assert.equal((await socket.next())[0], '0');
  return socket;
}

/** One that is connected to the main namespace. */
async function connected() {
  const socket = await open();
  socket.send('40');
  assert.match(await socket.next(), /^40\{"sid":"[^"]+"\}$/);
  assert.equal(await socket.next(), '42["auth",{}]');
  return socket;
}

async function next(socket, count) {
  const packets = [];
  while (packets.length < count) packets.push(await socket.next());
  return packets;
}

describe('connect', () => {
  it('to the main namespace', async () => {
    (await connected()).close();
  });

  it('to the main namespace with a payload', async () => {
    const s = await open();
    s.send('40{"token":"123"}');
    assert.match(await s.next(), /^40\{"sid":"[^"]+"\}$/);
    assert.equal(await s.next(), '42["auth",{"token":"123"}]');
    s.close();
  });

  it('to a custom namespace', async () => {
    const s = await open();
    s.send('40/custom,');
    assert.match(await s.next(), /^40\/custom,\{"sid":"[^"]+"\}$/);
    assert.equal(await s.next(), '42/custom,["auth",{}]');
    s.close();
  });

  it('to a custom namespace with a payload', async () => {
    const s = await open();
    s.send('40/custom,{"token":"abc"}');
    assert.match(await s.next(), /^40\/custom,\{"sid":"[^"]+"\}$/);
    assert.equal(await s.next(), '42/custom,["auth",{"token":"abc"}]');
    s.close();
  });

  it('to a namespace that there is not', async () => {
    const s = await open();
    s.send('40/random');
    assert.equal(await s.next(), '44/random,{"message":"Invalid namespace"}');
    s.close();
  });

  it('has to come in time', async () => {
    const s = await open();
    await s.closed;
  });

  it('has to come before events', async () => {
    const s = await open();
    s.send('42["message","too early"]');
    await s.closed;
  });

  it('by polling, with each request at another node', async () => {
    const c = new Client('/socket.io/');
    await c.open();
    await c.send('40');
    const [accepted, auth] = await c.packets(2);
    assert.match(accepted, /^40\{"sid":"[^"]+"\}$/);
    assert.equal(auth, '42["auth",{}]');
    await c.send('42["message","polled"]');
    assert.deepEqual(await c.packets(1), ['42["message-back","polled"]']);
  });
});

describe('disconnect', () => {
  it('from the main namespace leaves the others', async () => {
    const s = await connected();
    s.send('40/custom');
    await next(s, 2);
    s.send('41', '42/custom,["message","still here"]');
    assert.equal(await s.next(), '42/custom,["message-back","still here"]');
    s.close();
  });

  it('from a custom namespace leaves the main one', async () => {
    const s = await connected();
    s.send('40/custom');
    await next(s, 2);
    s.send('41/custom', '42["message","still here"]');
    assert.equal(await s.next(), '42["message-back","still here"]');
    s.close();
  });

  it('by the server is told', async () => {
    const s = await connected();
    s.send('42["disconnect me"]');
    assert.equal(await s.next(), '41');
    s.close();
  });
});

describe('event', () => {
  it('goes there and back', async () => {
    const s = await connected();
    s.send('42["message",1,"2",{"3":[true,null]},"wörld €"]');
    assert.equal(await s.next(), '42["message-back",1,"2",{"3":[true,null]},"wörld €"]');
    s.close();
  });

  it('is acknowledged by the server', async () => {
    const s = await connected();
    s.send('42456["message-with-ack",1,"2",{"3":[false]}]');
    assert.equal(await s.next(), '43456[1,"2",{"3":[false]}]');
    s.close();
  });

  it('is acknowledged by the client', async () => {
    const s = await connected();
    s.send('42["ask me"]');
    assert.equal(await s.next(), '420["question",6]');
    s.send('430["forty-two"]');
    assert.equal(await s.next(), '42["heard","forty-two"]');
    s.close();
  });

  it('is acknowledged in its namespace', async () => {
    const s = await open();
    s.send('40/custom');
    await next(s, 2);
    s.send('42/custom,7["message-with-ack","here"]');
    assert.equal(await s.next(), '43/custom,7["here"]');
    s.close();
  });

  for (const [what, packet] of Object.entries({
    'of a type that there is not': '4abc',
    'without a name': '42{}',
    'that is not JSON': '42abc',
    'with an id that is no number': '42abc["message-with-ack",1]',
  })) {
    it(`${what} ends the connection`, async () => {
      const s = await connected();
      s.send(packet);
      await s.closed;
    });
  }
});

describe('binary event', () => {
  const PLACES = '{"_placeholder":true,"num":0},{"_placeholder":true,"num":1}';

  it('goes there and back with its attachments', async () => {
    const s = await connected();
    s.send(`452-["message",${PLACES}]`, Buffer.from([1, 2, 3]), Buffer.alloc(70_000, 4));
    const packets = await next(s, 3);
    assert.deepEqual(packets, [`452-["message-back",${PLACES}]`, Buffer.from([1, 2, 3]), Buffer.alloc(70_000, 4)]);
    s.close();
  });

  it('is acknowledged', async () => {
    const s = await connected();
    s.send(`452-789["message-with-ack",${PLACES}]`, Buffer.from([1]), Buffer.from([2]));
    assert.deepEqual(await next(s, 3), [`462-789[${PLACES}]`, Buffer.from([1]), Buffer.from([2])]);
    s.close();
  });

  it('goes by polling, too', async () => {
    const c = new Client('/socket.io/');
    await c.open();
    await c.send('40');
    await c.packets(2);
    await c.send(`452-["message",${PLACES}]`, 'bAQID', 'bBAUG');
    assert.deepEqual(await c.packets(3), [`452-["message-back",${PLACES}]`, 'bAQID', 'bBAUG']);
  });
});
