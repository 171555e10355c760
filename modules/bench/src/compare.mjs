// Limpet beside other proxies. Start reading here: what to run, then case by case, then what came of it.
import { writeFileSync } from 'node:fs';
import { twoCores } from './machine.mjs';
import { help, readOptions } from './options.mjs';
import { program } from './program.mjs';
import { rows, table } from './report.mjs';
import { runCase } from './rounds.mjs';
import { say } from './say.mjs';
import { openSite } from './site.mjs';
import { needTool } from './tools.mjs';

const tools = [
  ['taskset', 'util-linux'],
  ['openssl', 'openssl'],
  ['nginx', 'nginx-light'], // the origin, whichever proxies take part
];

async function main(directory) {
  const options = readOptions(process.argv.slice(2));
  if (options.help) {
    process.stdout.write(help);
    return;
  }
  const cores = twoCores();
  for (const [command, debianPackage] of tools) {
    await needTool(command, debianPackage);
  }
  const report = { machine: `${cores.model}, ${cores.of} cores`, rows: [], skipped: [] };
  const proxies = await available(options.proxies, (proxy) => proxy.install(), report.skipped, 'proxy');
  const cases = await available(options.cases, ({ tool }) => tool && needTool(...tool), report.skipped, 'case');
  const site = await openSite(directory, cores.load);
  for (const aCase of cases) {
    const { contenders, skipped, rate } = await runCase(aCase, proxies, site, cores, options);
    const caseRows = rows(aCase, contenders, rate);
    report.rows.push(...caseRows);
    report.skipped.push(...skipped);
    process.stdout.write(`\n${table(aCase, caseRows)}\n`);
    if (options.json) {
      // after each case: a long run may be broken off
      writeFileSync(options.json, `${JSON.stringify(report, null, 2)}\n`);
    }
  }
  for (const skip of report.skipped) {
    const what = [skip.proxy, skip.case].filter(Boolean).join(' in ');
    process.stdout.write(`skipped: ${what}: ${skip.reason}\n`);
  }
}

/** Those of the proxies, or of the cases, for which all is there or could be installed. */
async function available(wanted, install, skipped, kind) {
  const found = [];
  for (const one of wanted) {
    try {
      await install(one);
      found.push(one);
    } catch (error) {
      say(`${one.name} is skipped: ${error.message}`);
      skipped.push({ case: null, proxy: null, [kind]: one.name, reason: error.message });
    }
  }
  return found;
}

await program('compare', main);
