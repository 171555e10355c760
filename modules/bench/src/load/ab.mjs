// A connection, and with TLS a full handshake, for each request: ab, which never resumes a TLS session.
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { run } from '../processes.mjs';

const MORE_THAN_ANY_RUN_HAS = 2_000_000;

export async function handshakes({ url, connections, seconds, core, directory }) {
  const file = path.join(directory, 'ab.csv');
  // -n after -t, which sets it to 50000
  const limits = ['-t', String(Math.ceil(seconds)), '-n', String(MORE_THAN_ANY_RUN_HAS), '-c', String(connections)];
  const output = await run('ab', ['-q', '-r', ...limits, '-e', file, url], { core });
  const number = (name) => Number(new RegExp(`^${name}:\\s*([\\d.]+)`, 'm').exec(output)?.[1] ?? 0);
  const percentiles = readFileSync(file, 'utf8').trim().split('\n').map((line) => line.split(',').map(Number));
  // of few requests ab leaves the highest percentiles 0
  const at = (percent) => percentiles.findLast(([share, milliseconds]) => share <= percent && milliseconds > 0)?.[1];
  return {
    requests: number('Complete requests'),
    seconds: number('Time taken for tests'),
    p50: at(50),
    p99: at(99),
    errors: number('Failed requests') + number('Non-2xx responses'),
  };
}
