import assert from 'node:assert/strict';
import { test } from 'node:test';
import { rows, table } from '../src/report.mjs';

const aCase = { name: 'h1-small', about: 'GET' };

function sample(cpu, more) {
  return {
    cpu_us_per_request: cpu, requests_per_second: 1000, p50_ms: 1, p99_ms: 2, rss_mb: 10, errors: 1, ...more,
  };
}

const nginx = { proxy: { name: 'nginx' }, samples: [sample(10), sample(30), sample(10)] };
const limpet = { proxy: { name: 'limpet' }, samples: [sample(15), sample(39), sample(16)] };

test('a row holds medians, ratios round by round, and all errors', () => {
  const row = rows(aCase, [nginx, limpet])[1];
  assert.equal(row.cpu_us_per_request, 16);
  assert.deepEqual([row.ratio_min, row.ratio_to_nginx, row.ratio_max], [1.3, 1.5, 1.6]);
  assert.equal(row.errors, 3);
});

test('without nginx there are figures and no ratios', () => {
  const [row] = rows(aCase, [limpet]);
  assert.equal(row.cpu_us_per_request, 16);
  assert.equal(row.ratio_to_nginx, null);
  assert.doesNotMatch(table(aCase, [row]), /to nginx/);
});

test('at a fixed rate the table tells the latency added', () => {
  const paced = { proxy: { name: 'limpet' }, samples: [sample(15, { added_p50_ms: 0.25, added_p99_ms: 1.5 })] };
  const text = table(aCase, rows(aCase, [paced], 5000));
  assert.match(text, /at 5000 requests\/s limpet adds 0\.25 ms \(p50\), 1\.50 ms \(p99\)/);
});
