import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { io } from 'socket.io-client';
import { backend } from './support.js';

test('counts the visits of a session', async (t) => {
  const { url, child } = await backend(t, 'backend-2');
  const first = await fetch(`${url}/whoami`);
  assert.deepEqual(await first.json(), { backend: 'backend-2', pid: child.pid, visits: 1 });
  const cookie = first.headers.getSetCookie()[0].split(';')[0];
  assert.match(cookie, /^connect\.sid=/);
  assert.equal((await (await fetch(`${url}/whoami`, { headers: { cookie } })).json()).visits, 2);
  assert.equal((await (await fetch(`${url}/whoami`)).json()).visits, 1);
});

test('health, page, slow, echo and bytes', async (t) => {
  const { url } = await backend(t, 'x');
  assert.equal(await (await fetch(`${url}/health`)).text(), 'ok');
  assert.match(await (await fetch(url)).text(), /Limpet chat/);
  assert.equal((await fetch(`${url}/socket.io/socket.io.js`)).status, 200);
  const start = performance.now();
  assert.equal((await fetch(`${url}/slow?ms=120`)).status, 200);
  assert.ok(performance.now() - start >= 115);
  assert.equal((await fetch(`${url}/slow?ms=soon`)).status, 400);
  const echo = await fetch(`${url}/echo`, { method: 'POST', body: '{"a":1}', headers: { 'content-type': 'application/json' } });
  assert.equal(echo.headers.get('content-type'), 'application/json');
  assert.equal(await echo.text(), '{"a":1}');
  for (const n of [0, 1, 100_000]) {
    assert.equal((await (await fetch(`${url}/bytes?n=${n}`)).arrayBuffer()).byteLength, n);
  }
  assert.equal((await fetch(`${url}/bytes?n=-1`)).status, 400);
});

test('the page leads to the dashboard, where there is one', async (t) => {
  const [without, by] = [await backend(t, 'x'), await backend(t, 'y', { DASHBOARD_URL: 'http://127.0.0.1:9081/' })];
  assert.doesNotMatch(await (await fetch(without.url)).text(), /dashboard/);
  for (const path of ['/', '/?x=1']) {
    assert.match(await (await fetch(by.url + path)).text(), /<a href="http:\/\/127\.0\.0\.1:9081\/">/);
  }
});

test('the chat room welcomes, answers and broadcasts', async (t) => {
  const { url, child } = await backend(t, 'room');
  const [a, b] = [io(url, { forceNew: true }), io(url, { forceNew: true })];
  t.after(() => { a.close(); b.close(); });
  const [welcome] = await Promise.all([new Promise((r) => a.once('welcome', r)), new Promise((r) => b.once('welcome', r))]);
  assert.deepEqual(welcome, { backend: 'room', pid: child.pid, id: a.id });
  assert.deepEqual(await a.emitWithAck('whoami'), { backend: 'room', pid: child.pid });
  const heard = new Promise((r) => b.once('message', r));
  a.emit('message', 'hello');
  assert.deepEqual(await heard, { from: a.id, backend: 'room', text: 'hello' });
});

test('SIGTERM ends it within two seconds, though a request and a socket are open', async (t) => {
  const { url, child, exit } = await backend(t, 'x');
  const socket = io(url, { forceNew: true, reconnection: false });
  t.after(() => socket.close());
  await once(socket, 'welcome');
  const slow = fetch(`${url}/slow?ms=30000`).catch(() => {});
  await fetch(`${url}/health`);
  const start = performance.now();
  child.kill('SIGTERM');
  assert.deepEqual(await exit, [0, null]);
  assert.ok(performance.now() - start < 2_000);
  await slow;
});

test('a taken port is one clear line and exit status 1', async (t) => {
  const { url } = await backend(t, 'first');
  const child = spawn(process.execPath, [fileURLToPath(new URL('../server.js', import.meta.url))], {
    env: { ...process.env, PORT: new URL(url).port }, stdio: ['ignore', 'ignore', 'pipe'],
  });
  let text = '';
  child.stderr.on('data', (chunk) => { text += chunk; });
  const [code] = await once(child, 'close');
  assert.equal(code, 1);
  assert.match(text, /^chat: port \d+ on 127\.0\.0\.1 is already in use\n$/);
});
