import http from 'node:http';

export const TIMEOUT_MS = 30_000; // browsers wait for longer
// An idle connection is dropped by us before a server does it: otherwise the two can cross
// and a healthy node looks as if it had reset a request.
const IDLE_MS = 2_500;

/** The balancer's nodes as the clients see them, and what the parent told about them. */
export class Nodes {
  constructor(urls) {
    this.all = urls.map((url) => ({
      ...origin(url),
      url: url.replace(/\/$/, ''),
      dead: false,
      backs: 0, // how often it came back: a client's own bad memory of it ends there
    }));
  }

  get live() {
    return this.all.filter((node) => !node.dead);
  }

  byUrl(url) {
    return this.all.filter((node) => node.url === String(url).replace(/\/$/, ''));
  }

  close() {
    for (const node of this.all) node.agent.destroy();
  }
}

/** Where a URL leads to, for ask(). */
export function origin(url) {
  const { hostname, port } = new URL(url);
  return { hostname, port: port || 80, agent: new http.Agent({ keepAlive: true, maxFreeSockets: 1024, timeout: IDLE_MS }) };
}

/**
 * One request, no repetition. Resolves with {status, headers, body}, or with {code, begun} if none came:
 * `begun` says whether an answer was cut after its head.
 */
export function ask(node, { method = 'GET', path, jar, body }) {
  return new Promise((resolve) => {
    const headers = {};
    const cookie = jar.header;
    if (cookie) headers.cookie = cookie;
    if (body !== undefined) {
      headers['content-type'] = 'text/plain';
      headers['content-length'] = Buffer.byteLength(body);
    }
    let begun = false;
    let over = false;
    const end = (result) => {
      over = true;
      clearTimeout(timer);
      resolve(result);
    };
    const failed = (e) => end({ code: e.code ?? 'EFAILED', begun });
    const request = http.request({
      agent: node.agent, hostname: node.hostname, port: node.port, method, path, headers,
    }, (answer) => {
      begun = true;
      let text = '';
      answer.setEncoding('utf8');
      answer.on('data', (chunk) => { text += chunk; });
      answer.on('error', failed);
      answer.on('end', () => {
        jar.parseCookies(answer.headers['set-cookie']);
        end({ status: answer.statusCode, headers: answer.headers, body: text });
      });
    });
    const giveUp = () => {
      if (!over) request.destroy(Object.assign(new Error('no answer'), { code: 'ETIMEDOUT' }));
    };
    // An answer that came while this process stood still is read first.
    const timer = setTimeout(() => setImmediate(giveUp), TIMEOUT_MS);
    request.on('error', failed);
    request.end(body);
  });
}
