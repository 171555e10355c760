// node client.mjs KIND URL: asks for /who each second, whatever becomes of the requests before, and prints each outcome
// as a line of JSON. The kinds are what Node.js has without a package; "one-family" is what it did before version 20.
import http from 'node:http';

const [kind, url] = process.argv.slice(2);
const agent = new http.Agent({ keepAlive: true });

function byHttp(options) {
  return new Promise((resolve, reject) => {
    http
      .get(url + '/who', { agent, ...options }, async response => {
        let text = '';
        for await (const part of response) text += part;
        resolve(text);
      })
      .on('error', reject);
  });
}

const ask = {
  'http.Agent': () => byHttp({}),
  'one-family': () => byHttp({ autoSelectFamily: false }),
  fetch: async () => (await fetch(url + '/who')).text()
}[kind];

async function once() {
  const sent = performance.now();
  console.log('{"asked":true}');
  const ms = () => Math.round(performance.now() - sent);
  try {
    const from = await ask();
    console.log(JSON.stringify({ from, ms: ms() }));
  } catch (failure) {
    console.log(JSON.stringify({ failed: failure.cause?.code ?? failure.code ?? failure.message, ms: ms() }));
  }
}

once();
setInterval(once, 1000);
