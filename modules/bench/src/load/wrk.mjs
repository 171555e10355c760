// HTTP/1.1 as fast as it goes: wrk.
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { run } from '../processes.mjs';

/** wrk counts as errors what is not 2xx or 3xx, and failed connections, reads, writes and timeouts. */
const report = `
done = function(summary, latency)
  local e = summary.errors
  io.write(string.format('{"requests":%d,"microseconds":%d,"p50":%f,"p99":%f,"errors":%d}\\n',
    summary.requests, summary.duration, latency:percentile(50), latency:percentile(99),
    e.connect + e.read + e.write + e.status + e.timeout))
end
`;

/** `postBytes`: POST a body of this size. `close`: a connection for each request. */
export function wrk({ postBytes, close } = {}) {
  return async ({ url, connections, seconds, core, directory, cookies = [] }) => {
    const script = path.join(directory, 'wrk.lua');
    writeFileSync(script, [report, postBytes ? post(postBytes) : '', cookies.length ? inTurn(cookies) : ''].join(''));
    const headers = close ? ['-H', 'Connection: close'] : [];
    const args = ['-t1', `-c${connections}`, `-d${seconds}s`, '--timeout', '10s', ...headers, '-s', script, url];
    const lines = (await run('wrk', args, { core })).trim().split('\n');
    const result = JSON.parse(lines.at(-1));
    return {
      requests: result.requests,
      seconds: result.microseconds / 1e6,
      p50: result.p50 / 1000,
      p99: result.p99 / 1000,
      errors: result.errors,
    };
  };
}

function post(bytes) {
  return `wrk.method = "POST"\nwrk.body = string.rep("x", ${bytes})\n`;
}

/** Clients with a cookie each, one after the other. */
function inTurn(cookies) {
  return `
local cookies = { ${cookies.map((cookie) => JSON.stringify(cookie)).join(', ')} }
local requests, next = {}, 0
function init()
  for i, cookie in ipairs(cookies) do
    requests[i] = wrk.format(nil, nil, { ["Cookie"] = cookie, ["Host"] = wrk.headers["Host"] })
  end
end
function request()
  next = next % #requests + 1
  return requests[next]
end
`;
}
