// Chromium without a screen: its program and libraries, unpacked into a directory once.
import { execFileSync } from 'node:child_process';
import { createReadStream, createWriteStream, existsSync, mkdirSync, renameSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { createBrotliDecompress } from 'node:zlib';

const PACKED = join(dirname(createRequire(import.meta.url).resolve('@sparticuz/chromium')), '..', 'bin');

export const ARGUMENTS = ['--no-sandbox', '--no-zygote', '--disable-gpu', '--disable-dev-shm-usage', '--no-first-run'];

async function unpack(name, to, mode) {
  await pipeline(createReadStream(join(PACKED, name)), createBrotliDecompress(), createWriteStream(to + '.part', { mode }));
  renameSync(to + '.part', to);
}

/** Where the program is, and the environment that it takes. */
export async function chromium(directory) {
  const program = join(directory, 'chromium');
  const libraries = join(directory, 'lib');
  mkdirSync(directory, { recursive: true });
  if (!existsSync(libraries)) {
    await unpack('al2023.tar.br', join(directory, 'libraries.tar'), 0o644);
    execFileSync('tar', ['-xf', 'libraries.tar'], { cwd: directory });
  }
  if (!existsSync(program)) {
    await unpack('chromium.br', program, 0o755);
  }
  return { program, environment: { ...process.env, LD_LIBRARY_PATH: libraries, LANG: 'C.UTF-8' } };
}
