// Begins sessions at one node and uses them at another at once. Says how many were lost.
const http = require('node:http');

const nodes = process.env.NODES.split(',');
const sessions = Number(process.env.SESSIONS);
const agent = new http.Agent({ keepAlive: true, maxSockets: 16 });
let begun = 0;
let checked = 0;
let lost = 0;
let repeated = 0;

async function client() {
  while (begun < sessions) {
    begun++;
    if (begun === Math.floor(sessions / 2)) {
      console.log('half');
    }
    const at = Math.floor(Math.random() * nodes.length);
    const first = await get(at, '/begin');
    const cookie = first.headers['set-cookie'][0].split(';')[0];
    const next = await get((at + 1 + Math.floor(Math.random() * (nodes.length - 1))) % nodes.length, '/', { cookie });
    checked++;
    if (next.status !== 200 || next.headers['x-backend'] !== first.headers['x-backend']) {
      lost++;
      console.log('lost', cookie, 'of', first.headers['x-backend'], 'at', next.headers['x-backend']);
    }
  }
}

/** A node that is killed costs a request; the client goes to the next node, as browsers do. */
async function get(node, path, headers = {}) {
  for (let at = node; ; at = (at + 1) % nodes.length) {
    try {
      return await request(nodes[at], path, headers);
    } catch {
      repeated++;
    }
  }
}

function request(node, path, headers) {
  return new Promise((resolve, reject) => {
    http
      .get(node + path, { agent, headers }, (response) => {
        response.resume();
        response.on('end', () => resolve({ status: response.statusCode, headers: response.headers }));
        response.on('error', reject);
      })
      .on('error', reject);
  });
}

Promise.all(Array.from({ length: 16 }, client)).then(() => {
  console.log(JSON.stringify({ checked, lost, repeated }));
  process.exit();
});
