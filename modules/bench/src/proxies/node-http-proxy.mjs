import { existsSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { run } from '../processes.mjs';
import { say } from '../say.mjs';
import { onPath } from '../tools.mjs';

const home = fileURLToPath(new URL('../../peers/node-http-proxy', import.meta.url));

export const nodeHttpProxy = {
  name: 'node-http-proxy',
  lacks: { http2: 'it proxies HTTP/1.1 only', affinity: 'it knows one server only' },
  compiles: true,

  async install() {
    if (existsSync(path.join(home, 'node_modules', 'http-proxy'))) {
      return;
    }
    if (!onPath('npm')) {
      throw new Error('npm is missing');
    }
    say('installing node-http-proxy');
    await run('npm', ['ci'], { cwd: home });
  },

  command({ port, origins, tls }) {
    const certificate = tls ? [tls.crt, tls.key] : [];
    return [process.execPath, path.join(home, 'server.js'), String(port), String(origins[0]), ...certificate];
  },

  env: () => ({ NODE_ENV: 'production' }),
};
