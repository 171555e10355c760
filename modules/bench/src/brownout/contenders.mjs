// The proxies of the brown-out, as they come and tuned for it.
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { launcher } from '../proxies/limpet.mjs';
import { nginxFrame } from '../proxies/nginx.mjs';

const CHECKS = 'server-errors = 5, error-rate = 20%, slow-factor = 3, window = 3s';
const OBSERVE = 'observe layer7 error-limit 5 on-error mark-down';

export const contenders = [
  limpet('limpet, off', 'enabled = off', ''),
  limpet('limpet', '', ''),
  limpet('limpet, tuned', CHECKS, ''),
  limpet('limpet, tuned, retries', CHECKS, 'retries.statuses = [ 500 ]'),
  nginx('nginx', '', ''),
  nginx('nginx, tuned', 'max_fails=3 fail_timeout=10s', 'proxy_next_upstream error timeout http_500;'),
  haproxy('haproxy', '', ''),
  haproxy('haproxy, tuned', OBSERVE, ''),
  haproxy('haproxy, tuned, retries', OBSERVE, 'retry-on conn-failure 500\n  option redispatch 1'),
];

function limpet(name, passive, upstream) {
  return {
    name,
    compiles: true,
    command: ({ directory, port, sparePorts, origins }) => {
      const servers = origins.map((origin) => `{ address = "127.0.0.1:${origin}" }`).join(', ');
      const conf = write(directory, 'limpet.conf', `limpet {
  node { event-loops = 1, drain-timeout = 0s }
  listeners = [ { name = http, bind = "127.0.0.1:${port}" } ]
  upstreams.origin {
    servers = [ ${servers} ], affinity.by = []
    health { path = "/healthz", interval = 2s, passive { ${passive} } }
    ${upstream}
  }
  hosts = [ { routes = [ { path = "/", upstream = origin } ] } ]
  cluster.bind = "127.0.0.1:${sparePorts[0]}"
  admin.bind = "127.0.0.1:${sparePorts[1]}"
}
`);
      return [launcher, 'run', '--config', conf];
    },
  };
}

function nginx(name, server, location) {
  return {
    name,
    command: ({ directory, port, origins }) => {
      const conf = write(directory, 'nginx.conf', nginxFrame(path.join(directory, 'nginx'), `
    upstream origin {
      ${origins.map((origin) => `server 127.0.0.1:${origin} ${server};`).join(' ')}
      keepalive 64;
    }
    server {
      listen 127.0.0.1:${port};
      location / {
        proxy_pass http://origin; proxy_http_version 1.1; proxy_set_header Connection "";
        ${location}
      }
    }`));
      return ['nginx', '-e', 'stderr', '-p', directory, '-c', conf];
    },
  };
}

function haproxy(name, server, backend) {
  return {
    name,
    command: ({ directory, port, origins }) => {
      const servers = origins.map((origin, i) => `server s${i} 127.0.0.1:${origin} check inter 2s ${server}`);
      const conf = write(directory, 'haproxy.cfg', `global
  nbthread 1
defaults
  mode http
  timeout connect 5s
  timeout client 60s
  timeout server 60s
  http-reuse always
frontend in
  bind 127.0.0.1:${port}
  default_backend origin
backend origin
  option httpchk GET /healthz
  ${backend}
  ${servers.join('\n  ')}
`);
      return ['haproxy', '-db', '-f', conf];
    },
  };
}

function write(directory, name, text) {
  const file = path.join(directory, name);
  writeFileSync(file, text);
  return file;
}
