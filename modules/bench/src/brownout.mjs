// What one of three Node.js servers that is slow and fails now and then costs clients, behind several proxies.
import { mkdirSync, writeFileSync } from 'node:fs';
import { Agent, get } from 'node:http';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { contenders } from './brownout/contenders.mjs';
import { freePorts } from './machine.mjs';
import { answers } from './probe.mjs';
import { run, start } from './processes.mjs';
import { count, program } from './program.mjs';
import { launcher } from './proxies/limpet.mjs';
import { say } from './say.mjs';
import { median } from './statistics.mjs';
import { needTool } from './tools.mjs';

const help = `What one server in trouble costs clients.

  modules/bench/brownout [options]

  --rate R           requests per second, of clients without a session (200)
  --seconds S        how long the server is in trouble (15)
  --json FILE        write the figures there, too
  --help

One of three servers begins to answer after 50 ms instead of 5 ms, and three times in ten with a 500. Its health check
passes all the same. A response is bad when its status is from 500, or it takes longer than five times the median.
`;

const originFile = fileURLToPath(new URL('./brownout/origin.mjs', import.meta.url));
const BAD_FACTOR = 5;

async function main(directory) {
  const { values } = parseArgs({
    options: {
      rate: { type: 'string', default: '200' },
      seconds: { type: 'string', default: '15' },
      json: { type: 'string' },
      help: { type: 'boolean' },
    },
  });
  if (values.help) {
    process.stdout.write(help);
    return;
  }
  const rate = count('--rate', values.rate);
  const seconds = count('--seconds', values.seconds);
  await needTool('nginx', 'nginx-light');
  await needTool('haproxy', 'haproxy');
  await run(launcher, ['version']);
  const rows = [];
  for (const contender of contenders) {
    rows.push(await brownOut(contender, path.join(directory, String(rows.length)), rate, seconds));
    process.stdout.write(`${JSON.stringify(rows.at(-1))}\n`);
  }
  if (values.json) {
    writeFileSync(values.json, `${JSON.stringify({ rate, seconds, rows }, null, 2)}\n`);
  }
}

async function brownOut(contender, directory, rate, seconds) {
  mkdirSync(directory);
  const [port, spare, another, ...origins] = await freePorts(6);
  const servers = origins.map((origin) =>
    start(process.execPath, [originFile, String(origin)], { log: path.join(directory, `origin-${origin}.log`) }),
  );
  await Promise.all(origins.map((origin, i) => answers(`http://127.0.0.1:${origin}/healthz`, servers[i])));
  const [command, ...args] = contender.command({ directory, port, sparePorts: [spare, another], origins });
  const proxy = start(command, args, { log: path.join(directory, 'log') });
  servers.push(proxy);
  const url = `http://127.0.0.1:${port}/`;
  await answers(url, proxy);
  await load(url, rate, contender.compiles ? 6 : 2);
  await answers(`http://127.0.0.1:${origins[0]}/brownout`, servers[0]);
  const responses = await load(url, rate, seconds);
  await Promise.all(servers.map((server) => server.end()));
  say(`  ${contender.name}`);
  return judged(contender.name, responses);
}

/** Requests at a fixed rate, whether or not those before have been answered. */
async function load(url, rate, seconds) {
  const agent = new Agent({ keepAlive: true });
  const begin = performance.now();
  const under = [];
  for (let i = 0; i < rate * seconds; i++) {
    const wait = begin + (i * 1000) / rate - performance.now();
    if (wait > 0) {
      await new Promise((resolve) => setTimeout(resolve, wait));
    }
    under.push(ask(url, agent));
  }
  const responses = await Promise.all(under);
  agent.destroy();
  return responses;
}

function ask(url, agent) {
  const begin = performance.now();
  return new Promise((resolve) => {
    const end = (status) => resolve({ status, millis: performance.now() - begin });
    get(url, { agent }, (response) => response.resume().once('end', () => end(response.statusCode))).once('error', () =>
      end(599),
    );
  });
}

function judged(name, responses) {
  const usual = median(responses.map(({ millis }) => millis));
  const failed = responses.filter(({ status }) => status >= 500).length;
  const slow = responses.filter(({ status, millis }) => status < 500 && millis > BAD_FACTOR * usual).length;
  const percent = (number) => Number(((100 * number) / responses.length).toFixed(1));
  return {
    proxy: name,
    bad_percent: percent(failed + slow),
    failed_percent: percent(failed),
    slow_percent: percent(slow),
    median_ms: Number(usual.toFixed(1)),
    requests: responses.length,
  };
}

await program('brownout', main);
