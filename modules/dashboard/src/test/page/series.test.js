import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Series } from '../../main/page/series.js';

test('an hour of figures takes no more room than ten minutes of them', () => {
  const series = new Series(['requests', 'errors'], 600);
  for (let t = 1; t <= 3600; t++) {
    series.push(t, [['total', [t, null]], ['server ' + Math.floor(t / 60), [1, 2]]]);
  }
  assert.equal(series.size, 600);
  assert.ok(series.keys <= 13, 'servers that are gone are forgotten: ' + series.keys);
  const [times, requests, errors] = series.columns('total', ['requests', 'errors']);
  assert.equal(times.length, 600);
  assert.deepEqual([times[0], times[599]], [3001, 3600]);
  assert.deepEqual([requests[0], requests[599]], [3001, 3600]);
  assert.ok(errors.every(value => value === null));
});

test('a time without a figure is a gap', () => {
  const series = new Series(['requests'], 10);
  series.push(1, [['a', [5]]]);
  series.push(2, []);
  series.push(3, [['a', [7]]]);
  assert.deepEqual(series.columns('a', ['requests']), [[1, 2, 3], [5, null, 7]]);
  assert.deepEqual(series.columns('a', ['requests'], 2), [[2, 3], [null, 7]]);
  assert.deepEqual(series.columns('unknown', ['requests'])[1], [null, null, null]);
});

test('the same time twice counts once, and a clock that was set begins anew', () => {
  const series = new Series(['requests'], 10);
  series.push(1000, [['a', [1]]]);
  series.push(1000, [['a', [2]]]);
  series.push(999, [['a', [3]]]);
  assert.deepEqual(series.columns('a', ['requests']), [[1000], [1]]);
  series.push(400, [['a', [4]]]);
  assert.deepEqual(series.columns('a', ['requests']), [[400], [4]]);
});

test('there are only so many keys', () => {
  const series = new Series(['requests'], 10, 3);
  series.push(1, ['a', 'b', 'c', 'd'].map(key => [key, [1]]));
  assert.equal(series.keys, 3);
});
