// Nodes of the cluster without traffic (src/main/java/dev/limpet/bench/TableNode.java): each a JVM that is told by lines what to do.
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { converse } from '../processes.mjs';
import { java } from '../tools.mjs';

const root = fileURLToPath(new URL('../../../..', import.meta.url));
const distribution = path.join(root, 'modules/node/target/dist');
/** `ask('ready')` and so on; see TableNode.answer. */
export function startNode(number, ports, classes, directory) {
  const conf = path.join(directory, `table-${number}.conf`);
  writeFileSync(conf, configuration(number, ports));
  const options = [`@${distribution}/jvm.options`, '-Xmx768m', '-cp', classes];
  return converse(java(), [...options, 'dev.limpet.bench.TableNode', conf]);
}

function configuration(number, ports) {
  const peers = ports.map((port) => `"127.0.0.1:${port}"`).join(', ');
  return `limpet {
  node { name = table-${number}, event-loops = 1 }
  listeners = [ { name = http, bind = "127.0.0.1:0" } ]
  upstreams.none { servers = [ { address = "127.0.0.1:9" } ], health.enabled = off }
  hosts = [ { routes = [ { path = "/", upstream = none } ] } ]
  cluster { bind = "127.0.0.1:${ports[number]}", peers = [ ${peers} ] }
  admin = off
}
`;
}
