import assert from 'node:assert/strict';
import { test } from 'node:test';
import { consequences, isLast } from '../../main/page/acts/consequences.js';
import { nodeCondition, serverCondition, troubles } from '../../main/page/health.js';
import { explained } from '../../main/page/words.js';

const UP = { id: 'app/a', health: 'up', state: 'up', weight: 1, reason: '', figures: { active: 0 } };

test('the worst of a server is what counts', () => {
  assert.equal(serverCondition(UP, 0).word, 'Up');
  assert.equal(serverCondition({ ...UP, state: 'drain' }, 0).word, 'Draining');
  assert.equal(serverCondition({ ...UP, state: 'drain', health: 'dead', reason: 'refused' }, 0).word, 'Dead');
  assert.equal(serverCondition({ ...UP, state: 'down' }, 0).level, 'off');
  assert.equal(serverCondition({ ...UP, health: 'suspect', ejected: { until: 9000, times: 1, reason: 'errors' } }, 4000).until, 'for 5 s more');
  assert.equal(serverCondition({ ...UP, slowStart: 0.4 }, 0).word, 'Starting');
});

test('a node that does not answer is not taken for one that is well', () => {
  assert.equal(nodeCondition({ answers: false, ready: true, age: 7 }).word, 'No answer');
  assert.equal(nodeCondition({ ready: true }).level, 'ok');
  assert.equal(nodeCondition({ ready: false, waitingFor: 'a majority' }).level, 'bad');
});

test('troubles are told with the worst first, and none where all is well', () => {
  const live = {
    time: 0,
    nodes: [{ name: 'n', ready: true }],
    upstreams: [{ name: 'app', servers: [{ ...UP }, { ...UP, id: 'app/b', health: 'suspect', reason: 'slow' }], figures: { rate: { requests: 10, errors: 0 } } }]
  };
  assert.deepEqual(troubles(live).map(trouble => trouble.text), ['app/b: suspect, slow']);
  live.upstreams[0].servers.forEach(server => {
    server.health = 'dead';
  });
  assert.match(troubles(live)[0].text, /no server that takes new clients/);
  assert.deepEqual(troubles({ time: 0, nodes: [], upstreams: [] }), []);
});

test('what will happen is said before it does', () => {
  const server = { ...UP, figures: { active: 3 } };
  const upstream = { name: 'app', servers: [server, { ...UP, id: 'app/b', weight: 3 }] };
  assert.match(consequences('drain', server, upstream, 12).join(' '), /no new clients.*12 sessions.*stay.*3 requests are under way/);
  assert.match(consequences('down', server, upstream, 1).join(' '), /1 session in the table moves/);
  assert.match(consequences('weight', server, upstream, 0, 3)[0], /from 25 % to 50 %/);
  assert.equal(isLast('drain', server, upstream), false);
  assert.equal(isLast('drain', server, { ...upstream, servers: [server, { ...UP, id: 'app/b', health: 'dead' }] }), true);
  assert.equal(isLast('up', server, { ...upstream, servers: [server] }), false);
});

test('a request says why it went where it went', () => {
  const request = { route: 'shop', listener: 'http', upstream: 'app', server: 'app/a', affinity: 'moved', attempts: [{}, {}], failure: 'RESET' };
  assert.match(explained(request).join(' '), /Route shop of http sends it to app.*moved to app\/a.*2 attempts.*closed the connection/);
  assert.match(explained({ listener: 'http', host: 'x', route: '', upstream: '' })[0], /No route/);
});
