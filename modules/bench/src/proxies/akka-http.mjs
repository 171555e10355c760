import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { java, needMavenBuild } from '../tools.mjs';

const project = fileURLToPath(new URL('../../peers/akka-http', import.meta.url));
const target = fileURLToPath(new URL('../../target/peers/akka-http', import.meta.url));

export const akkaHttp = {
  name: 'akka-http',
  lacks: { affinity: 'singleRequest has none', websocket: 'singleRequest does not carry upgrades' },
  compiles: true,
  install: () => needMavenBuild(project, path.join(target, 'peer.jar')),

  command({ port, origins, tls }) {
    const classpath = `${path.join(target, 'peer.jar')}:${path.join(target, 'lib')}/*`;
    const store = tls ? [tls.p12] : [];
    return [java(), '-cp', classpath, 'dev.limpet.bench.AkkaHttpPeer', String(port), String(origins[0]), ...store];
  },
};
