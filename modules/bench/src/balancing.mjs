// How evenly each method of balancing shares a million requests, and what one pick costs.
import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { picture } from './balancing/picture.mjs';
import { run } from './processes.mjs';
import { program } from './program.mjs';
import { say } from './say.mjs';
import { median } from './statistics.mjs';
import { java, needClasses } from './tools.mjs';

const help = `How evenly each method of balancing shares a million requests, and what one pick costs.

  modules/bench/balancing [options]

  --write            put the figures into docs/balancing.md and docs/balancing.svg
  --help

What is simulated: src/main/java/dev/limpet/bench/Simulation.java. A pick: Pick.java beside it, by JMH.
`;

const root = fileURLToPath(new URL('../../..', import.meta.url));
const METHODS = ['round-robin', 'least-connections', 'least-time', 'random-two', 'random-two by time', 'hash'];

async function main(directory) {
  const { values } = parseArgs({ options: { write: { type: 'boolean' }, help: { type: 'boolean' } } });
  if (values.help) {
    process.stdout.write(help);
    return;
  }
  const classes = ['-cp', await needClasses()];
  say('a million requests for each method');
  const lines = await run(java(), ['-XX:+UseCompactObjectHeaders', ...classes, 'dev.limpet.bench.Simulation']);
  const cases = lines.trim().split('\n').map((line) => JSON.parse(line));
  say('a pick of each method');
  const results = path.join(directory, 'picks.json');
  const options = ['-foe', 'true', '-prof', 'gc', '-rf', 'json', '-rff', results];
  await run(java(), [...classes, 'org.openjdk.jmh.Main', 'dev.limpet.bench.Pick', ...options]);
  const picks = JSON.parse(readFileSync(results, 'utf8')).map(({ params, primaryMetric, secondaryMetrics }) => ({
    method: params.method,
    servers: Number(params.servers),
    nanos: median(primaryMetric.rawData.flat()),
    bytes: Math.round(secondaryMetrics['gc.alloc.rate.norm'].score),
  }));
  const tables = report(cases, picks);
  process.stdout.write(tables);
  if (values.write) {
    const page = path.join(root, 'docs/balancing.md');
    const [before, , after] = readFileSync(page, 'utf8').split(/^<!-- figures.*-->\n/m);
    writeFileSync(page, [before, '<!-- figures: modules/bench/balancing --write -->\n', tables, '<!-- figures end -->\n', after].join(''));
    writeFileSync(path.join(root, 'docs/balancing.svg'), picture(cases.filter(({ case: name }) => name !== 'nodes')));
  }
}

function report(cases, picks) {
  const of = (name) => cases.filter((row) => row.case === name);
  const shares = (name) => [
    '| Method | Furthest from its share | Worst queue | Median, ms | 99%, ms |',
    '|---|---|---|---|---|',
    ...of(name).map((r) => `| ${r.method} | ${percent(r.off)} | ${r.queue} | ${round(r.p50)} | ${round(r.p99)} |`),
  ];
  return [
    '\n### Servers of different weights, requests of uneven length\n',
    ...shares('uneven'),
    '\n### Ten servers alike, but that the first one is three times as slow\n',
    ...shares('slow'),
    '\n### Five nodes in front of the same servers\n',
    '| Method | Requests | Nodes hear of each other | Worst queue | Median, ms | 99%, ms |',
    '|---|---|---|---|---|---|',
    ...of('nodes').map(
      (r) =>
        `| ${r.method} | ${r.longer === 1 ? '20 ms' : '20 s'} | ${r.shared ? 'every second' : 'no'} | ${r.queue} | ${round(r.p50)} | ${round(r.p99)} |`,
    ),
    '\n### One pick\n',
    '| Method | 10 servers, ns | 100 servers, ns | Allocated, bytes |',
    '|---|---|---|---|',
    ...METHODS.map((method) => {
      const [ten, hundred] = [10, 100].map((n) => picks.find((p) => p.method === method && p.servers === n));
      return `| ${method} | ${round(ten.nanos)} | ${round(hundred.nanos)} | ${Math.max(ten.bytes, hundred.bytes)} |`;
    }),
    '',
    '',
  ].join('\n');
}

function percent(share) {
  return `${(100 * share).toFixed(1)}%`;
}

function round(number) {
  return Math.round(number).toLocaleString('en');
}

await program('balancing', main);
