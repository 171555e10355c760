import { setTimeout as sleep } from 'node:timers/promises';
import { Client } from './client.js';
import { Ledger } from './ledger.js';
import { Nodes } from './nodes.js';
import { random } from './random.js';
import { SocketClient } from './socket.js';

const SWEEP_AT_ONCE = 25; // clients asking at the same time: a sweep is no load test
const WARM_MS = 30_000;
const SETTLE_MS = 5_000;

/** The clients, the sockets and the commands of the parent. */
export class Driver {
  #ledger = new Ledger();
  #stopped = false;

  constructor({ urls, clients, sockets, seed, say }) {
    this.say = say;
    this.nodes = new Nodes(urls);
    const common = { nodes: this.nodes, ledger: this.#ledger };
    // A generator of its own for each, so that the seed fixes every client's choices.
    this.clients = Array.from({ length: clients }, (_, i) => new Client({
      ...common, name: `client-${i + 1}`, rng: random(seed * 1_000_003 + i), posts: i % 10 === 0,
    }));
    this.sockets = Array.from({ length: sockets }, (_, i) => new SocketClient({
      ...common, name: `socket-${i + 1}`, rng: random(seed * 1_000_003 + 500_000 + i),
    }));
  }

  async start() {
    this.say({ event: 'started' });
    for (const one of [...this.clients, ...this.sockets]) one.run();
    const answered = () => this.clients.filter((client) => client.track.home).length;
    const upgraded = () => this.sockets.filter((socket) => socket.connected && socket.upgraded).length;
    const warm = await this.#until(WARM_MS, () => answered() === this.clients.length && upgraded() === this.sockets.length);
    if (!this.#stopped) this.say({ event: warm ? 'warm' : 'notWarm', clients: answered(), sockets: upgraded() });
  }

  mark({ event, url, backend }) {
    switch (event) {
      case 'node-killed':
        for (const node of this.#named(url)) node.dead = true;
        this.#ledger.nodeKilled(this.#named(url)[0].url);
        break;
      case 'node-back':
        for (const node of this.#named(url)) {
          node.dead = false;
          node.backs++;
        }
        this.#ledger.nodeBack(this.#named(url)[0].url);
        break;
      case 'backend-killed':
        if (typeof backend !== 'string') throw new Error('backend-killed needs "backend"');
        this.#ledger.backendKilled(backend);
        break;
      case 'backend-back':
        break; // sessions stay where they went, so a return excuses nothing
      default:
        throw new Error(`unknown mark "${event}"`);
    }
  }

  /** Every client asks each live node once, one after the other: all must name the same home. */
  async sweep() {
    const nodes = this.nodes.live;
    const queue = [...this.clients];
    let agree = 0;
    const work = async () => {
      for (let client = queue.shift(); client; client = queue.shift()) {
        await client.pause();
        const homes = new Set();
        let answered = true;
        for (const node of nodes) {
          const { me, status, code } = await client.whoamiAt(node);
          answered &&= me !== undefined;
          homes.add(me ? `${me.backend}/${me.pid}` : `no answer (${status ?? code})`);
        }
        client.resume();
        if (answered && homes.size === 1) agree++;
        else this.#ledger.disagreement(`${client.name}: the nodes disagree, ${[...homes].join(' and ')}: ${client.track.story()}`);
      }
    };
    await Promise.all(Array.from({ length: SWEEP_AT_ONCE }, work));
    this.say({ event: 'swept', clients: this.clients.length, nodes: nodes.length, agree, disagreements: this.clients.length - agree });
  }

  async report() {
    // A socket needs a moment to come back after a kill; how long is not what is judged here.
    await this.#until(SETTLE_MS, () => this.sockets.every((socket) => socket.connected));
    const found = await Promise.all(this.sockets.map(async (socket) => {
      const now = await socket.check();
      const left = this.#ledger.unexcusedChanges(socket.http.track)[0]?.text;
      return { back: now.back, wrong: left ?? now.text };
    }));
    this.say({ event: 'report', ...this.#ledger.report({
      total: found.length,
      back: found.filter((one) => one.back).length,
      wrong: found.flatMap((one) => (one.wrong ? [one.wrong] : [])),
    }) });
  }

  stop() {
    this.#stopped = true;
    for (const one of [...this.clients, ...this.sockets]) one.stop();
    this.nodes.close();
  }

  #named(url) {
    const nodes = this.nodes.byUrl(url);
    if (nodes.length === 0) throw new Error(`no node has the url "${url}"`);
    return nodes;
  }

  async #until(ms, condition) {
    for (const end = performance.now() + ms; performance.now() < end && !this.#stopped; await sleep(50)) {
      if (condition()) return true;
    }
    return condition();
  }
}
