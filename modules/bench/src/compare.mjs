// Limpet beside other proxies. Start reading here: what to run, then case by case, then what came of it.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { twoCores } from './machine.mjs';
import { help, readOptions } from './options.mjs';
import { endAll } from './processes.mjs';
import { rows, table } from './report.mjs';
import { runCase } from './rounds.mjs';
import { say } from './say.mjs';
import { openSite } from './site.mjs';
import { needTool } from './tools.mjs';

const tools = [
  ['taskset', 'util-linux'],
  ['openssl', 'openssl'],
  ['nginx', 'nginx-light'], // the origin, whichever proxies take part
  ['wrk', 'wrk'],
  ['h2load', 'nghttp2-client'],
  ['ab', 'apache2-utils'],
];

const directory = mkdtempSync(path.join(tmpdir(), 'limpet-compare-'));

async function finish(code) {
  await endAll();
  rmSync(directory, { recursive: true, force: true });
  process.exit(code);
}

for (const [signal, code] of [['SIGINT', 130], ['SIGTERM', 143], ['SIGHUP', 129]]) {
  process.once(signal, () => finish(code));
}

async function main() {
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
  const installed = await install(options.proxies, report.skipped);
  const site = await openSite(directory, cores.load);
  for (const aCase of options.cases) {
    const { contenders, skipped, rate } = await runCase(aCase, installed, site, cores, options);
    const caseRows = rows(aCase, contenders, rate);
    report.rows.push(...caseRows);
    report.skipped.push(...skipped);
    process.stdout.write(`\n${table(aCase, caseRows)}\n`);
    if (options.json) {
      writeFileSync(options.json, `${JSON.stringify(report, null, 2)}\n`); // after each case: a long run may be broken off
    }
  }
  for (const skip of report.skipped) {
    process.stdout.write(`skipped: ${skip.proxy}${skip.case ? ` in ${skip.case}` : ''}: ${skip.reason}\n`);
  }
}

async function install(proxies, skipped) {
  const installed = [];
  for (const proxy of proxies) {
    try {
      await proxy.install();
      installed.push(proxy);
    } catch (error) {
      say(`${proxy.name} is skipped: ${error.message}`);
      skipped.push({ case: null, proxy: proxy.name, reason: error.message });
    }
  }
  return installed;
}

try {
  await main();
  await finish(0);
} catch (error) {
  say(`compare: ${error.message}`);
  await finish(2);
}
