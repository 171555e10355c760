// The load driver: many clients with cookies and sockets against the nodes of one balancer.
// Commands come as JSON lines on stdin, results leave as JSON lines on stdout; see README.md.
import { createInterface } from 'node:readline';
import { parseArgs } from 'node:util';
import { Driver } from './drive/driver.js';
import { origin } from './drive/nodes.js';

const driver = new Driver({ ...options(), say: (line) => process.stdout.write(`${JSON.stringify(line)}\n`) });

const commands = {
  mark: (command) => driver.mark(command),
  sweep: () => driver.sweep(),
  report: () => driver.report(),
  stop,
};
const STOP_MS = 15_000;

// Marks count from the moment they arrive; sweep and report wait for the one before.
let busy = Promise.resolve();
createInterface({ input: process.stdin }).on('line', (line) => {
  if (line.trim() === '') return;
  try {
    const command = JSON.parse(line);
    if (!Object.hasOwn(commands, command?.cmd)) throw new Error('unknown command');
    const run = () => commands[command.cmd](command);
    if (command.cmd === 'mark') run();
    else busy = busy.then(run).catch(refuse(line));
  } catch (e) {
    refuse(line)(e);
  }
}).on('close', () => { // without a parent there is nobody to drive for
  busy.then(stop); // but what it has asked for before is still answered,
  setTimeout(stop, STOP_MS); // within reason
});

process.on('SIGTERM', stop);
process.on('SIGINT', stop);
process.stdout.on('error', stop);
driver.start();

function stop() {
  driver.stop();
  process.exit(0);
}

function refuse(line) {
  return (e) => console.error(`drive: ${e.message}: ${line.slice(0, 200)}`);
}

function options() {
  try {
    const { values } = parseArgs({
      options: {
        nodes: { type: 'string' },
        probes: { type: 'string', default: '' },
        clients: { type: 'string', default: '200' },
        sockets: { type: 'string', default: '20' },
        seed: { type: 'string', default: '1' },
      },
    });
    const urls = (values.nodes ?? '').split(',').filter(Boolean);
    if (urls.length === 0) throw new Error('--nodes needs one or more URLs, separated by commas');
    for (const url of urls) {
      if (!URL.canParse(url) || new URL(url).protocol !== 'http:') throw new Error(`not an http URL: ${url}`);
    }
    const probes = values.probes.split(',').filter(Boolean).map(probe);
    return { urls, probes, clients: whole(values, 'clients'), sockets: whole(values, 'sockets'), seed: whole(values, 'seed') };
  } catch (e) {
    console.error(`drive: ${e.message}`);
    process.exit(2);
  }
}

/** NAME=URL */
function probe(text) {
  const [, name, url] = /^(.*?)=(http:.*)$/.exec(text) ?? [];
  if (!URL.canParse(url)) throw new Error(`not NAME=URL: ${text}`);
  return { name, path: new URL(url).pathname, ...origin(url) };
}

function whole(values, name) {
  if (!/^\d{1,9}$/.test(values[name])) throw new Error(`--${name} must be a whole number`);
  return Number(values[name]);
}
