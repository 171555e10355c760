import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { Balancer, backend, driver } from './support.js';

const options = { timeout: 60_000 };

async function judge(drive) {
  drive.send({ cmd: 'sweep' });
  const swept = await drive.next('swept');
  drive.send({ cmd: 'report' });
  return { swept, report: await drive.next('report') };
}

/** Three backends behind two nodes, warmed up. */
async function cluster(t, how) {
  const backends = await Promise.all(['backend-1', 'backend-2', 'backend-3'].map((name) => backend(t, name)));
  const balancer = new Balancer(backends, how);
  const nodes = [await balancer.node(t), await balancer.node(t)];
  const drive = driver(t, nodes.map((node) => node.url));
  await drive.next('started');
  assert.deepEqual(await drive.next('warm'), { event: 'warm', clients: 20, sockets: 4 });
  const kill = async (victim, { mark = true } = {}) => {
    if (mark) drive.send({ cmd: 'mark', event: 'backend-killed', backend: victim.name });
    if (mark) await sleep(20);
    balancer.alive = balancer.alive.filter((one) => one !== victim);
    victim.child.kill('SIGKILL');
    await sleep(1_500);
  };
  return { backends, balancer, nodes, drive, kill };
}

test('one backend under three names passes', options, async (t) => {
  const { url } = await backend(t, 'only');
  const drive = driver(t, [url, url, url]);
  await drive.next('warm');
  await sleep(1_000);
  const { swept, report } = await judge(drive);
  assert.deepEqual(swept, { event: 'swept', clients: 20, nodes: 3, agree: 20, disagreements: 0 });
  assert.equal(report.pass, true, JSON.stringify(report));
  assert.equal(report.socketsBack, 4);
  assert.ok(report.requests > 100);
  drive.send({ cmd: 'stop' });
  assert.deepEqual(await drive.exit, [0, null]);
});

test('two unrelated backends as nodes fail', options, async (t) => {
  const both = await Promise.all([backend(t, 'a'), backend(t, 'b')]);
  const drive = driver(t, both.map((one) => one.url));
  await drive.next('started');
  await sleep(2_000);
  const { report } = await judge(drive);
  assert.equal(report.pass, false);
  assert.ok(report.changedWhileAlive > 20, JSON.stringify(report));
  assert.equal(report.disagreements, 20);
  assert.ok(report.socketsWrong > 0);
  assert.equal(report.violations.length, 10);
  assert.match(report.violations.join('\n'), /client-\d+: left living [ab] for [ab]: /);
  drive.end(); // the end of stdin stops it, too
  assert.deepEqual(await drive.exit, [0, null]);
});

test('a node and a backend killed and marked pass', options, async (t) => {
  const { backends, nodes, drive, kill } = await cluster(t);
  drive.send({ cmd: 'mark', event: 'node-killed', node: 'node-2', url: nodes[1].url });
  nodes[1].kill();
  await sleep(1_500);
  await kill(backends[0]);
  const { swept, report } = await judge(drive);
  assert.equal(swept.nodes, 1);
  assert.equal(report.pass, true, JSON.stringify(report));
  assert.ok(report.retriedNodeDead > 0);
  assert.ok(report.sessionsOfDeadBackend > 0);
  assert.equal(report.movedOnce, report.sessionsOfDeadBackend);
  assert.equal(report.socketsBack, 4);
});

test('a backend killed without a mark fails: the driver takes nobody\'s word for a death', options, async (t) => {
  const { backends, drive, kill } = await cluster(t);
  await kill(backends[0], { mark: false });
  const { report } = await judge(drive);
  assert.equal(report.pass, false);
  assert.ok(report.changedWhileAlive > 0, JSON.stringify(report));
  assert.equal(report.sessionsOfDeadBackend, 0);
});

test('a node killed without a mark is an error', options, async (t) => {
  const { nodes, drive } = await cluster(t);
  nodes[1].kill();
  await sleep(1_000);
  drive.send({ cmd: 'report' });
  const report = await drive.next('report');
  assert.equal(report.pass, false);
  assert.ok(report.errors > 0, JSON.stringify(report));
  assert.equal(report.retriedNodeDead, 0);
});

test('sessions that move back when their backend returns fail', options, async (t) => {
  const { backends, balancer, drive, kill } = await cluster(t);
  await kill(backends[0]);
  const again = await backend(t, 'backend-1');
  drive.send({ cmd: 'mark', event: 'backend-back', backend: 'backend-1' });
  balancer.alive = [again]; // everyone is sent to it, though the others live
  await sleep(1_000);
  const { report } = await judge(drive);
  assert.equal(report.pass, false);
  assert.ok(report.movedMoreThanOnce > 0, JSON.stringify(report));
  assert.ok(report.changedWhileAlive > 0);
});
