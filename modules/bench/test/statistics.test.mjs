import assert from 'node:assert/strict';
import { test } from 'node:test';
import { median, percentile, ratios } from '../src/statistics.mjs';

test('the median of an even count lies between the middle two', () => {
  assert.equal(median([4, 1, 3, 2]), 2.5);
  assert.equal(median([9, 1, 5]), 5);
});

test('a percentile is one of the values', () => {
  const values = Array.from({ length: 200 }, (_, i) => i + 1);
  assert.equal(percentile(values, 50), 100);
  assert.equal(percentile(values, 99), 198);
  assert.equal(percentile([7], 99), 7);
  assert.equal(percentile([], 50), null);
});

test('each round is compared with itself, so a slow round changes no ratio', () => {
  const steady = ratios([20, 20, 20], [10, 10, 10]);
  const slowSecondRound = ratios([20, 60, 20], [10, 30, 10]);
  assert.deepEqual(slowSecondRound, steady);
  assert.deepEqual(steady, { median: 2, min: 2, max: 2 });
});

test('a round without a value to compare with is left out', () => {
  assert.deepEqual(ratios([20, 30], [0, 10]), { median: 3, min: 3, max: 3 });
  assert.equal(ratios([20], [0]), null);
});
