// Programs that are not Limpet's own: found, or installed where that is possible.
import { accessSync, constants, existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { run } from './processes.mjs';
import { say } from './say.mjs';

const root = fileURLToPath(new URL('../../..', import.meta.url));

// Debian keeps servers here, and not every user has it on the path.
process.env.PATH += ':/usr/sbin:/sbin';

/** Installs the Debian package if the command is missing. Fails if it still is. */
export async function needTool(command, debianPackage) {
  if (!onPath(command) && process.getuid() === 0 && onPath('apt-get')) {
    say(`installing ${debianPackage}`);
    await run('apt-get', ['install', '-y', '--no-install-recommends', debianPackage], {
      env: { DEBIAN_FRONTEND: 'noninteractive' },
    });
  }
  if (!onPath(command)) {
    throw new Error(`${command} is missing (apt-get install ${debianPackage})`);
  }
}

/** Builds a Maven project of its own, unless what it makes is there and as new as its sources. */
export async function needMavenBuild(project, product) {
  if (!isNew(product, sources(project))) {
    await maven(path.basename(project), project);
  }
}

/** Builds this module's Java, with what it measures. Returns the class path. */
export async function needClasses() {
  const target = path.join(root, 'modules/bench/target');
  const modules = ['model', 'settings', 'balancing', 'cluster', 'bench'];
  if (!isNew(path.join(target, 'lib'), modules.flatMap((name) => sources(path.join(root, 'modules', name, 'src/main'))))) {
    await maven('the Java of modules/bench', root, '-DskipTests', '-pl', 'modules/bench', '-am');
  }
  return `${target}/classes:${target}/lib/*`;
}

async function maven(what, directory, ...options) {
  if (!onPath('mvn')) {
    throw new Error('Maven (mvn) is missing');
  }
  say(`building ${what}`);
  await run('mvn', ['-B', '-q', 'package', ...options], { cwd: directory });
}

function isNew(product, files) {
  return existsSync(product) && modified(product) >= Math.max(...files.map(modified));
}

function sources(project) {
  return readdirSync(project, { recursive: true }).map((file) => path.join(project, file));
}

function modified(file) {
  return statSync(file).mtimeMs;
}

/** The java that ./limpet would take, so that all JVMs are alike. */
export function java() {
  const installed = existsSync('/usr/lib/jvm') ? readdirSync('/usr/lib/jvm').map((name) => `/usr/lib/jvm/${name}`) : [];
  const homes = [process.env.LIMPET_JAVA_HOME, process.env.JAVA_HOME, ...installed];
  const home = homes.find((candidate) => candidate && javaVersion(candidate) >= 25);
  return home ? `${home}/bin/java` : 'java';
}

function javaVersion(home) {
  const release = path.join(home, 'release');
  return existsSync(release) ? Number(/^JAVA_VERSION="(\d+)/m.exec(readFileSync(release, 'utf8'))?.[1]) : 0;
}

export function onPath(command) {
  return process.env.PATH.split(':').some((directory) => isExecutable(path.join(directory, command)));
}

function isExecutable(file) {
  try {
    accessSync(file, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
