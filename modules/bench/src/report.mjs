// The figures of a case: as rows for JSON, and as a table for people.
import { median, ratios } from './statistics.mjs';

const BASELINE = 'nginx';

const columns = [
  { key: 'cpu_us_per_request', title: 'CPU µs/request', digits: 1 },
  { key: 'requests_per_second', title: 'requests/s', digits: 0 },
  { key: 'p50_ms', title: 'p50 ms', digits: 2 },
  { key: 'p99_ms', title: 'p99 ms', digits: 2 },
  { key: 'rss_mb', title: 'memory MiB', digits: 0 },
];
const added = ['added_p50_ms', 'added_p99_ms'];

/** One row a proxy: the medians of its rounds, and its ratios to nginx. */
export function rows(aCase, contenders, rate) {
  const baseline = contenders.find(({ proxy }) => proxy.name === BASELINE)?.samples;
  return contenders.map(({ proxy, samples }) => {
    const middle = (key) => rounded(median(samples.map((sample) => sample[key])));
    const toNginx = (key) => baseline && ratios(of(samples, key), of(baseline, key));
    const cpu = toNginx('cpu_us_per_request');
    return {
      case: aCase.name,
      proxy: proxy.name,
      cpu_us_per_request: middle('cpu_us_per_request'),
      ratio_to_nginx: rounded(cpu?.median),
      ratio_min: rounded(cpu?.min),
      ratio_max: rounded(cpu?.max),
      requests_per_second: middle('requests_per_second'),
      p50_ms: middle('p50_ms'),
      p99_ms: middle('p99_ms'),
      rss_mb: middle('rss_mb'),
      errors: of(samples, 'errors').reduce((total, errors) => total + errors, 0),
      ...(rate && { rate, ...Object.fromEntries(added.map((key) => [key, middle(key)])) }),
      ratios: Object.fromEntries(columns.map(({ key }) => [key, roundedAll(toNginx(key))])),
      rounds: samples,
    };
  });
}

/** Two lines a proxy: its medians, and below them the median ratio to nginx with the least and greatest of a round. */
export function table(aCase, caseRows) {
  if (caseRows.length === 0) {
    return `${aCase.name}: no proxy came to the end\n`;
  }
  const lines = [['proxy', ...columns.map(({ title }) => title), 'errors']];
  for (const row of caseRows) {
    lines.push([row.proxy, ...columns.map(({ key, digits }) => row[key]?.toFixed(digits) ?? '-'), String(row.errors)]);
    if (row.proxy !== BASELINE && row.ratios.cpu_us_per_request) {
      lines.push(['  to nginx', ...columns.map(({ key }) => spread(row.ratios[key])), '']);
    }
  }
  const widths = lines[0].map((_, i) => Math.max(...lines.map((line) => line[i].length)));
  const text = lines.map((line) => line.map((cell, i) => cell.padEnd(widths[i])).join('  ').trimEnd());
  return [`${aCase.name}: ${aCase.about}`, ...text, ...latencyAdded(caseRows), ''].join('\n');
}

function latencyAdded(caseRows) {
  return caseRows
    .filter((row) => row.rate)
    .map((row) => {
      const [p50, p99] = added.map((key) => row[key].toFixed(2));
      return `at ${row.rate} requests/s ${row.proxy} adds ${p50} ms (p50), ${p99} ms (p99)`;
    });
}

function spread(ratio) {
  return ratio ? `${ratio.median.toFixed(2)} [${ratio.min.toFixed(2)}–${ratio.max.toFixed(2)}]` : '-';
}

function of(samples, key) {
  return samples.map((sample) => sample[key]);
}

function roundedAll(ratio) {
  return ratio ? { median: rounded(ratio.median), min: rounded(ratio.min), max: rounded(ratio.max) } : null;
}

/** Four digits say more than the machine's noise allows; more would only look exact. */
function rounded(number) {
  return Number.isFinite(number) ? Number(number.toPrecision(4)) : null;
}
