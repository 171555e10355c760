import { setTimeout as sleep } from 'node:timers/promises';
import { io, NodeWebSocket, NodeXHR } from 'socket.io-client';
import { Client } from './client.js';

const RETRY_MS = [100, 300];
const CONNECT_MS = 10_000;
const ACK_MS = 10_000;

/**
 * A browser tab with a Socket.IO connection: first a page request, then polling, then the
 * upgrade, all with one cookie jar. When the connection ends it makes a new one, at any node.
 */
export class SocketClient {
  #socket;
  #stopped = false;

  constructor({ name, nodes, ledger, rng }) {
    Object.assign(this, { name, nodes, ledger, rng });
    this.http = new Client({ name, kind: 'socket', nodes, ledger, rng });
    this.upgraded = false;
  }

  get connected() {
    return this.#socket?.connected === true;
  }

  /** Runs until stop(); never throws. */
  async run() {
    while (!this.#stopped) {
      await this.http.whoami();
      await this.#connect();
      this.upgraded = false;
      this.#socket?.close();
      if (!this.#stopped) await sleep(RETRY_MS[0] + this.rng() * (RETRY_MS[1] - RETRY_MS[0]));
    }
  }

  stop() {
    this.#stopped = true;
    this.#socket?.close();
  }

  /** Asks over the socket and over HTTP where this tab lives: {back} if both say so, {wrong} if not the same. */
  async check() {
    if (!this.connected) return { missing: `${this.name}: not connected: ${this.http.track.story()}` };
    const overHttp = (await this.http.whoami())?.me;
    try {
      const overSocket = await this.#socket.timeout(ACK_MS).emitWithAck('whoami');
      this.#note(overSocket);
      if (!overHttp) return { missing: `${this.name}: no node answers: ${this.http.track.story()}` };
      const same = overHttp.backend === overSocket.backend && overHttp.pid === overSocket.pid;
      return same ? { back: true } : { back: true, wrong: `${this.name}: socket on ${overSocket.backend}, cookie on ${overHttp.backend}: ${this.http.track.story()}` };
    } catch {
      return { missing: `${this.name}: connected, but whoami is not answered: ${this.http.track.story()}` };
    }
  }

  /** Connects once; resolves when that connection has failed or ended. */
  #connect() {
    const node = this.#pick();
    const jar = this.http.jar;
    // The library's own jar lives as long as one connection. Ours takes its place before the
    // first request, so that a new connection starts with the cookies of the one before.
    class Polling extends NodeXHR {
      constructor(options) {
        options.socket._cookieJar = jar;
        super(options);
      }
    }
    const socket = io(node.url, {
      transports: [Polling, NodeWebSocket],
      withCredentials: true,
      forceNew: true,
      reconnection: false, // run() does it: the library would stay with the same node
      timeout: CONNECT_MS,
    });
    this.#socket = socket;
    this.node = node;
    return new Promise((resolve) => {
      socket.on('connect_error', resolve);
      socket.on('disconnect', resolve);
      socket.on('connect', () => {
        const engine = socket.io.engine;
        const settle = () => { this.upgraded = engine.transport.name === 'websocket'; };
        engine.on('upgrade', settle);
        settle();
      });
      socket.on('welcome', (me) => this.#note(me));
    });
  }

  #note({ backend, pid }) {
    this.http.track.answer({ at: this.ledger.now(), node: this.node.url, backend, pid, via: 'socket' });
  }

  #pick() {
    const live = this.nodes.live.length > 0 ? this.nodes.live : this.nodes.all;
    return live[Math.floor(this.rng() * live.length)];
  }
}
