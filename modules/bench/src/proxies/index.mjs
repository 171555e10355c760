// The proxies in the order in which they take their turns.
import { akkaHttp } from './akka-http.mjs';
import { caddy } from './caddy.mjs';
import { haproxy } from './haproxy.mjs';
import { limpet, limpetOnTwo } from './limpet.mjs';
import { nginx } from './nginx.mjs';
import { nodeHttpProxy } from './node-http-proxy.mjs';
import { springCloudGateway } from './spring-cloud-gateway.mjs';

/**
 * A proxy has a `name`; `lacks`, the reason for each need of a case that it does not meet; `install`, which fails
 * with a reason if it cannot be had; `command`, which writes its configuration and returns the command line;
 * `env`, if it needs one; `compiles` where it gets faster while it runs; `stickyBy` where it has affinity; and
 * `onAllCores` where it does not have a core of its own, and takes part only when it is named.
 */
export const proxies = [nginx, haproxy, caddy, nodeHttpProxy, springCloudGateway, akkaHttp, limpet, limpetOnTwo];
