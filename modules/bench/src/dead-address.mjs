// What clients do about a name with several addresses of which one is dead: real Chromium, and Node.js.
import { execFileSync, spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import http from 'node:http';
import os from 'node:os';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { startDns } from './dead-address/dns.mjs';

const help = `What clients do about a name with several addresses of which one is dead.

  modules/bench/dead-address [options]

  --clients A,B   of chromium, http.Agent, fetch, one-family (all)
  --ttl S         of the name's addresses (5)
  --wait S        for how long a client is watched after a death (150)
  --json FILE     write the figures there, too
  --help

Cases: the first of three addresses is dead when the client comes ("at first"), or the one that it uses dies
("in use"); dead is "refused", the machine is there and nothing listens, or "black hole", nothing comes back.
`;

// All share as many bits with the client's: the system's resolver leaves them in the order of the answer.
const live = ['10.77.0.1', '10.77.0.2'];
const dead = { refused: '10.77.0.3', 'black hole': '10.77.0.4' };
const here = '10.77.0.100';
const url = 'http://app.test:8080';
const reports = `http://${here}:9000/`;
const script = name => path.join(import.meta.dirname, 'dead-address', name);
const browser = path.resolve(import.meta.dirname, '../../e2e');

const run = (...command) => execFileSync(command[0], command.slice(1), { stdio: ['ignore', 'pipe', 'inherit'] });

let outcomes = [];
let servers = new Map();
let space = 0;

/** The machines are the other end of a cable: a process that is asleep, and whose network is theirs. */
function connectMachines() {
  const machines = spawn('unshare', ['--net', 'sleep', 'infinity'], { stdio: 'ignore' });
  space = machines.pid;
  process.on('exit', () => machines.kill('SIGKILL'));
  run('ip', 'link', 'set', 'lo', 'up');
  for (let tries = 0; ; tries++) {
    try {
      run('ip', 'link', 'add', 'client0', 'type', 'veth', 'peer', 'name', 'site0', 'netns', String(space));
      break;
    } catch (failure) {
      if (tries === 50) throw failure;
    }
  }
  run('ip', 'addr', 'add', `${here}/24`, 'dev', 'client0');
  run('ip', 'link', 'set', 'client0', 'up');
  // What is for nobody is lost here, and nobody is told.
  there('sysctl', '-qw', 'net.ipv4.ip_forward=0', 'net.ipv4.conf.all.forwarding=0');
  there('ip', 'link', 'set', 'lo', 'up');
  there('ip', 'link', 'set', 'site0', 'up');
  there('ip', 'addr', 'add', '10.77.0.9/24', 'dev', 'site0');
  there('ip', 'addr', 'add', `${dead.refused}/24`, 'dev', 'site0');
  const mac = /link\/ether ([0-9a-f:]{17})/.exec(there('ip', 'link', 'show', 'site0').toString())[1];
  // Nobody asks who has an address: what nobody has is lost without a word.
  for (const address of [...live, ...Object.values(dead)]) {
    run('ip', 'neigh', 'replace', address, 'lladdr', mac, 'dev', 'client0');
  }
}

const there = (...command) => run('nsenter', '--net=/proc/' + space + '/ns/net', ...command);

async function startServers() {
  for (const address of live) {
    if (!servers.has(address)) {
      there('ip', 'addr', 'replace', `${address}/24`, 'dev', 'site0');
      const server = spawn(
        'nsenter',
        ['--net=/proc/' + space + '/ns/net', process.execPath, script('server.mjs'), address, reports],
        { stdio: ['ignore', 'pipe', 'inherit'] });
      await new Promise(resolve => server.stdout.once('data', resolve));
      servers.set(address, server);
    }
  }
}

function kill(address, how) {
  if (how === 'black hole') {
    there('ip', 'addr', 'del', `${address}/24`, 'dev', 'site0');
    servers.get(address).kill('SIGSTOP');
  } else {
    servers.get(address).kill('SIGKILL');
  }
}

function forget(address) {
  servers.get(address).kill('SIGKILL');
  servers.delete(address);
}

/** Starts a client whose outcomes come in, each with the time when it did. */
function startClient(kind, directory) {
  outcomes = [];
  const client =
    kind === 'chromium'
      ? spawn(process.execPath, [path.join(browser, 'browser/open.js'), path.join(browser, 'target/browser'), url + '/'],
          { stdio: 'ignore' })
      : spawn(process.execPath, [script('client.mjs'), kind, url], { stdio: ['ignore', 'pipe', 'inherit'] });
  if (client.stdout) {
    createInterface(client.stdout).on('line', line => outcomes.push({ at: performance.now(), ...JSON.parse(line) }));
  }
  return client;
}

async function until(condition, ms) {
  const end = performance.now() + ms;
  while (!condition() && performance.now() < end) await sleep(20);
  return condition();
}

async function stop(client) {
  const gone = new Promise(resolve => client.once('exit', resolve));
  client.kill('SIGTERM');
  await gone;
}

/** The first address is dead when the client comes. */
async function atFirst(kind, how, dns, wait) {
  await startServers();
  dns.addresses = [dead[how], ...live];
  dns.rotate = false;
  const client = startClient(kind);
  // Of a browser this is the page.
  const ended = () => outcomes.find(one => one.ms !== undefined);
  await until(ended, wait);
  const first = ended();
  await stop(client);
  return { case: 'at first', client: kind, dead: how, outcome: first?.failed ?? (first ? 'served' : 'waits'), ms: first?.ms ?? wait };
}

/** The address that the client uses dies, and stays in DNS. */
async function inUse(kind, how, dns, wait) {
  await startServers();
  dns.addresses = [...live];
  dns.rotate = false;
  const client = startClient(kind);
  const used = await until(() => outcomes.filter(one => one.from).length > 3, 60_000);
  const before = outcomes.findLast(one => one.from)?.from;
  const died = performance.now();
  const asked = dns.questions.length;
  if (used) kill(before, how);
  const other = () => outcomes.find(one => one.at > died && one.from && one.from !== before);
  await until(other, wait);
  const served = other();
  // Those that were under way may end later than those that came after them.
  await sleep(5_000);
  const after = outcomes.filter(one => one.at > died);
  await stop(client);
  if (before) forget(before);
  return {
    case: 'in use',
    client: kind,
    dead: how,
    servedAgainMs: served ? Math.round(served.at - died) : null,
    failed: after.filter(one => one.failed).length,
    stillWaiting: outcomes.filter(one => one.asked).length - outcomes.filter(one => one.from || one.failed).length,
    failures: [...new Set(after.filter(one => one.failed).map(one => one.failed))],
    slowestServedMs: Math.max(0, ...after.filter(one => one.from).map(one => one.ms)),
    questionsToDns: dns.questions.length - asked
  };
}

async function main() {
  const { values } = parseArgs({
    options: {
      clients: { type: 'string', default: 'chromium,http.Agent,fetch,one-family' },
      ttl: { type: 'string', default: '5' },
      wait: { type: 'string', default: '150' },
      json: { type: 'string' },
      help: { type: 'boolean', default: false }
    }
  });
  if (values.help) {
    process.stdout.write(help);
    return;
  }
  const directory = mkdtempSync(path.join(os.tmpdir(), 'dead-address-'));
  process.on('exit', () => {
    servers.forEach(server => server.kill('SIGKILL'));
    rmSync(directory, { recursive: true, force: true });
  });
  for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => process.exit(1));
  writeFileSync(path.join(directory, 'resolv.conf'), `nameserver ${here}\n`);
  run('mount', '--bind', path.join(directory, 'resolv.conf'), '/etc/resolv.conf');
  connectMachines();
  const dns = await startDns(here, Number(values.ttl));
  http
    .createServer(async (request, response) => {
      let text = '';
      for await (const part of request) text += part;
      if (text) outcomes.push({ at: performance.now(), ...JSON.parse(text) });
      response.end();
    })
    .listen(9000, here);
  const wait = Number(values.wait) * 1000;
  const figures = [];
  for (const kind of values.clients.split(',')) {
    for (const how of Object.keys(dead)) {
      for (const measure of [atFirst, inUse]) {
        const figure = await measure(kind, how, dns, wait);
        figures.push(figure);
        console.log(JSON.stringify(figure));
      }
    }
  }
  if (values.json) writeFileSync(values.json, JSON.stringify(figures, null, 2) + '\n');
  process.exit(0);
}

await main();
