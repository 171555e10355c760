// A client that goes to another node with each request and keeps its cookies, as a browser behind
// round-robin DNS does.
const http = require('node:http');
const { createRequire } = require('node:module');

const WebSocket = createRequire(`${process.env.PACKAGES}/package.json`)('ws');
const NODES = process.env.NODES.split(',');
const NODES_TLS = process.env.NODES_TLS.split(',');
const PATIENCE = 20_000;

/** Between two packets of one payload (Engine.IO, "HTTP long-polling"). */
const SEPARATOR = '\x1e';

let clients = 0;

class Client {
  #turn = clients++;
  #cookies = new Map();
  #polls = 0;

  /** @param path where the server listens, such as `/engine.io/` */
  constructor(path) {
    this.path = path;
  }

  get(query, options) {
    if (query === this.session) this.#polls++;
    return this.#request('GET', query, undefined, options);
  }

  post(query, body, options) {
    return this.#request('POST', query, body, options);
  }

  /** Opens a session by polling; resolves to its handshake. */
  async open() {
    const { status, body } = await this.get('EIO=4&transport=polling');
    if (status !== 200) throw new Error(`handshake: ${status} ${body}`);
    const handshake = JSON.parse(body.slice(1));
    this.session = `EIO=4&transport=polling&sid=${handshake.sid}`;
    return handshake;
  }

  /** Polls once; answers a ping. Resolves to the other packets. */
  async poll() {
    const { status, body } = await this.get(this.session);
    if (status !== 200) throw new Error(`poll: ${status} ${body}`);
    const packets = body.split(SEPARATOR);
    if (packets.includes('2')) await this.send('3');
    return packets.filter((packet) => packet !== '2');
  }

  /** Polls until there are so many packets. */
  async packets(count) {
    const packets = [];
    while (packets.length < count) packets.push(...(await this.poll()));
    return packets;
  }

  /** Polls until this packet has come. */
  async until(packet) {
    while (!(await this.poll()).includes(packet));
  }

  async send(...packets) {
    const { status, body } = await this.post(this.session, packets.join(SEPARATOR));
    if (status !== 200 || body !== 'ok') throw new Error(`post: ${status} ${body}`);
  }

  /** Resolves when all polls of the session so far have come to its server: another node may be faster. */
  async untilPolled() {
    const end = Date.now() + PATIENCE;
    while (Date.now() < end) {
      const { body } = await this.#request('GET', this.session, undefined, { path: '/polls' });
      if (Number(body) === this.#polls) return;
    }
    throw new Error('the poll has not come');
  }

  /** Polls, and answers nothing, until the server knows the session no more. */
  async untilForgotten() {
    const end = Date.now() + PATIENCE;
    while (Date.now() < end) {
      const { status } = await this.get(this.session);
      if (status === 400) return;
    }
    throw new Error('the session is still there');
  }

  /** Opens a WebSocket; rejects with the status if the server does not want it. */
  connect(query, { pong = true } = {}) {
    const url = `${this.#node().replace('http', 'ws')}${this.path}?${query}`;
    const raw = new WebSocket(url, { headers: this.#headers() });
    const socket = new Socket(raw, pong);
    raw.on('upgrade', (response) => this.#remember(response));
    return new Promise((resolve, reject) => {
      raw.on('open', () => resolve(socket));
      raw.on('unexpected-response', (request, response) => {
        request.destroy();
        reject(Object.assign(new Error(`refused: ${response.statusCode}`), { status: response.statusCode }));
      });
      raw.on('error', reject);
    });
  }

  #request(method, query, body, { signal, path = this.path } = {}) {
    return new Promise((resolve, reject) => {
      const headers = { ...this.#headers(), ...(body === undefined ? {} : { 'Content-Type': 'text/plain;charset=UTF-8' }) };
      const url = `${this.#node()}${path}?${query}`;
      const request = http.request(url, { method, headers, signal, timeout: PATIENCE }, (response) => {
        this.#remember(response);
        const chunks = [];
        response.on('data', (chunk) => chunks.push(chunk));
        response.on('error', reject);
        response.on('end', () => {
          resolve({ status: response.statusCode, headers: response.headers, body: Buffer.concat(chunks).toString() });
        });
      });
      request.on('timeout', () => request.destroy(new Error(`no answer to ${method} ${url}`)));
      request.on('error', reject);
      request.end(body);
    });
  }

  #node() {
    return NODES[this.#turn++ % NODES.length];
  }

  #headers() {
    return this.#cookies.size === 0 ? {} : { Cookie: [...this.#cookies].map(([name, value]) => `${name}=${value}`).join('; ') };
  }

  #remember(response) {
    for (const line of response.headers['set-cookie'] ?? []) {
      const [, name, value] = /^([^=]+)=([^;]*)/.exec(line);
      this.#cookies.set(name, value);
    }
  }
}

/** What comes over a WebSocket, in order: text as strings, binary as Buffers. */
class Socket {
  #arrived = [];
  #waiting = [];

  constructor(raw, pong) {
    this.raw = raw;
    this.closed = new Promise((resolve) => raw.on('close', (code, reason) => resolve({ code, reason: String(reason) })));
    raw.on('message', (data, binary) => {
      const packet = binary ? data : data.toString();
      if (pong && packet === '2') raw.send('3');
      else this.#arrive(packet);
    });
    raw.on('close', () => this.#arrive(undefined));
  }

  send(...packets) {
    for (const packet of packets) this.raw.send(packet);
  }

  /** The next packet; fails if there is none. */
  async next() {
    const packet = this.#arrived.length > 0 ? this.#arrived.shift() : await this.#wait();
    if (packet === undefined) throw new Error('the connection has ended');
    return packet;
  }

  close() {
    this.raw.terminate();
  }

  #arrive(packet) {
    const waiting = this.#waiting.shift();
    if (waiting) waiting(packet);
    else this.#arrived.push(packet);
  }

  #wait() {
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => reject(new Error('nothing came')), PATIENCE);
      this.#waiting.push((packet) => {
        clearTimeout(timer);
        resolve(packet);
      });
    });
  }
}

module.exports = { Client, WebSocket, NODES, NODES_TLS };
