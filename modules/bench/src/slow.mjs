// What thousands of slow clients cost the others: the attacks of slowhttptest, and normal requests beside them.
import { writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { launch } from './contender.mjs';
import { http1 } from './load/h2load.mjs';
import { twoCores } from './machine.mjs';
import { start } from './processes.mjs';
import { count, program } from './program.mjs';
import { proxies } from './proxies/index.mjs';
import { say } from './say.mjs';
import { openSite } from './site.mjs';
import { median } from './statistics.mjs';
import { needTool } from './tools.mjs';
import { residentMb } from './usage.mjs';

const help = `What slow clients cost the others.

  modules/bench/slow [options]

  --proxy P          of ${proxies.map(({ name }) => name).join(', ')} (limpet)
  --connections N    slow clients at once (2000)
  --rate R           normal requests per second beside them (1000)
  --rounds N         with and without them in turn (3)
  --seconds S        length of a turn (16)
  --json FILE        write the figures there, too
  --help

The slow clients are slowhttptest's: they send a header (-H) or a piece of a body (-B) a second and never come to
the end, or take 32 bytes a second of a long response through a tiny window (-X). 200 more of them come each second.
`;

const attacks = [
  { name: 'headers', options: ['-H', '-i', '1'], path: '/small' },
  { name: 'body', options: ['-B', '-i', '1', '-s', '100000'], path: '/small' },
  { name: 'read', options: ['-X', '-n', '1', '-z', '32', '-w', '512', '-y', '1024'], path: '/endless' },
];

async function main(directory) {
  const { values } = parseArgs({
    options: {
      proxy: { type: 'string', default: 'limpet' },
      connections: { type: 'string', default: '2000' },
      rate: { type: 'string', default: '1000' },
      rounds: { type: 'string', default: '3' },
      seconds: { type: 'string', default: '16' },
      json: { type: 'string' },
      help: { type: 'boolean' },
    },
  });
  if (values.help) {
    process.stdout.write(help);
    return;
  }
  const options = Object.fromEntries(
    ['connections', 'rate', 'rounds', 'seconds'].map((name) => [name, count(`--${name}`, values[name])]),
  );
  const proxy = proxies.find(({ name }) => name === values.proxy);
  if (!proxy) {
    throw new Error(`--proxy: there is no "${values.proxy}"; there are ${proxies.map(({ name }) => name).join(', ')}`);
  }
  for (const tool of [['nginx', 'nginx-light'], ['openssl', 'openssl'], ['h2load', 'nghttp2-client'], ['slowhttptest', 'slowhttptest']]) {
    await needTool(...tool);
  }
  await proxy.install();
  const cores = twoCores();
  const site = await openSite(directory, cores.load);
  const { server, url, measure } = await launch(proxy, { name: 'slow', needs: [], path: '/small' }, site, cores);
  const normal = { connections: 32, rate: options.rate, seconds: options.seconds };
  say('warming up');
  await measure(http1, { ...normal, rate: undefined, seconds: 20 });
  const rows = [];
  for (const attack of attacks) {
    rows.push(await compare(attack, { url, server, measure, normal, cores, directory }, options));
    process.stdout.write(`${JSON.stringify(rows.at(-1))}\n`);
  }
  if (values.json) {
    writeFileSync(values.json, `${JSON.stringify({ rows }, null, 2)}\n`);
  }
}

async function compare(attack, { url, server, measure, normal, cores, directory }, { connections, rounds }) {
  const alone = [];
  const attacked = [];
  let memory = 0;
  for (let round = 1; round <= rounds; round++) {
    alone.push(await measure(http1, normal));
    const slow = begin(attack, connections, { url, cores, directory });
    attacked.push(await measure(http1, normal));
    memory = Math.max(memory, residentMb(server.pid));
    await slow.end();
    say(`  ${attack.name}, round ${round} of ${rounds}`);
  }
  const of = (samples, figure) => median(samples.map((sample) => sample[figure]));
  const ratio = (figure) => Number((of(attacked, figure) / of(alone, figure)).toFixed(2));
  return {
    attack: attack.name,
    connections,
    p50_ms: of(attacked, 'p50_ms'),
    p50_ratio: ratio('p50_ms'),
    p99_ms: of(attacked, 'p99_ms'),
    p99_ratio: ratio('p99_ms'),
    resident_mb: Math.round(memory),
    errors: attacked.reduce((sum, sample) => sum + sample.errors, 0),
  };
}

function begin(attack, connections, { url, cores, directory }) {
  const many = ['-c', String(connections), '-r', '200', '-l', '600'];
  const target = ['-u', new URL(attack.path, url).href];
  return start('slowhttptest', [...attack.options, ...many, ...target], {
    core: cores.load,
    log: `${directory}/${attack.name}.log`,
  });
}

await program('slow', main);
