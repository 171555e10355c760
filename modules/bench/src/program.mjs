// What the commands here have in common: a directory of their own, and nothing left behind, however they end.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { endAll } from './processes.mjs';
import { say } from './say.mjs';

/** Runs `main` with a directory for its files. What it throws is for the user. */
export async function program(name, main) {
  const directory = mkdtempSync(path.join(tmpdir(), `limpet-${name}-`));

  async function finish(code) {
    await endAll();
    rmSync(directory, { recursive: true, force: true });
    process.exit(code);
  }

  for (const [signal, code] of [['SIGINT', 130], ['SIGTERM', 143], ['SIGHUP', 129]]) {
    process.once(signal, () => finish(code));
  }
  try {
    await main(directory);
    await finish(0);
  } catch (error) {
    say(`${name}: ${error.message}`);
    await finish(2);
  }
}

/** A whole number from 1 that the user gave; fails with a message for the user. */
export function count(option, text) {
  const number = Number(text);
  if (!Number.isInteger(number) || number < 1) {
    throw new Error(`${option}: "${text}" is not a number from 1`);
  }
  return number;
}
