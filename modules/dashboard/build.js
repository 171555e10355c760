// node build.js DIRECTORY: makes the page of src/main/page, as browsers get it: one script, one style sheet, an icon, the
// licences of what is in them, and files.txt, which names them all. Does nothing where nothing has changed.
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

const HERE = dirname(fileURLToPath(import.meta.url));
const SOURCES = join(HERE, 'src', 'main', 'page');
const STAMP = join(HERE, 'target', 'page.stamp');

/** Licences that may be in what ships. */
const LICENCES = new Set(['MIT', 'Apache-2.0', 'BSD-2-Clause', 'BSD-3-Clause', 'ISC', '0BSD']);

function hash(...contents) {
  const sum = createHash('sha256');
  contents.forEach(content => sum.update(content).update('\0'));
  return sum.digest('hex');
}

function inputs() {
  const sources = readdirSync(SOURCES, { recursive: true, withFileTypes: true })
    .filter(entry => entry.isFile())
    .map(entry => join(entry.parentPath ?? entry.path, entry.name))
    .sort();
  const all = [...sources, join(HERE, 'build.js'), join(HERE, 'package.json'), join(HERE, 'package-lock.json')];
  return hash(...all.flatMap(file => [file.slice(HERE.length), readFileSync(file)]));
}

/** The packages of the lock file, of which npm asks its cache first. */
function install() {
  const lock = readFileSync(join(HERE, 'package-lock.json'));
  const stamp = join(HERE, 'node_modules', '.of-lock');
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === hash(lock)) {
    return;
  }
  // No package's scripts: esbuild's would only make its start a little faster.
  execFileSync(
    'npm',
    ['ci', '--ignore-scripts', '--prefer-offline', '--no-audit', '--no-fund', '--loglevel=error'],
    { cwd: HERE, stdio: ['ignore', 2, 2] });
  writeFileSync(stamp, hash(lock));
}

/** The bundle's parts by name, such as main-1a2b3c4d.js. */
export async function bundle({ minify = true } = {}) {
  install();
  const esbuild = await import(pathToFileURL(join(HERE, 'node_modules', 'esbuild', 'lib', 'main.js')));
  const result = await esbuild.build({
    absWorkingDir: HERE,
    entryPoints: [join(SOURCES, 'main.jsx')],
    outdir: 'out',
    bundle: true,
    write: false,
    minify,
    metafile: true,
    format: 'esm',
    target: ['es2022'],
    jsx: 'automatic',
    jsxImportSource: 'preact',
    legalComments: 'none',
    charset: 'utf8',
    logLevel: 'warning'
  });
  const files = new Map();
  const names = {};
  for (const { path, contents } of result.outputFiles) {
    const kind = path.slice(path.lastIndexOf('.') + 1);
    names[kind] = `dashboard-${hash(contents).slice(0, 10)}.${kind}`;
    files.set(names[kind], Buffer.from(contents));
  }
  const icon = readFileSync(join(SOURCES, 'icon.svg'));
  names.svg = `icon-${hash(icon).slice(0, 10)}.svg`;
  files.set(names.svg, icon);
  files.set('licences.txt', Buffer.from(licences(result.metafile)));
  const page = readFileSync(join(SOURCES, 'index.html'), 'utf8')
    .replace('main.jsx', 'assets/' + names.js)
    .replace('main.css', 'assets/' + names.css)
    .replaceAll('icon.svg', 'assets/' + names.svg);
  files.set('index.html', Buffer.from(page));
  return files;
}

function licences(metafile) {
  const packages = new Set(
    Object.keys(metafile.inputs)
      .map(input => /node_modules\/((?:@[^/]+\/)?[^/]+)\//.exec(input)?.[1])
      .filter(name => name));
  return [...packages].sort().map(name => {
    const directory = join(HERE, 'node_modules', name);
    const { version, license } = JSON.parse(readFileSync(join(directory, 'package.json'), 'utf8'));
    if (!LICENCES.has(license)) {
      throw new Error(`${name} has the licence ${license}, which is none of ${[...LICENCES].join(', ')}`);
    }
    const file = readdirSync(directory).find(entry => /^licen[cs]e/i.test(entry));
    if (!file) {
      throw new Error(`${name} comes without the text of its licence`);
    }
    return `${name} ${version} (${license})\n\n${readFileSync(join(directory, file), 'utf8').trim()}\n`;
  }).join('\n----------------------------------------------------------------------\n\n');
}

async function main(directory) {
  const list = join(directory, 'files.txt');
  const now = inputs();
  if (existsSync(list) && existsSync(STAMP) && readFileSync(STAMP, 'utf8') === now) {
    return;
  }
  const files = await bundle();
  mkdirSync(directory, { recursive: true });
  if (existsSync(list)) {
    readFileSync(list, 'utf8').split('\n').filter(name => name)
      .forEach(name => rmSync(join(directory, name), { force: true }));
  }
  files.forEach((content, name) => writeFileSync(join(directory, name), content));
  writeFileSync(list, [...files.keys()].sort().join('\n') + '\n');
  mkdirSync(dirname(STAMP), { recursive: true });
  writeFileSync(STAMP, now);
}

if (process.argv[1] && fileURLToPath(import.meta.url) === process.argv[1]) {
  await main(process.argv[2]);
}
