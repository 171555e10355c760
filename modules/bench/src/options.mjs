// The command line of compare.
import { parseArgs } from 'node:util';
import { cases } from './cases.mjs';
import { count } from './program.mjs';
import { proxies } from './proxies/index.mjs';

const full = {
  rounds: 5,
  seconds: 6,
  warmUpSeconds: { least: 30, most: 90 },
  cases: cases.map(({ name }) => name),
  proxies: proxies.filter(({ onAllCores }) => !onAllCores).map(({ name }) => name),
};
const quick = {
  rounds: 3,
  seconds: 2,
  warmUpSeconds: { least: 9, most: 18 },
  cases: ['h1-small', 'tls-small', 'h2-small', 'ws-echo'],
  proxies: ['nginx', 'haproxy', 'limpet'],
};

export const help = `Limpet beside other proxies, on the same machine and in turn.

  modules/bench/compare [options]

  --quick            under 4 minutes: ${quick.proxies.join(', ')} on
                     ${quick.cases.join(', ')}, ${quick.rounds} rounds of ${quick.seconds} s;
                     what the other options say wins
  --cases A,B        of ${wrapped(cases)}
  --proxies A,B      of ${wrapped(proxies)}
  --rounds N         turns of each proxy in each case (${full.rounds})
  --seconds S        length of a turn (${full.seconds})
  --connections C    requests in flight (32)
  --json FILE        write the figures there, too
  --help

Without options: all cases, all proxies but limpet-2; two hours or more. docs/benchmarks.md tells how to read the figures.
`;

/** Fails with a message for the user. */
export function readOptions(args) {
  const { values } = parseArgs({
    args,
    options: {
      quick: { type: 'boolean' },
      cases: { type: 'string' },
      proxies: { type: 'string' },
      rounds: { type: 'string' },
      seconds: { type: 'string' },
      connections: { type: 'string', default: '32' },
      json: { type: 'string' },
      help: { type: 'boolean' },
    },
  });
  const base = values.quick ? quick : full;
  return {
    help: values.help,
    json: values.json,
    rounds: count('--rounds', values.rounds ?? base.rounds),
    seconds: count('--seconds', values.seconds ?? base.seconds),
    connections: count('--connections', values.connections),
    warmUpSeconds: base.warmUpSeconds,
    cases: chosen('--cases', cases, values.cases?.split(',') ?? base.cases),
    proxies: chosen('--proxies', proxies, values.proxies?.split(',') ?? base.proxies),
  };
}

/** In the order of `all`, whatever the order of the names. */
function chosen(option, all, names) {
  const unknown = names.find((name) => !all.some((one) => one.name === name));
  if (unknown !== undefined) {
    throw new Error(`${option}: there is no "${unknown}"; there are ${all.map(({ name }) => name).join(', ')}`);
  }
  return all.filter(({ name }) => names.includes(name));
}

function wrapped(all) {
  const lines = [''];
  for (const { name } of all) {
    if (lines.at(-1).length + name.length > 55) {
      lines.push('');
    }
    lines[lines.length - 1] += `${name}, `;
  }
  return lines.join('\n                     ').replace(/, $/, '').replaceAll(', \n', ',\n');
}
