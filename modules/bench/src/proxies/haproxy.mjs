import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { needTool } from '../tools.mjs';

export const haproxy = {
  name: 'haproxy',
  lacks: {},
  stickyBy: 'cookie',
  install: () => needTool('haproxy', 'haproxy'),

  command(setup) {
    const conf = path.join(setup.directory, 'haproxy.cfg');
    writeFileSync(conf, configuration(setup));
    return ['haproxy', '-db', '-f', conf];
  },
};

function configuration({ port, origins, tls, needs }) {
  const sticky = needs.includes('affinity');
  const alpn = needs.includes('http2') ? 'h2,http/1.1' : 'http/1.1';
  const servers = origins.map((origin, i) => `server s${i} 127.0.0.1:${origin}${sticky ? ` cookie s${i}` : ''}`);
  return `global
  nbthread 1
  maxconn 4096
defaults
  mode http
  timeout connect 5s
  timeout client 60s
  timeout server 60s
  timeout tunnel 1h
  option forwardfor
  http-reuse always
frontend in
  bind 127.0.0.1:${port}${tls ? ` ssl crt ${tls.pem} alpn ${alpn}` : ''}
  default_backend origin
backend origin
  ${sticky ? 'cookie sticky insert indirect nocache' : ''}
  ${servers.join('\n  ')}
`;
}
