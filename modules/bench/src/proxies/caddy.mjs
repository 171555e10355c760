import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { needTool } from '../tools.mjs';

export const caddy = {
  name: 'caddy',
  lacks: {},
  stickyBy: 'cookie',
  install: () => needTool('caddy', 'caddy'),

  command(setup) {
    const conf = path.join(setup.directory, 'Caddyfile');
    writeFileSync(conf, configuration(setup));
    return ['caddy', 'run', '--adapter', 'caddyfile', '--config', conf];
  },

  /** Caddy keeps files of its own in these directories. */
  env: ({ directory }) => ({ GOMAXPROCS: '1', XDG_DATA_HOME: directory, XDG_CONFIG_HOME: directory, HOME: directory }),
};

function configuration({ port, origins, tls, needs }) {
  const addresses = origins.map((origin) => `127.0.0.1:${origin}`).join(' ');
  return `{
  admin off
  auto_https off
  default_sni localhost
  servers {
    protocols h1${needs.includes('http2') ? ' h2' : ''}
  }
}
${tls ? 'https' : 'http'}://:${port} {
  bind 127.0.0.1
  ${tls ? `tls ${tls.crt} ${tls.key}` : ''}
  reverse_proxy ${addresses} {
    ${needs.includes('affinity') ? 'lb_policy cookie' : ''}
  }
}
`;
}
