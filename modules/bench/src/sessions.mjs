// What the session table costs and how fast it is, with as many sessions as asked for.
import { readFileSync, writeFileSync } from 'node:fs';
import { setTimeout as pause } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { liveHeapBytes } from './heap.mjs';
import { freePorts } from './machine.mjs';
import { count, program } from './program.mjs';
import { limpet } from './proxies/limpet.mjs';
import { say } from './say.mjs';
import { throughNodes } from './sessions/http.mjs';
import { startNode } from './sessions/table.mjs';
import { needClasses, needTool } from './tools.mjs';
import { cpuSeconds } from './usage.mjs';

const help = `What the session table costs and how fast it is. All nodes run on this machine and share its cores.

  modules/bench/sessions [options]

  --sessions N       in the table (1000000)
  --nodes N          (3)
  --json FILE        write the figures there, too
  --help

First the cluster module alone, then, with fewer sessions, nodes that learn them from an application over HTTP.
`;

/** The compilers are busy for a while after load; so is the collector. */
const QUIET_SECONDS = 60;
const IDLE_SECONDS = 30;
const HTTP_SECONDS = 15;
const FIRST_SPARE = 1e12;

async function main(directory) {
  const { values } = parseArgs({
    options: {
      sessions: { type: 'string', default: '1000000' },
      nodes: { type: 'string', default: '3' },
      json: { type: 'string' },
      help: { type: 'boolean' },
    },
  });
  if (values.help) {
    process.stdout.write(help);
    return;
  }
  const sessions = count('--sessions', values.sessions);
  const nodes = count('--nodes', values.nodes);
  await needTool('nginx', 'nginx-light');
  await needTool('wrk', 'wrk');
  await limpet.install();
  const table = await measureTable(sessions, nodes, directory);
  const http = [];
  for (const replicate of ['quorum', 'async']) {
    http.push(await throughNodes(nodes, HTTP_SECONDS, replicate, directory));
    say(JSON.stringify(http.at(-1)));
  }
  const figures = { sessions, nodes, table, http };
  process.stdout.write(`${JSON.stringify(figures, null, 2)}\n`);
  if (values.json) {
    writeFileSync(values.json, `${JSON.stringify(figures, null, 2)}\n`);
  }
}

async function measureTable(sessions, nodeCount, directory) {
  const classes = await needClasses();
  const ports = await freePorts(nodeCount);
  const nodes = ports.map((_, i) => startNode(i, ports, classes, directory));
  await Promise.all(nodes.map((node) => node.ask('ready')));
  const empty = await Promise.all(nodes.map((node) => liveHeapBytes(node.pid)));
  const figures = {};
  const note = (name, value) => {
    figures[name] = value;
    say(`${name}: ${JSON.stringify(value)}`);
  };
  const [first, ...others] = nodes;
  await first.ask(`place ${FIRST_SPARE} 100000 64 QUORUM`); // the JVM warms up
  for (const inFlight of [1, 16, 64]) {
    note(`quorum_${inFlight}_in_flight`, await first.ask(`place ${2 * FIRST_SPARE + inFlight * 1e9} 50000 ${inFlight} QUORUM`));
  }
  note('fill', await first.ask(`place 0 ${sessions} 256 QUORUM`));
  const { size, quorum_failures: failures } = await first.ask('size');
  note('quorum_failures', failures);
  const full = await Promise.all(nodes.map((node) => liveHeapBytes(node.pid)));
  note('bytes_a_session', full.map((bytes, i) => Math.round((10 * (bytes - empty[i])) / size) / 10));
  note('look_up', await others[0].ask(`find ${sessions} 8000000`));
  note('lag_ms', await lags(first, others));
  note('async', await first.ask(`place ${4 * FIRST_SPARE} 200000 64 ASYNC`));
  await pause(QUIET_SECONDS * 1000);
  note('idle', await idle(nodes));
  await others.at(-1).kill();
  await pause(15_000); // it is out of the cluster
  const again = startNode(nodeCount - 1, ports, classes, directory);
  note('empty_node', await again.ask('ready'));
  await Promise.all([...nodes, again].map((node) => node.kill()));
  return figures;
}

/** From the moment that a session is bound at one node until the last of the others knows it. */
async function lags(first, others) {
  const all = [];
  for (let i = 0; i < 200; i++) {
    const known = others.map((node) => node.ask(`await ${3 * FIRST_SPARE + i}`));
    await pause(5);
    const { nanos } = await first.ask(`bind ${3 * FIRST_SPARE + i}`);
    all.push(Math.max(...(await Promise.all(known)).map((answer) => (answer.nanos - nanos) / 1e6)));
  }
  all.sort((a, b) => a - b);
  return { p50: all[100], p99: all[197] };
}

/** CPU in percent of a core, and bytes written to sockets a second: gossip. */
async function idle(nodes) {
  const before = nodes.map(usage);
  await pause(IDLE_SECONDS * 1000);
  return nodes.map((node, i) => {
    const after = usage(node);
    return {
      cpu_percent: Math.round((10_000 * (after.cpu - before[i].cpu)) / IDLE_SECONDS) / 100,
      bytes_per_second: Math.round((after.written - before[i].written) / IDLE_SECONDS),
    };
  });
}

function usage({ pid }) {
  const written = Number(/^wchar: (\d+)/m.exec(readFileSync(`/proc/${pid}/io`, 'utf8'))[1]);
  return { cpu: cpuSeconds(pid), written };
}

await program('sessions', main);
