// HTTP/2, and HTTP/1.1 at a fixed rate: h2load.
import { readFileSync, rmSync } from 'node:fs';
import path from 'node:path';
import { run } from '../processes.mjs';
import { percentile } from '../statistics.mjs';

const STREAMS = 8;

/** As many requests in flight as there are `connections` elsewhere: 8 streams on each of an eighth of them. */
export function http2(settings) {
  const clients = Math.max(1, Math.round(settings.connections / STREAMS));
  return h2load(['--npn-list=h2', '-c', String(clients), '-m', String(STREAMS)], settings);
}

/** `rate`: requests per second in all; without it as fast as it goes. */
export function http1({ rate, ...settings }) {
  const pace = rate ? [`--rps=${(rate / settings.connections).toFixed(3)}`] : [];
  return h2load(['--h1', '-c', String(settings.connections), ...pace], settings);
}

async function h2load(protocol, { url, seconds, core, directory }) {
  const log = path.join(directory, 'h2load.log');
  const output = await run('h2load', ['-t1', '-D', String(seconds), ...protocol, `--log-file=${log}`, url], { core });
  const responses = readLog(log);
  const good = responses.filter(({ status }) => status >= 200 && status < 300);
  const milliseconds = Float64Array.from(good, (response) => response.milliseconds).sort();
  const [, took] = /finished in ([\d.]+)s/.exec(output);
  return {
    requests: good.length,
    seconds: Number(took),
    p50: percentile(milliseconds, 50),
    p99: percentile(milliseconds, 99),
    errors: responses.length - good.length,
  };
}

/** Each line: when the request began, its status (-1: failed), microseconds to the end of the response. */
function readLog(file) {
  const lines = readFileSync(file, 'utf8').split('\n').filter(Boolean);
  rmSync(file);
  return lines.map((line) => {
    const [, status, microseconds] = line.split('\t').map(Number);
    return { status, milliseconds: microseconds / 1000 };
  });
}
