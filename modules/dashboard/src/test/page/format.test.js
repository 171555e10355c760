import assert from 'node:assert/strict';
import { test } from 'node:test';
import { bytes, clock, count, duration, percent, rate, time } from '../../main/page/format.js';

test('what is not known is a dash, never a 0', () => {
  for (const format of [count, rate, time, bytes, duration, percent, clock]) {
    assert.equal(format(null), '–');
    assert.equal(format(undefined), '–');
  }
  assert.equal(percent(0 / 0), '–');
});

test('numbers have their units and three digits', () => {
  assert.equal(rate(0), '0.0');
  assert.equal(rate(99.94), '99.9');
  assert.equal(rate(99.96), '100');
  assert.equal(rate(1234.4), '1,234');
  assert.equal(rate(45_678), '45.7 k');
  assert.equal(rate(999_960), '1.00 M');
  assert.equal(time(0.00042), '0.42 ms');
  assert.equal(time(0.009996), '10.0 ms');
  assert.equal(time(0.9994), '999 ms');
  assert.equal(time(1.234), '1.23 s');
  assert.equal(time(90), '1 min 30 s');
  assert.equal(bytes(999), '999 B');
  assert.equal(bytes(1234), '1.2 kB');
  assert.equal(bytes(123_456_789), '123 MB');
  assert.equal(percent(0), '0 %');
  assert.equal(percent(0.0004), '0.04 %');
  assert.equal(percent(0.034), '3.4 %');
  assert.equal(duration(3 * 86_400 + 7200), '3 d 2 h');
});
