import http from 'node:http';

const TIMEOUT_MS = 10_000;
// An idle connection is dropped by us before a server does it: otherwise the two can cross
// and a healthy node looks as if it had reset a request.
const IDLE_MS = 2_500;

/** The balancer's nodes as the clients see them, and what the parent told about them. */
export class Nodes {
  constructor(urls) {
    this.all = urls.map((url) => {
      const { hostname, port } = new URL(url);
      return {
        url: url.replace(/\/$/, ''),
        hostname,
        port: port || 80,
        dead: false,
        backs: 0, // how often it came back: a client's own bad memory of it ends there
        agent: new http.Agent({ keepAlive: true, maxFreeSockets: 1024, timeout: IDLE_MS }),
      };
    });
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
    const failed = (e) => {
      clearTimeout(timer);
      resolve({ code: e.code ?? 'EFAILED', begun });
    };
    const request = http.request({
      agent: node.agent, hostname: node.hostname, port: node.port, method, path, headers,
    }, (answer) => {
      begun = true;
      let text = '';
      answer.setEncoding('utf8');
      answer.on('data', (chunk) => { text += chunk; });
      answer.on('error', failed);
      answer.on('end', () => {
        clearTimeout(timer);
        jar.parseCookies(answer.headers['set-cookie']);
        resolve({ status: answer.statusCode, headers: answer.headers, body: text });
      });
    });
    const timer = setTimeout(
      () => request.destroy(Object.assign(new Error('no answer'), { code: 'ETIMEDOUT' })), TIMEOUT_MS);
    request.on('error', failed);
    request.end(body);
  });
}
