// node open.js DIRECTORY URL: opens the page in Chromium, which is unpacked into the directory, until it is killed.
import { execFileSync, spawn } from 'node:child_process';
import { createReadStream, createWriteStream, existsSync, mkdirSync, mkdtempSync, renameSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { createBrotliDecompress } from 'node:zlib';

const [directory, url] = process.argv.slice(2);
const packed = join(dirname(createRequire(import.meta.url).resolve('@sparticuz/chromium')), '..', 'bin');
const chromium = join(directory, 'chromium');
const libraries = join(directory, 'lib');

async function unpack(name, to, mode) {
  await pipeline(createReadStream(join(packed, name)), createBrotliDecompress(), createWriteStream(to + '.part', { mode }));
  renameSync(to + '.part', to);
}

mkdirSync(directory, { recursive: true });
if (!existsSync(libraries)) {
  await unpack('al2023.tar.br', join(directory, 'libraries.tar'), 0o644);
  execFileSync('tar', ['-xf', 'libraries.tar'], { cwd: directory });
}
if (!existsSync(chromium)) {
  await unpack('chromium.br', chromium, 0o755);
}
const browser = spawn(
  chromium,
  [
    '--headless=shell', '--no-sandbox', '--no-zygote', '--disable-gpu', '--disable-dev-shm-usage',
    '--remote-debugging-port=0', '--no-first-run',
    '--user-data-dir=' + mkdtempSync(join(directory, 'profile-')), url
  ],
  { env: { ...process.env, LD_LIBRARY_PATH: libraries }, stdio: 'inherit' });
process.on('SIGTERM', () => browser.kill('SIGKILL'));
browser.on('exit', code => process.exit(code ?? 0));
