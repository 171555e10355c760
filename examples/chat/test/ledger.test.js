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
  // A request that the client has given up may be counted later than the next one.
  assert.equal(seen(1, 'lost', 2, 4).visitGaps, 0);
  assert.equal(seen(1, 'lost', 3, 5).visitGaps, 1);
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
  assert.deepEqual([stuck.violations, stuck.unserved], [[], 1]); // it has not moved wrongly, either

  const other = new Ledger();
  const second = other.track('c', 'http');
  for (const pid of [1, 2]) second.answer({ at: other.now(), node: node.url, backend: 'b', pid, visits: 1 });
  assert.equal(other.report(none).changedWhileAlive, 1);
});

/** A ledger whose time passes by hand, with one client that is at home at b. */
function atHand({ share = 0.9 } = {}) {
  let time = 0;
  const usage = () => ({ active: time / 2, cpu: share * time / 2 });
  const ledger = new Ledger({ probes: [{ name: 'b' }, { name: node.url }], clock: () => time, usage });
  const track = ledger.track('c', 'http');
  const pass = (ms, alive = ['b', node.url]) => {
    for (const end = time + ms; time < end;) {
      time += 250;
      ledger.pulse.tick();
      for (const name of alive) ledger.pulse.sign(name);
    }
  };
  const answer = (backend = 'b', ms = 10) =>
    ledger.answered(track, { sent: time - ms, node, backend, pid: 1 });
  const late = () => ledger.failed(track, { sent: time - 10_000, node, method: 'GET', code: 'ETIMEDOUT', retried: true });
  answer();
  return { ledger, pass, answer, late, report: () => ledger.report(none) };
}

test('a request that is not answered in time goes against the balancer if all else was quick', () => {
  const { pass, answer, late, report } = atHand();
  for (let i = 0; i < 20; i++, pass(500)) answer();
  late();
  const { errors, unserved, violations } = report();
  assert.deepEqual([errors, unserved, violations.length], [1, 0, 1]);
});

test('it goes against the machine if that gave less than half of the time that was wanted', () => {
  const { pass, answer, late, report } = atHand({ share: 0.4 });
  for (let i = 0; i < 20; i++, pass(500)) answer();
  late();
  const { errors, unserved, machine } = report();
  assert.deepEqual([errors, unserved, machine.share], [0, 1, 0.4]);
});

test('it goes against the machine if most answers were late, or somebody stood still', () => {
  const slow = atHand();
  for (let i = 0; i < 20; i++, slow.pass(500)) slow.answer('b', i % 3 === 0 ? 10 : 600);
  slow.late();
  for (const alive of [['b'], [node.url]]) {
    const still = atHand();
    still.pass(7_000);
    still.answer();
    still.pass(3_000, alive);
    still.late();
    const { errors, unserved, pass } = still.report();
    assert.deepEqual([errors, unserved, pass], [0, 1, false]);
  }
  const { errors, unserved, machine } = slow.report();
  assert.deepEqual([errors, unserved, machine.p50Ms], [0, 1, 600]);
});

test('the silence of a killed server is no excuse for not leaving it', () => {
  const { ledger, pass, answer, late, report } = atHand();
  ledger.backendKilled('b');
  pass(10_000, [node.url]);
  late();
  answer('other');
  const { errors, unserved } = report();
  assert.deepEqual([errors, unserved], [1, 0]);
});

test('who leaves a server that was silent for as long as the dead are is not judged, a pause is no excuse', () => {
  const moved = (silence) => {
    const { pass, answer, report } = atHand();
    pass(1_000);
    answer();
    pass(silence, [node.url]);
    answer('other');
    return report();
  };
  const paused = moved(8_000);
  assert.deepEqual([paused.changedWhileAlive, paused.unserved], [1, 0]);
  const dead = moved(11_000);
  assert.deepEqual([dead.changedWhileAlive, dead.unserved, dead.pass], [0, 1, false]);
  assert.deepEqual(dead.machine.still, [{ name: 'b', ms: 11_000 }]);
});

test('a POST is excused until its backend is known to be gone', () => {
  const { ledger, pass, answer, report } = atHand();
  const track = ledger.track('d', 'http');
  ledger.answered(track, { sent: 0, node, backend: 'b', pid: 1 });
  answer();
  ledger.backendKilled('b');
  pass(3_000, []);
  ledger.backendGone('b');
  const fail = (ago) => ledger.failed(track, { sent: ledger.now() - ago, node, method: 'POST', status: 502 });
  fail(100);
  pass(1_000, []);
  fail(100);
  const { errors, errorsExcused } = report();
  assert.deepEqual([errors, errorsExcused], [1, 1]);
});

test('the jar keeps, replaces and deletes cookies', () => {
  const jar = new Jar();
  jar.parseCookies(['a=1; Path=/', 'b=x=y', 'nonsense']);
  jar.parseCookies(['a=2; HttpOnly; Max-Age=60']);
  assert.equal(jar.header, 'a=2; b=x=y');
  jar.parseCookies(['a=; Max-Age=0', 'b=; Expires=Thu, 01 Jan 1970 00:00:00 GMT']);
  assert.equal(jar.header, '');
});
