/** A made-up cluster in which something happens all the time, in the form of the live API. Its clock is told, not read. */

const NODES = ['edge-1', 'edge-2', 'edge-3'];

/** The same numbers at each start. */
function random(seed) {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
}

function figures() {
  return {
    requests: 0, responses: { '1xx': 0, '2xx': 0, '3xx': 0, '4xx': 0, '5xx': 0 }, failures: {}, bytesIn: 0, bytesOut: 0,
    active: 0, rate: { requests: 0, errors: 0, bytesIn: 0, bytesOut: 0 }
  };
}

function server(upstream, address, more = {}) {
  return {
    id: `${upstream}/${address}`, address, weight: 1, backup: false, zone: '', source: 'file', health: 'up', reason: '',
    state: 'up', since: 0, maxConnections: 0, figures: figures(), nodes: {}, slow: 1, sessions: 0, ...more
  };
}

export class World {
  constructor(millis) {
    this.random = random(7);
    this.millis = millis;
    this.second = 0;
    this.started = millis - 86_400_000 * 3;
    this.events = [];
    this.changes = [];
    this.overlay = new Map();
    this.version = 1;
    this.gone = new Map();
    this.total = figures();
    this.nodeFigures = new Map(NODES.map(name => [name, figures()]));
    this.moved = 12;
    this.upstreams = [
      {
        name: 'shop', balance: 'least-requests', base: 420, latency: 0.011, figures: figures(), queued: 0, retries: { RESET: 4, status: 2 },
        affinity: { none: 812, new: 5120, kept: 903_120, moved: 12 }, rules: { cookie: 890_231, learn: 18_120 }, moves: { gone: 9, full: 3 }, tunnels: 0,
        servers: [
          server('shop', '10.0.0.11:3000', { zone: 'a' }), server('shop', '10.0.0.12:3000', { zone: 'a', weight: 2 }),
          server('shop', '10.0.0.13:3000', { zone: 'b' }), server('shop', '10.0.0.14:3000', { zone: 'b', slow: 1.8 }),
          server('shop', '10.0.0.19:3000', { backup: true, zone: 'b' })
        ]
      },
      {
        name: 'chat', balance: 'round-robin', base: 64, latency: 0.0035, figures: figures(), queued: 0, retries: {},
        affinity: { none: 0, new: 310, kept: 41_210, moved: 3 }, rules: { 'socket-io': 41_520 }, moves: { gone: 3 }, tunnels: 184,
        servers: ['10.0.1.21:3001', '10.0.1.22:3001', '10.0.1.23:3001'].map(address => server('chat', address, { source: 'dns', maxConnections: 200 }))
      },
      {
        name: 'reports', balance: 'round-robin', base: 3, latency: 0.42, figures: figures(), queued: 0, retries: {},
        affinity: { none: 1221, new: 0, kept: 0, moved: 0 }, rules: {}, moves: {}, tunnels: 0,
        servers: [server('reports', '10.0.2.5:8080', { maxConnections: 8 }), server('reports', '10.0.2.6:8080', { maxConnections: 8 })]
      }
    ];
    this.routes = [
      { listener: 'https', route: 'shop', upstream: 'shop', share: 0.97 }, { listener: 'https', route: 'shop', upstream: 'reports', share: 0 },
      { listener: 'https', route: 'chat', upstream: 'chat', share: 1 }, { listener: 'https', route: '/reports', upstream: 'reports', share: 1 },
      { listener: 'https', route: '/health', upstream: '', share: 0 }, { listener: 'http', route: 'to-https', upstream: '', share: 0 },
      { listener: 'https', route: '', upstream: '', share: 0 }
    ].map(route => ({ ...route, figures: figures() }));
    this.shares = { shop: { shop: 97, reports: 3 } };
    for (const upstream of this.upstreams) {
      for (const one of upstream.servers) {
        one.since = this.started;
        one.figures.requests = Math.round(upstream.base * 4000 * (0.8 + this.random() / 3));
        one.figures.responses['2xx'] = one.figures.requests;
        one.sessions = upstream.name === 'reports' || one.backup ? 0 : Math.round(300 + 200 * this.random());
      }
    }
    this.servers().forEach(one => this.count(one.figures, 0));
  }

  servers() {
    return this.upstreams.flatMap(upstream => upstream.servers);
  }

  find(id) {
    return this.servers().find(one => one.id === id);
  }

  happened(severity, kind, subject, text, node = 'edge-1') {
    const event = { time: this.millis, node, severity, kind, subject, text };
    this.events = [event, ...this.events].slice(0, 1000);
    this.onEvent?.(event);
  }

  /** One second goes by. */
  tick() {
    this.millis += 1000;
    this.second++;
    this.story(this.second % 240);
    this.total.active = 0;
    const rates = { requests: 0, errors: 0, bytesIn: 0, bytesOut: 0 };
    const alive = NODES.filter(name => !this.gone.has(name));
    const nodeRates = new Map(NODES.map(name => [name, 0]));
    for (const upstream of this.upstreams) {
      const wave = 1 + 0.22 * Math.sin(this.second / 47) + 0.1 * Math.sin(this.second / 7.3);
      const load = upstream.base * wave * (0.93 + 0.14 * this.random());
      const taking = upstream.servers.filter(one => one.state !== 'down' && one.health !== 'dead' && !one.backup);
      const weights = taking.map(one => one.weight * (one.slowStart ?? 1) * (one.state === 'drain' ? 0.5 : 1) * (one.ejected ? 0.4 : 1));
      const sum = weights.reduce((a, b) => a + b, 0) || 1;
      const ofUpstream = { requests: 0, errors: 0, bytesIn: 0, bytesOut: 0 };
      upstream.figures.active = 0;
      let slowest = 0;
      for (const one of upstream.servers) {
        const i = taking.indexOf(one);
        const rate = i < 0 ? 0 : load * weights[i] / sum;
        const errors = one.failing ? rate * 0.35 : this.random() < 0.03 ? 0.2 * this.random() : 0;
        const slow = one.slow * (one.failing ? 6 : 1) * (0.9 + 0.2 * this.random());
        one.figures.rate = { requests: rate, errors, bytesIn: rate * 420, bytesOut: rate * 8100 };
        one.figures.active = Math.round(rate * upstream.latency * slow * 4 + (upstream.tunnels / upstream.servers.length) * (i < 0 ? 0 : 1));
        one.figures.requests += Math.round(rate);
        one.figures.responses['2xx'] += Math.round(rate - errors);
        one.figures.responses['5xx'] += Math.round(errors);
        if (one.failing) {
          one.figures.failures.RESPONSE_TIMEOUT = (one.figures.failures.RESPONSE_TIMEOUT ?? 0) + Math.round(errors);
        }
        one.figures.bytesIn += rate * 420;
        one.figures.bytesOut += rate * 8100;
        one.figures.latency = rate < 0.5 ? undefined : this.latency(upstream.latency * slow, rate);
        one.connect = this.latency(0.0004, 3);
        one.firstByte = one.figures.latency && this.latency(upstream.latency * slow * 0.9, rate);
        slowest = Math.max(slowest, slow);
        one.nodes = Object.fromEntries(alive.map((name, n) => {
          const part = rate * (n === 0 ? 0.42 : 0.58 / Math.max(1, alive.length - 1));
          nodeRates.set(name, nodeRates.get(name) + part);
          return [name, { requests: part, errors: errors * part / (rate || 1), active: Math.round(one.figures.active / alive.length) }];
        }));
        for (const key of Object.keys(ofUpstream)) {
          ofUpstream[key] += one.figures.rate[key];
        }
        upstream.figures.active += one.figures.active;
      }
      upstream.figures.rate = ofUpstream;
      upstream.figures.latency = this.latency(upstream.latency * (0.6 + slowest * 0.5), ofUpstream.requests);
      this.count(upstream.figures, ofUpstream.requests, ofUpstream.errors);
      upstream.affinity.kept += Math.round(ofUpstream.requests * 0.97);
      upstream.queueWait = upstream.queued > 0 ? this.latency(0.08, 20) : { count: 0 };
      for (const key of Object.keys(rates)) {
        rates[key] += ofUpstream[key];
      }
      this.total.active += upstream.figures.active;
    }
    for (const route of this.routes) {
      const upstream = this.upstreams.find(one => one.name === route.upstream);
      const rate = upstream ? upstream.figures.rate.requests * route.share : route.route === '' ? 0.4 * this.random() : 2 * this.random();
      const errors = upstream ? upstream.figures.rate.errors * route.share : 0;
      route.figures.rate = { requests: rate, errors, bytesIn: rate * 420, bytesOut: rate * 8100 };
      route.figures.latency = rate > 0.2 ? this.latency(upstream?.latency ?? 0.0002, rate) : undefined;
      this.count(route.figures, rate, errors, route.route === '' ? '4xx' : route.route === 'to-https' ? '3xx' : '2xx');
    }
    this.total.rate = rates;
    this.total.latency = this.latency(0.0105, rates.requests);
    this.count(this.total, rates.requests, rates.errors);
    for (const name of alive) {
      const own = this.nodeFigures.get(name);
      own.rate = { requests: nodeRates.get(name), errors: rates.errors / alive.length, bytesIn: nodeRates.get(name) * 420, bytesOut: nodeRates.get(name) * 8100 };
      own.latency = this.latency(0.0104, nodeRates.get(name));
      this.count(own, nodeRates.get(name));
    }
  }

  count(into, rate, errors = 0, kind = '2xx') {
    into.requests += Math.round(rate);
    into.responses[kind] += Math.round(rate - errors);
    into.responses['5xx'] += Math.round(errors);
    into.bytesIn += Math.round(rate * 420);
    into.bytesOut += Math.round(rate * 8100);
  }

  latency(middle, rate) {
    const p50 = middle * (0.94 + 0.12 * this.random());
    return { count: Math.round(rate * 10), p50, p90: p50 * 2.1, p99: p50 * (3.6 + 1.4 * this.random()), max: p50 * 9 };
  }

  /** What happens in the 240 seconds of a round. */
  story(at) {
    const dies = this.find('shop/10.0.0.13:3000');
    const fails = this.find('shop/10.0.0.14:3000');
    const reports = this.upstreams[2];
    if (at === 70 && dies) {
      this.set(dies, { health: 'dead', reason: 'connection refused' });
      this.moved += 40;
      this.happened('error', 'server-down', dies.id, `${dies.id} is dead: connection refused. Its 402 sessions move.`);
    } else if (at === 110 && dies) {
      this.set(dies, { health: 'up', reason: '', slowStart: 0.02 });
      this.happened('info', 'server-up', dies.id, `${dies.id} is up again, and starts slowly.`);
    } else if (dies?.slowStart != null) {
      dies.slowStart = dies.slowStart >= 1 ? undefined : Math.min(1, dies.slowStart + 1 / 40);
    }
    if (at === 140 && fails) {
      fails.failing = true;
    } else if (at === 150 && fails) {
      this.set(fails, {
        health: 'suspect', reason: 'ejected: 35 % of its answers were errors',
        ejected: { reason: '35 % of its answers were errors', until: this.millis + 30_000, times: 2 }
      });
      this.happened('warning', 'server-ejected', fails.id, `${fails.id} gets no new clients for 30 s: 35 % of its answers were errors.`, 'edge-2');
    } else if (at === 180 && fails) {
      fails.failing = false;
      this.set(fails, { health: 'up', reason: '', ejected: undefined });
      this.happened('info', 'server-back', fails.id, `${fails.id} is no longer ejected.`, 'edge-2');
    }
    if (at === 195) {
      this.gone.set('edge-3', this.millis);
      this.happened('error', 'node-down', 'edge-3', 'edge-3 does not answer; edge-1 and edge-2 are a majority and go on.');
    } else if (at === 220) {
      this.gone.delete('edge-3');
      this.happened('info', 'node-up', 'edge-3', 'edge-3 is back, and has the session table.');
    }
    reports.queued = at > 100 && at < 120 ? Math.round(4 * this.random()) : 0;
  }

  set(one, patch) {
    Object.assign(one, patch, { since: this.millis });
  }

  live() {
    return {
      time: this.millis, node: 'edge-1', window: 10,
      nodes: NODES.map((name, i) => ({
        name, address: `10.0.9.${i + 1}:7355`, status: 'up', reachable: !this.gone.has(name), votes: true, self: i === 0,
        answers: !this.gone.has(name), age: this.gone.has(name) ? (this.millis - this.gone.get(name)) / 1000 : 0.4,
        ready: true, degraded: false, waitingFor: '', version: '0.1.0 (5d1f0c2ab9e1)', uptime: (this.millis - this.started) / 1000,
        cpu: this.gone.has(name) ? null : 0.16 + 0.06 * this.random() + 0.05 * i, heapUsed: 2.1e8 + 3e7 * this.random(), heapMax: 1.07e9,
        loopLag: this.latency(0.0002, 50), connections: 412 - 60 * i, sessions: 2412, tunnels: 61, synced: true,
        replicationLag: 0.0021, journal: '', figures: this.nodeFigures.get(name)
      })),
      total: this.total,
      sessions: { table: 2412 + Math.round(8 * Math.sin(this.second / 20)), placed: 5433, moved: this.moved, bound: 5121, agreement: !this.gone.size },
      upstreams: this.upstreams.map(({ base, latency, ...upstream }) => ({
        ...upstream, servers: upstream.servers.map(({ slow, failing, sessions, ...one }) => one)
      })),
      routes: this.routes.map(({ share, ...route }) => route),
      listeners: [
        {
          listener: 'https', accepted: 48_213, active: 1031, dropped: 0, http2: 640, streams: 1822,
          handshakes: [{ version: 'TLSv1.3', result: 'full', count: 30_122 }, { version: 'TLSv1.3', result: 'resumed', count: 17_800 }, { version: 'TLSv1.2', result: 'failed', count: 12 }]
        },
        { listener: 'http', accepted: 913, active: 3, dropped: 2, http2: 0, streams: 0, handshakes: [] }
      ]
    };
  }

  /** A request that somebody has just made. */
  request() {
    const r = this.random;
    const upstream = this.upstreams[r() < 0.75 ? 0 : r() < 0.8 ? 1 : 2];
    const taking = upstream.servers.filter(one => one.health === 'up' && one.state !== 'down' && !one.backup);
    const one = taking[Math.floor(r() * taking.length)];
    const path = { shop: ['/', '/cart', '/item/4711', '/search?q=limpet', '/assets/app.css'], chat: ['/socket.io/?EIO=4&transport=polling', '/rooms/3'], reports: ['/reports/daily', '/reports/2026/48'] }[upstream.name];
    const bad = r();
    const total = upstream.latency * (0.5 + 2 * r() ** 3);
    const base = {
      time: this.millis, node: NODES[Math.floor(r() * 3)], id: Math.floor(r() * 2 ** 48).toString(16).padStart(12, '0'),
      trace: r() < 0.3 ? Array.from({ length: 32 }, () => Math.floor(r() * 16).toString(16)).join('') : undefined,
      listener: 'https', client: `203.0.113.${Math.floor(250 * r())}`, method: r() < 0.85 ? 'GET' : 'POST',
      target: path[Math.floor(r() * path.length)], host: 'shop.example', protocol: r() < 0.6 ? 'HTTP/2.0' : 'HTTP/1.1',
      requestBytes: Math.round(900 * r() ** 4), responseBytes: Math.round(40_000 * r() ** 3), route: upstream.name === 'reports' ? '/reports' : upstream.name,
      upstream: upstream.name, total, queue: 0, placement: 0, failure: null
    };
    const attempt = (to, more = {}) => ({ server: to.id, connect: r() < 0.2 ? 0.0004 : 0, firstByte: total * 0.9, total, status: 200, failure: null, ...more });
    if (!one || bad < 0.004) {
      return { ...base, status: 503, affinity: 'none', attempts: [], failure: 'NO_SERVER', total: 0.0003 };
    }
    if (bad < 0.02) {
      return {
        ...base, status: 200, server: one.id, affinity: 'moved', placement: 0.0012, total: total + 0.004,
        attempts: [attempt(this.servers()[2], { connect: 0.0011, firstByte: null, total: 0.0021, status: 0, failure: 'CONNECT_REFUSED' }), attempt(one)]
      };
    }
    if (bad < 0.04) {
      return { ...base, target: '/favicon.png', status: 404, server: one.id, affinity: 'kept', attempts: [attempt(one, { status: 404 })] };
    }
    if (bad < 0.05) {
      return { ...base, status: 502, server: one.id, affinity: 'kept', failure: 'RESET', attempts: [attempt(one, { status: 0, firstByte: null, failure: 'RESET' })] };
    }
    return {
      ...base, status: 200, server: one.id, affinity: upstream.name === 'reports' ? 'none' : bad < 0.12 ? 'new' : 'kept',
      placement: bad < 0.12 ? 0.0009 : 0, queue: upstream.queued > 0 ? 0.06 : 0, attempts: [attempt(one)]
    };
  }
}
