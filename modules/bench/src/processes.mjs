// Every process that compare starts, so that none outlives it.
import { spawn } from 'node:child_process';
import { closeSync, openSync, readFileSync } from 'node:fs';
import { createInterface } from 'node:readline';

const running = new Set();

/** Starts a process in a group of its own: Ctrl-C reaches compare only, which then ends all in order. */
function begin(command, args, { core, cwd, env, stdio }) {
  const pinned = core === undefined ? [] : ['taskset', '-c', String(core)];
  const [program, ...rest] = [...pinned, command, ...args];
  const child = spawn(program, rest, { cwd, env: { ...process.env, ...env }, stdio, detached: true });
  running.add(child);
  const exited = new Promise((resolve) => {
    child.once('error', (error) => resolve(error.message));
    child.once('exit', (code, signal) => resolve(signal ?? code));
  }).finally(() => running.delete(child));
  return { child, exited };
}

/** A server that runs until end(). `log` is where its output goes. */
export function start(command, args, { core, env, log }) {
  const output = openSync(log, 'w');
  const { child, exited } = begin(command, args, { core, env, stdio: ['ignore', output, output] });
  closeSync(output);
  const server = { pid: child.pid, exited, alive: true };
  exited.then(() => (server.alive = false));
  server.end = () => end(child, exited);
  server.lastWords = () => lastWords(log);
  return server;
}

/** A process that answers each line it is sent with a line of JSON. */
export function converse(command, args) {
  const { child, exited } = begin(command, args, { stdio: ['pipe', 'pipe', 'inherit'] });
  const waiting = [];
  const lines = createInterface({ input: child.stdout });
  lines.on('line', (line) => waiting.shift()?.resolve(JSON.parse(line)));
  exited.then(() => waiting.splice(0).forEach(({ reject }) => reject(new Error(`${command} has ended`))));
  return {
    pid: child.pid,
    ask: (question) =>
      new Promise((resolve, reject) => {
        waiting.push({ resolve, reject });
        child.stdin.write(`${question}\n`);
      }),
    kill: () => {
      signal(child.pid, 'SIGKILL');
      return exited;
    },
  };
}

/** Runs a command to its end. Returns what it printed; fails with the end of that if it fails. */
export async function run(command, args, { core, cwd, env } = {}) {
  const { child, exited } = begin(command, args, { core, cwd, env, stdio: ['ignore', 'pipe', 'pipe'] });
  let stdout = '';
  let stderr = '';
  child.stdout?.setEncoding('utf8').on('data', (text) => (stdout += text));
  child.stderr?.setEncoding('utf8').on('data', (text) => (stderr += text));
  const closed = new Promise((resolve) => child.once('close', resolve));
  const result = await exited;
  if (result !== 0) {
    throw new Error(`${command} ended with ${result}: ${lastLines(stdout + stderr)}`);
  }
  await closed;
  return stdout;
}

export async function endAll() {
  await Promise.all([...running].map((child) => end(child, new Promise((resolve) => child.once('exit', resolve)))));
}

async function end(child, exited) {
  if (!running.has(child) || child.pid === undefined) {
    return;
  }
  signal(child.pid, 'SIGTERM');
  const patience = setTimeout(() => signal(child.pid, 'SIGKILL'), 5000);
  await exited;
  clearTimeout(patience);
}

function signal(pid, name) {
  try {
    process.kill(-pid, name); // the group: a launcher's child as well as itself
  } catch {
    // it has just ended by itself
  }
}

function lastWords(log) {
  return lastLines(readFileSync(log, 'utf8'));
}

function lastLines(text) {
  const lines = text.split('\n').filter((line) => line.trim() && !/^\s+at /.test(line));
  return lines.slice(-3).join('; ').slice(-400);
}
