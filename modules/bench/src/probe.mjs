// Whether a server answers, and what.
import http from 'node:http';
import http2 from 'node:http2';
import https from 'node:https';
import { setTimeout as pause } from 'node:timers/promises';

const PATIENCE = 60_000;
const BETWEEN = 100;

/** Waits until a GET is answered with 200. Fails when the server's process ends first, or after a minute. */
export async function answers(url, server, { overHttp2 = false } = {}) {
  const deadline = Date.now() + PATIENCE;
  let last;
  while (server.alive && Date.now() < deadline) {
    try {
      const { status } = await (overHttp2 ? getOverHttp2(url) : get(url));
      if (status === 200) {
        return;
      }
      last = `answered with ${status}`;
    } catch (error) {
      last = error.message;
    }
    await pause(BETWEEN);
  }
  const reason = server.alive ? `not ready after ${PATIENCE / 1000} s: ${last}` : server.lastWords();
  throw new Error(reason || 'ended at once');
}

/** Status and headers of the response. */
export function get(url) {
  return new Promise((resolve, reject) => {
    const client = url.startsWith('https:') ? https : http;
    const request = client.get(url, { agent: false, rejectUnauthorized: false, timeout: 5000 }, (response) => {
      response.resume();
      response.once('end', () => resolve({ status: response.statusCode, headers: response.headers }));
      response.once('error', reject);
    });
    request.once('error', reject);
    request.once('timeout', () => request.destroy(new Error('no answer in 5 s')));
  });
}

function getOverHttp2(url) {
  return new Promise((resolve, reject) => {
    const session = http2.connect(url, { rejectUnauthorized: false });
    const fail = (error) => {
      session.destroy();
      reject(error);
    };
    session.once('error', fail);
    session.setTimeout(5000, () => fail(new Error('no answer in 5 s')));
    const stream = session.request({ ':path': new URL(url).pathname });
    stream.once('error', fail);
    stream.once('response', (headers) => {
      stream.resume();
      stream.once('end', () => {
        session.close();
        resolve({ status: headers[':status'] });
      });
    });
  });
}
