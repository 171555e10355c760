import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { needTool } from '../tools.mjs';

export const nginx = {
  name: 'nginx',
  lacks: {},
  stickyBy: 'address',
  install: () => needTool('nginx', 'nginx-light'),

  command(setup) {
    const conf = path.join(setup.directory, 'nginx.conf');
    writeFileSync(conf, nginxFrame(path.join(setup.directory, 'nginx'), servers(setup)));
    return ['nginx', '-e', 'stderr', '-p', setup.directory, '-c', conf];
  },
};

function servers({ port, origins, tls, needs }) {
  const kind = [tls && 'ssl', needs.includes('http2') && 'http2'].filter(Boolean).join(' ');
  const upgrade = needs.includes('websocket');
  return `
    ${upgrade ? "map $http_upgrade $to_origin { default upgrade; '' ''; }" : ''}
    upstream origin {
      ${needs.includes('affinity') ? 'ip_hash;' : ''}
      ${origins.map((origin) => `server 127.0.0.1:${origin};`).join(' ')}
      keepalive 64; keepalive_requests 100000000;
    }
    server {
      listen 127.0.0.1:${port} ${kind};
      ${tls ? `ssl_certificate ${tls.crt}; ssl_certificate_key ${tls.key}; ssl_protocols TLSv1.2 TLSv1.3;` : ''}
      location / {
        proxy_pass http://origin; proxy_http_version 1.1;
        proxy_max_temp_file_size 0; # else a response that the client reads slowly goes through the disk
        proxy_set_header Connection ${upgrade ? '$to_origin' : '""'};
        ${upgrade ? 'proxy_set_header Upgrade $http_upgrade;' : ''}
        proxy_set_header Host $host;
        proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for;
      }
    }`;
}

/** One worker in the foreground, all it writes below `prefix`, no access log, connections kept for good. */
export function nginxFrame(prefix, http) {
  const bodies = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'];
  const temporary = bodies.map((kind) => `${kind}_temp_path ${prefix}.tmp;`);
  return `daemon off; worker_processes 1; error_log stderr crit; pid ${prefix}.pid;
  events { worker_connections 4096; }
  http {
    ${temporary.join(' ')}
    access_log off; keepalive_requests 100000000;
    ${http}
  }
  `;
}
