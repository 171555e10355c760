// A proxy, set up and running for one case.
import { mkdirSync } from 'node:fs';
import path from 'node:path';
import { freePorts } from './machine.mjs';
import { answers, get } from './probe.mjs';
import { start } from './processes.mjs';
import { cpuSeconds, residentMb } from './usage.mjs';

const COOKIES = 32;

/** Starts the proxy and waits until it answers. Fails with the reason, in its own words if it has any. */
export async function launch(proxy, aCase, site, cores) {
  const [port, ...sparePorts] = await freePorts(3);
  const setup = {
    directory: path.join(site.directory, `${aCase.name}-${proxy.name}`),
    port,
    sparePorts,
    needs: aCase.needs,
    origins: originsFor(aCase, site),
    tls: aCase.needs.includes('tls') ? site.certificate : undefined,
  };
  mkdirSync(setup.directory);
  const [command, ...args] = proxy.command(setup);
  const log = path.join(setup.directory, 'log');
  const core = proxy.onAllCores ? `${cores.proxy},${cores.load}` : cores.proxy;
  const server = start(command, args, { core, env: proxy.env?.(setup), log });
  const url = `${setup.tls ? 'https' : 'http'}://127.0.0.1:${port}${aCase.path}`;
  try {
    await answers(url, server, { overHttp2: aCase.needs.includes('http2') });
    const cookies = proxy.stickyBy === 'cookie' && aCase.needs.includes('affinity') ? await sessions(url) : [];
    const settings = { url, cookies, core: cores.load, directory: setup.directory };
    return { proxy, server, url, measure: (load, more) => measure(server, load, { ...settings, ...more }) };
  } catch (error) {
    await server.end();
    throw new Error(error.message.replaceAll(`${setup.directory}/`, ''));
  }
}

function originsFor(aCase, site) {
  if (aCase.needs.includes('websocket')) {
    return [site.websocket];
  }
  return aCase.needs.includes('affinity') ? site.http : site.http.slice(0, 1);
}

/** As many clients as there are here, each with the cookie that the proxy gave it. */
async function sessions(url) {
  const responses = await Promise.all(Array.from({ length: COOKIES }, () => get(url)));
  return responses.map(({ headers }) => {
    if (!headers['set-cookie']) {
      throw new Error('it set no cookie');
    }
    return headers['set-cookie'][0].split(';')[0];
  });
}

/** One turn under load, and what it cost. */
async function measure(server, load, settings) {
  const before = cpuSeconds(server.pid);
  const result = await load(settings);
  const cpu = cpuSeconds(server.pid) - before;
  if (!server.alive) {
    throw new Error(server.lastWords() || 'it ended under load');
  }
  return {
    cpu_us_per_request: (cpu * 1e6) / result.requests,
    requests_per_second: result.requests / result.seconds,
    p50_ms: result.p50,
    p99_ms: result.p99,
    rss_mb: residentMb(server.pid),
    errors: result.errors,
  };
}
