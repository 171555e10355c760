import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { run } from '../processes.mjs';

const root = fileURLToPath(new URL('../../../..', import.meta.url));
export const launcher = path.join(root, 'limpet');

export const limpet = withLoops('limpet', 1);

/** On both cores, which it shares with the origin and the load: its CPU time tells how it scales, its rate does not. */
export const limpetOnTwo = { ...withLoops('limpet-2', 2), onAllCores: true };

function withLoops(name, eventLoops) {
  return {
    name,
    lacks: {},
    stickyBy: 'cookie',
    compiles: true,

    /** The launcher builds what is not built, which must not happen on the one core and against the clock. */
    install: () => run(launcher, ['version']),

    command(setup) {
      const conf = path.join(setup.directory, 'limpet.conf');
      writeFileSync(conf, configuration(setup, eventLoops));
      return [launcher, 'run', '--config', conf];
    },
  };
}

function configuration({ port, origins, tls, needs, sparePorts }, eventLoops) {
  const http2 = needs.includes('http2') ? 'http2 = on, ' : '';
  const secure = tls ? `, ${http2}tls { certificates = [ { certificate = "${tls.crt}", key = "${tls.key}" } ] }` : '';
  const servers = origins.map((origin) => `{ address = "127.0.0.1:${origin}" }`).join(', ');
  return `limpet {
  node { event-loops = ${eventLoops}, drain-timeout = 0s }
  listeners = [ { name = ${tls ? 'https' : 'http'}, bind = "127.0.0.1:${port}"${secure} } ]
  upstreams.origin { servers = [ ${servers} ], affinity.by = [ ${needs.includes('affinity') ? 'cookie' : ''} ] }
  hosts = [ { routes = [ { path = "/", upstream = origin } ] } ]
  cluster.bind = "127.0.0.1:${sparePorts[0]}"
  admin.bind = "127.0.0.1:${sparePorts[1]}"
}
`;
}
