import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { Jar } from '../drive/jar.js';
import { Ledger } from '../drive/ledger.js';

const none = { total: 0, back: 0, wrong: [] };
const node = { url: 'http://n' };

function seen(...visits) {
  const ledger = new Ledger();
  const track = ledger.track('c', 'http');
  for (const visit of visits) {
    if (visit === 'lost') ledger.failed(track, { sent: 0, node, method: 'GET', code: 'ECONNRESET', retried: true });
    else track.answer({ at: ledger.now(), node: node.url, backend: 'b', pid: 1, visits: visit });
  }
  return ledger.report(none);
}

test('visits must count up, with room only for lost answers', () => {
  assert.equal(seen(1, 2, 3).visitGaps, 0);
  assert.equal(seen(1, 3).visitGaps, 1);
  assert.equal(seen(5, 1).visitGaps, 1);
  assert.equal(seen(5, 5).visitGaps, 1);
  assert.equal(seen(1, 'lost', 3, 4).visitGaps, 0);
  assert.equal(seen(1, 'lost', 2, 3).visitGaps, 0);
  assert.equal(seen(1, 'lost', 4).visitGaps, 1);
  assert.equal(seen(5, 'lost', 4).visitGaps, 1);
});

test('a POST in flight at the kill is excused, a GET and a later POST are not', async () => {
  const ledger = new Ledger();
  const track = ledger.track('c', 'http');
  track.answer({ at: ledger.now(), node: node.url, backend: 'b', pid: 1, visits: 1 });
  const sent = ledger.now();
  ledger.backendKilled('b');
  ledger.failed(track, { sent, node, method: 'POST', status: 502 });
  ledger.failed(track, { sent, node, method: 'POST', code: 'ECONNRESET', begun: true });
  ledger.failed(track, { sent, node, method: 'POST', code: 'ECONNRESET', begun: false });
  ledger.failed(track, { sent, node, method: 'GET', status: 502 });
  ledger.failed(track, { sent, node, method: 'GET', code: 'ECONNRESET', begun: true });
  await sleep(600);
  ledger.failed(track, { sent: ledger.now(), node, method: 'POST', status: 502 });
  const { errors, errorsExcused } = ledger.report(none);
  assert.deepEqual({ errors, errorsExcused }, { errors: 4, errorsExcused: 2 });
});

test('a killed session that never moved fails; so does one whose process changed unmarked', () => {
  const ledger = new Ledger();
  const track = ledger.track('c', 'http');
  track.answer({ at: ledger.now(), node: node.url, backend: 'b', pid: 1, visits: 1 });
  assert.equal(ledger.report(none).pass, true);
  ledger.backendKilled('b');
  const stuck = ledger.report(none);
  assert.deepEqual([stuck.pass, stuck.sessionsOfDeadBackend, stuck.movedOnce], [false, 1, 0]);

  const other = new Ledger();
  const second = other.track('c', 'http');
  for (const pid of [1, 2]) second.answer({ at: other.now(), node: node.url, backend: 'b', pid, visits: 1 });
  assert.equal(other.report(none).changedWhileAlive, 1);
});

test('the jar keeps, replaces and deletes cookies', () => {
  const jar = new Jar();
  jar.parseCookies(['a=1; Path=/', 'b=x=y', 'nonsense']);
  jar.parseCookies(['a=2; HttpOnly; Max-Age=60']);
  assert.equal(jar.header, 'a=2; b=x=y');
  jar.parseCookies(['a=; Max-Age=0', 'b=; Expires=Thu, 01 Jan 1970 00:00:00 GMT']);
  assert.equal(jar.header, '');
});
