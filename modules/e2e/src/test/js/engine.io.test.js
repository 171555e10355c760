// Engine.IO protocol, revision 4, as its document specifies it, through a cluster.
const assert = require('node:assert/strict');
const { describe, it } = require('node:test');
const { Client } = require('./client.js');

const client = () => new Client('/engine.io/');
const WS = 'EIO=4&transport=websocket';

const WRONG = {
  'without a version': (transport) => `transport=${transport}`,
  'with a version that there is not': (transport) => `EIO=abc&transport=${transport}`,
  'without a transport': () => 'EIO=4',
  'with a transport that there is not': () => 'EIO=4&transport=abc',
  'with a session that there is not': (transport) => `EIO=4&transport=${transport}&sid=abc`,
};

function checkHandshake(handshake, upgrades) {
  assert.equal(typeof handshake.sid, 'string');
  assert.deepEqual(handshake.upgrades, upgrades);
  assert.equal(handshake.pingInterval, 300);
  assert.equal(handshake.pingTimeout, 3_000);
  assert.equal(handshake.maxPayload, 1_000_000);
}

/** A session over a WebSocket, past its handshake. */
async function socket(options) {
  const opened = await client().connect(WS, options);
  checkHandshake(JSON.parse((await opened.next()).slice(1)), []);
  return opened;
}

describe('handshake by polling', () => {
  it('opens a session', async () => {
    const { status, body } = await client().get('EIO=4&transport=polling');
    assert.equal(status, 200);
    assert.equal(body[0], '0');
    checkHandshake(JSON.parse(body.slice(1)), ['websocket']);
  });

  for (const [what, query] of Object.entries(WRONG)) {
    it(`is refused ${what}`, async () => {
      assert.equal((await client().get(query('polling'))).status, 400);
    });
  }

  it('is refused with POST', async () => {
    assert.equal((await client().post('EIO=4&transport=polling', '')).status, 400);
  });
});

describe('handshake by WebSocket', () => {
  it('opens a session', async () => {
    (await socket()).close();
  });

  for (const [what, query] of Object.entries(WRONG)) {
    it(`is refused ${what}`, async () => {
      // Some servers take the WebSocket and end it at once.
      const socket = await client().connect(query('websocket')).catch((refusal) => refusal);
      if (socket instanceof Error) assert.equal(socket.status, 400);
      else await assert.rejects(socket.next(), /the connection has ended/);
    });
  }
});

describe('messages by polling', () => {
  it('come back', async () => {
    const c = client();
    await c.open();
    await c.send('4hello, wörld €');
    assert.deepEqual(await c.packets(1), ['4hello, wörld €']);
  });

  it('come several in one payload', async () => {
    const c = client();
    await c.open();
    await c.send('4one', '4two', '4three');
    assert.deepEqual(await c.packets(3), ['4one', '4two', '4three']);
  });

  it('may be binary', async () => {
    const c = client();
    await c.open();
    await c.send('bAQIDBA==', '4text', 'bAAA=');
    assert.deepEqual(await c.packets(3), ['bAQIDBA==', '4text', 'bAAA=']);
  });

  it('may be almost as large as a payload', async () => {
    const c = client();
    await c.open();
    const large = `4${'x'.repeat(999_000)}`;
    await c.send(large);
    assert.deepEqual(await c.packets(1), [large]);
  });

  it('end the session when they are larger', async () => {
    const c = client();
    await c.open();
    assert.equal((await c.post(c.session, `4${'x'.repeat(1_000_000)}`)).status, 413);
    await c.untilForgotten();
  });

  it('end the session when they are none', async () => {
    const c = client();
    await c.open();
    await c.post(c.session, 'abc');
    await c.untilForgotten();
  });

  it('come while a poll waits', async () => {
    const c = client();
    await c.open();
    const polled = c.packets(1);
    await c.send('4now');
    assert.deepEqual(await polled, ['4now']);
  });

  it('stay apart from those of other sessions', async () => {
    const all = Array.from({ length: 8 }, client);
    await Promise.all(all.map(async (c, i) => {
      await c.open();
      for (let turn = 0; turn < 3; turn++) {
        await c.send(`4${i} ${turn}`);
        assert.deepEqual(await c.packets(1), [`4${i} ${turn}`]);
      }
    }));
  });

  it('end the session when it is polled twice at one time', async () => {
    const c = client();
    await c.open();
    // At least the one that is answered; a ping may have answered the first before the second came.
    const statuses = new Set();
    while (!statuses.has(400)) {
      for (const polled of await Promise.all([c.get(c.session), c.get(c.session)])) statuses.add(polled.status);
    }
    await c.untilForgotten();
  });

  it('end the session when a poll is cancelled', async () => {
    const c = client();
    await c.open();
    await c.send('4one');
    await c.packets(1);
    let ended;
    do {
      const abort = new AbortController();
      ended = c.get(c.session, { signal: abort.signal }).catch((error) => error.name);
      await c.untilPolled();
      abort.abort();
      // A ping may have been faster.
    } while (await ended !== 'AbortError');
    await c.untilForgotten();
  });
});

describe('messages by WebSocket', () => {
  it('come back', async () => {
    const s = await socket();
    s.send('4hello, wörld €', '4again');
    assert.equal(await s.next(), '4hello, wörld €');
    assert.equal(await s.next(), '4again');
    s.close();
  });

  it('may be binary', async () => {
    const s = await socket();
    s.send(Buffer.from([1, 2, 3, 4]), '4text', Buffer.alloc(100_000, 7));
    assert.deepEqual(await s.next(), Buffer.from([1, 2, 3, 4]));
    assert.equal(await s.next(), '4text');
    assert.deepEqual(await s.next(), Buffer.alloc(100_000, 7));
    s.close();
  });

  it('end the session when they are none', async () => {
    const s = await socket();
    s.send('abc');
    await s.closed;
  });

  it('end the session when they are too large', async () => {
    const s = await socket();
    s.send(`4${'x'.repeat(1_000_001)}`);
    assert.equal((await s.closed).code, 1009);
  });
});

describe('heartbeat', () => {
  it('is a ping and a pong by polling', async () => {
    const c = client();
    await c.open();
    for (let i = 0; i < 3; i++) {
      assert.equal((await c.get(c.session)).body, '2');
      await c.send('3');
    }
  });

  it('is a ping and a pong by WebSocket', async () => {
    const s = await socket({ pong: false });
    for (let i = 0; i < 3; i++) {
      assert.equal(await s.next(), '2');
      s.send('3');
    }
    s.close();
  });

  it('is the server\'s to begin', async () => {
    const s = await socket();
    s.send('2');
    await s.closed;
  });

  it('ends a session by polling that does not answer', async () => {
    const c = client();
    await c.open();
    assert.equal((await c.get(c.session)).body, '2');
    await c.untilForgotten();
  });

  it('ends a session by WebSocket that does not answer', async () => {
    const s = await socket({ pong: false });
    assert.equal(await s.next(), '2');
    await s.closed;
  });
});

describe('close', () => {
  it('by a client that polls', async () => {
    const c = client();
    await c.open();
    const polled = c.get(c.session);
    await c.untilPolled();
    await c.send('1');
    assert.ok(['6', '2'].includes((await polled).body));
    await c.untilForgotten();
  });

  it('by the server of a client that polls', async () => {
    const c = client();
    await c.open();
    await c.send('4close me');
    await c.until('1');
    await c.untilForgotten();
  });

  it('by a client with a WebSocket', async () => {
    const s = await socket();
    s.raw.close(1000);
    assert.equal((await s.closed).code, 1000);
  });

  it('by the server of a client with a WebSocket', async () => {
    const s = await socket();
    s.send('4close me');
    await s.closed;
  });
});

describe('upgrade', () => {
  /** A session that has changed from polling to a WebSocket. */
  async function upgraded() {
    const c = client();
    const { sid } = await c.open();
    const query = `${WS}&sid=${sid}`;
    const s = await c.connect(query);
    s.send('2probe');
    assert.equal(await s.next(), '3probe');
    return { c, s, query };
  }

  it('moves the session from polling to the WebSocket', async () => {
    const { c, s } = await upgraded();
    await c.until('6');
    s.send('5', '4over');
    assert.equal(await s.next(), '4over');
    s.close();
  });

  it('brings what was sent before it', async () => {
    const c = client();
    const { sid } = await c.open();
    await c.send('4before');
    const s = await c.connect(`${WS}&sid=${sid}`);
    s.send('2probe');
    assert.equal(await s.next(), '3probe');
    await c.until('4before');
    s.send('5', '4after');
    assert.equal(await s.next(), '4after');
    s.close();
  });

  it('is the end of polling', async () => {
    const { c, s } = await upgraded();
    s.send('5', '4over');
    assert.equal(await s.next(), '4over');
    assert.equal((await c.get(c.session)).status, 400);
    assert.equal((await c.post(c.session, '4late')).status, 400);
    s.close();
  });

  it('happens once', async () => {
    const { c, s, query } = await upgraded();
    s.send('5', '4over');
    assert.equal(await s.next(), '4over');
    const second = await c.connect(query);
    await second.closed;
    s.send('4still here');
    assert.equal(await s.next(), '4still here');
    s.close();
  });

  it('need not happen', async () => {
    const { c, s } = await upgraded();
    s.close();
    await s.closed;
    await c.send('4polling goes on');
    await c.until('4polling goes on');
  });
});
