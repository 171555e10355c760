// node open.js DIRECTORY URL: opens the page in Chromium, which is unpacked into the directory, until it is killed.
import { spawn } from 'node:child_process';
import { mkdtempSync } from 'node:fs';
import { join } from 'node:path';
import { ARGUMENTS, chromium } from './chromium.js';

const [directory, url] = process.argv.slice(2);
const { program, environment } = await chromium(directory);
const browser = spawn(
  program,
  [
    '--headless=shell', ...ARGUMENTS, '--remote-debugging-port=0',
    '--user-data-dir=' + mkdtempSync(join(directory, 'profile-')), url
  ],
  { env: environment, stdio: 'inherit' });
process.on('SIGTERM', () => browser.kill('SIGKILL'));
browser.on('exit', code => process.exit(code ?? 0));
