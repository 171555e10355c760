import { fileURLToPath } from 'node:url';
import { java, needMavenBuild } from '../tools.mjs';

const project = fileURLToPath(new URL('../../peers/spring-cloud-gateway', import.meta.url));
const jar = fileURLToPath(new URL('../../target/peers/spring-cloud-gateway/peer.jar', import.meta.url));

export const springCloudGateway = {
  name: 'spring-cloud-gateway',
  lacks: { affinity: 'it has none without a service registry' },
  compiles: true,
  install: () => needMavenBuild(project, jar),

  command({ port, origins, tls, needs }) {
    const secure = tls
      ? [`--server.ssl.certificate=${tls.crt}`, `--server.ssl.certificate-private-key=${tls.key}`]
      : [];
    return [
      java(),
      '-jar',
      jar,
      '--server.address=127.0.0.1',
      `--server.port=${port}`,
      `--origin=http://127.0.0.1:${origins[0]}`,
      `--server.http2.enabled=${needs.includes('http2')}`,
      ...secure,
    ];
  },
};
