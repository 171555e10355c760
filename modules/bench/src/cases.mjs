// What is measured. A case says what of a proxy it needs and which load it puts on it.
import { handshakes } from './load/ab.mjs';
import { http1, http2 } from './load/h2load.mjs';
import { echo } from './load/websocket.mjs';
import { wrk } from './load/wrk.mjs';

const withWrk = (load) => ({ tool: ['wrk', 'wrk'], load });
const withH2load = (load) => ({ tool: ['h2load', 'nghttp2-client'], load });
const withAb = (load) => ({ tool: ['ab', 'apache2-utils'], load });

/**
 * `tool`: the generator and its Debian package, where it is not our own. `needs`: what a proxy must be able to do,
 * and what it is set up for. `atHalfOf`: the proxy whose greatest rate is halved and asked of all.
 */
export const cases = [
  { name: 'h1-small', about: 'GET, 22 bytes, kept connections', needs: [], path: '/small', ...withWrk(wrk()) },
  { name: 'h1-10k', about: 'GET, 10 KiB', needs: [], path: '/10k', ...withWrk(wrk()) },
  { name: 'h1-1m', about: 'GET, 1 MiB', needs: [], path: '/1m', ...withWrk(wrk()) },
  { name: 'h1-post-10k', about: 'POST, 10 KiB', needs: [], path: '/small', ...withWrk(wrk({ postBytes: 10240 })) },
  { name: 'h1-close', about: 'a connection for each GET', needs: [], path: '/small', ...withWrk(wrk({ close: true })) },
  { name: 'tls-small', about: 'GET, 22 bytes, TLS', needs: ['tls'], path: '/small', ...withWrk(wrk()) },
  { name: 'tls-handshake', about: 'a full handshake each', needs: ['tls'], path: '/small', ...withAb(handshakes) },
  { name: 'h2-small', about: 'GET, 22 bytes, HTTP/2', needs: ['tls', 'http2'], path: '/small', ...withH2load(http2) },
  { name: 'ws-echo', about: 'a WebSocket message and its echo', needs: ['websocket'], path: '/echo', load: echo },
  { name: 'sticky-small', about: 'GET, two servers, affinity', needs: ['affinity'], path: '/small', ...withWrk(wrk()) },
  {
    name: 'fixed-rate',
    about: 'GET, 22 bytes, at half of what nginx can do: added latency',
    needs: [],
    path: '/small',
    ...withH2load(http1),
    atHalfOf: 'nginx',
  },
];
