// Visitors of one DNS name with several addresses: node visitors.js URL COUNT
//
// Each has a cookie jar and asks again and again for /whoami of examples/chat, which counts its visits. Like a
// browser, a visitor goes to any of the addresses, on to the next one where nobody answers, and asks once more
// when a connection breaks. Each second a line with what has happened so far goes out.
const dns = require('node:dns');
const http = require('node:http');

const [url, count] = process.argv.slice(2);
const seen = { requests: 0, failed: 0, lost: 0 };

/** All addresses of the name, in any order: the system sorts them, so that everybody would get the same one. */
function lookup(name, options, callback) {
  dns.lookup(name, { ...options, all: true }, (error, addresses) => {
    if (error) return callback(error);
    callback(null, addresses.map((a) => [Math.random(), a]).sort((a, b) => a[0] - b[0]).map(([, a]) => a));
  });
}

function get(agent, cookies) {
  return new Promise((resolve, reject) => {
    const headers = { cookie: [...cookies].map(([name, value]) => `${name}=${value}`).join('; ') };
    const request = http.get(url, { agent, lookup, headers, timeout: 30_000, autoSelectFamily: true }, (response) => {
      let body = '';
      response.on('data', (data) => (body += data));
      response.on('error', reject);
      response.on('end', () => {
        if (response.statusCode !== 200) return reject(new Error(`${response.statusCode} ${body}`));
        for (const line of response.headers['set-cookie'] ?? []) cookies.set(...line.split(';')[0].split(/=(.*)/s));
        resolve(JSON.parse(body));
      });
    });
    request.on('timeout', () => request.destroy(new Error('no answer in 30 s')));
    request.on('error', reject);
  });
}

async function visit(number) {
  const cookies = new Map();
  let place;
  let doubtful = 0; // requests that failed: the server may have counted them
  for (let n = 0; ; n++) {
    // A connection of its own now and then, which may go to another address.
    const agent = new http.Agent({ keepAlive: true });
    for (let kept = 0; kept < 5; kept++) {
      await new Promise((resolve) => setTimeout(resolve, 100 + Math.random() * 200));
      try {
        const now = await get(agent, cookies);
        seen.requests++;
        const steps = place && now.visits - place.visits;
        if (place && (now.backend !== place.backend || steps < 1 || steps > 1 + doubtful)) {
          seen.lost++;
          console.error(`visitor ${number} was at ${JSON.stringify(place)}, and is at ${JSON.stringify(now)}`);
        }
        place = now;
        doubtful = 0;
      } catch (error) {
        seen.failed++;
        doubtful++;
        console.error(`visitor ${number}: ${error.message || error.code}`);
        break;
      }
    }
    agent.destroy();
  }
}

for (let i = 1; i <= Number(count); i++) visit(i);
setInterval(() => console.log(`${seen.requests} ${seen.failed} ${seen.lost}`), 1000);
