import { setTimeout as sleep } from 'node:timers/promises';
import { Client } from './client.js';
import { Ledger } from './ledger.js';
import { Nodes } from './nodes.js';
import { Pulse } from './pulse.js';
import { random } from './random.js';
import { SocketClient } from './socket.js';

const SWEEP_AT_ONCE = 25; // clients asking at the same time: a sweep is no load test
const WARM_MS = 120_000; // for slow machines: how long things take is not what is judged
const SETTLE_MS = 30_000;

/** The clients, the sockets and the commands of the parent. */
export class Driver {
  #ledger;
  #stopped = false;

  constructor({ urls, probes, clients, sockets, seed, say }) {
    this.say = say;
    this.#ledger = new Ledger({ probes });
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
    this.#ledger.pulse.start();
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
      case 'backend-gone':
        this.#ledger.backendGone(backend);
        break;
      case 'backend-back':
        break; // sessions stay where they went, so a return excuses nothing
      default:
        throw new Error(`unknown mark "${event}"`);
    }
    this.say({ event: 'marked', mark: event });
  }

  /** Every client asks each live node once, one after the other: all must name the same home. */
  async sweep() {
    const nodes = this.nodes.live;
    const queue = [...this.clients];
    let agree = 0;
    let disagreements = 0;
    const work = async () => {
      for (let client = queue.shift(); client; client = queue.shift()) {
        await client.pause();
        const from = this.#ledger.now();
        const homes = new Set();
        let answered = true; // what was not is judged as every request is
        for (const node of nodes) {
          const { me } = await client.whoamiAt(node);
          if (me) homes.add(`${me.backend}/${me.pid}`);
          else answered = false;
        }
        client.resume();
        if (homes.size > 1) {
          disagreements++;
          this.#ledger.disagreement(client.track, { from, text: `${client.name}: the nodes disagree, ${[...homes].join(' and ')}: ${client.track.story()}` });
        } else if (answered) agree++;
      }
    };
    await Promise.all(Array.from({ length: SWEEP_AT_ONCE }, work));
    this.say({ event: 'swept', clients: this.clients.length, nodes: nodes.length, agree, disagreements });
  }

  async report() {
    // A socket needs a moment to come back after a kill; how long is not what is judged here.
    const from = this.#ledger.now();
    await this.#until(SETTLE_MS, () => this.sockets.every((socket) => socket.connected));
    const found = await Promise.all(this.sockets.map(async (socket) => {
      const now = await socket.check();
      const [left] = this.#ledger.changes(socket.http.track).broken;
      return { ...now, wrong: left ?? now.wrong };
    }));
    const texts = (key) => found.map((one) => one[key]).filter(Boolean);
    this.say({ event: 'report', ...this.#ledger.report({
      from, total: found.length, back: texts('back').length, wrong: texts('wrong'), missing: texts('missing'),
    }) });
  }

  stop() {
    this.#stopped = true;
    for (const one of [...this.clients, ...this.sockets]) one.stop();
    this.#ledger.pulse.stop();
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
