import { setTimeout as sleep } from 'node:timers/promises';
import { Jar } from './jar.js';
import { ask } from './nodes.js';

const PAUSE_MS = [100, 200];
const POST_SHARE = 0.1; // of a posting client's requests
// A node that failed without having been marked is avoided this long by the client it failed.
const AVOID_MS = 1_000;

/** One browser: a cookie jar and one request after the other, each at any node. */
export class Client {
  jar = new Jar();
  #avoid = new Map(); // node -> {backs, until}
  #stopped = false;
  #paused = false;
  #idle = Promise.resolve();

  constructor({ name, kind = 'http', nodes, ledger, rng, posts = false }) {
    Object.assign(this, { name, nodes, ledger, rng, posts });
    this.track = ledger.track(name, kind);
  }

  /** Runs until stop(); never throws. */
  async run() {
    await sleep(this.rng() * PAUSE_MS[1]); // not all at the same instant
    while (!this.#stopped) {
      if (!this.#paused) {
        this.#idle = this.posts && this.track.home && this.rng() < POST_SHARE ? this.echo() : this.whoami();
        await this.#idle;
      }
      await sleep(PAUSE_MS[0] + this.rng() * (PAUSE_MS[1] - PAUSE_MS[0]));
    }
  }

  stop() {
    this.#stopped = true;
  }

  /** Resolves when the request under way is over; no new one follows until resume(). */
  async pause() {
    this.#paused = true;
    await this.#idle;
  }

  resume() {
    this.#paused = false;
  }

  /** GET /whoami at a random node, elsewhere at once if that node does not answer. */
  async whoami() {
    for (const { node, last } of this.#route()) {
      const answer = await this.whoamiAt(node, !last);
      if (answer.status !== undefined) return answer;
    }
    return undefined;
  }

  /** GET /whoami at this node only. `retried`: the caller turns to another if this one is dead. */
  async whoamiAt(node, retried = false) {
    const sent = this.ledger.now();
    this.ledger.requests++;
    const answer = await ask(node, { path: '/whoami', jar: this.jar });
    const me = answer.status === 200 ? parse(answer.body) : undefined;
    if (me) this.ledger.answered(this.track, { sent, node, ...me });
    else this.#failed(node, { sent, method: 'GET', answer, retried });
    return { ...answer, me };
  }

  /** POST /echo: repeated elsewhere only if the connection was refused, so nothing was sent. */
  async echo() {
    const body = `${this.name} ${this.rng()}`;
    for (const { node, last } of this.#route()) {
      const sent = this.ledger.now();
      this.ledger.requests++;
      const answer = await ask(node, { method: 'POST', path: '/echo', jar: this.jar, body });
      if (answer.status === 200 && answer.body === body) {
        const backend = answer.headers['x-backend'];
        if (backend) this.ledger.answered(this.track, { sent, node, backend, via: 'POST' });
        return;
      }
      const retried = answer.code === 'ECONNREFUSED' && !last;
      this.#failed(node, { sent, method: 'POST', answer, retried });
      if (!retried) return;
    }
  }

  /** All nodes in random order, those this client has found dead at the end. */
  #route() {
    const order = this.nodes.all.map((node) => ({ node, key: this.rng() + (this.#avoids(node) ? 1 : 0) }));
    order.sort((a, b) => a.key - b.key);
    return order.map(({ node }, i) => ({ node, last: i === order.length - 1 }));
  }

  // The mark alone changes nothing here: as a real client, this one learns of a death by
  // running into it, once, and so the repetition is exercised by every client.
  #avoids(node) {
    const bad = this.#avoid.get(node);
    return bad !== undefined && bad.backs === node.backs && (node.dead || this.ledger.now() < bad.until);
  }

  #failed(node, { sent, method, answer, retried }) {
    const { status, code, begun } = answer;
    if (status === undefined) this.#avoid.set(node, { backs: node.backs, until: this.ledger.now() + AVOID_MS });
    const odd = status !== undefined && status < 400 ? `${status} with an unexpected body` : undefined;
    this.ledger.failed(this.track, { sent, node, method, status, code: odd ?? code, begun, retried });
  }
}

function parse(body) {
  try {
    const { backend, pid, visits } = JSON.parse(body);
    return typeof backend === 'string' && Number.isInteger(visits) ? { backend, pid, visits } : undefined;
  } catch {
    return undefined;
  }
}
