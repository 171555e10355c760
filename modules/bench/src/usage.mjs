// What a process and its children have used, as the kernel counts it.
import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';

const ticksPerSecond = Number(execFileSync('getconf', ['CLK_TCK'], { encoding: 'utf8' }));

/** User + system time of the process and all its living descendants, in seconds. */
export function cpuSeconds(pid) {
  return sum(tree(pid).map((entry) => entry.ticks)) / ticksPerSecond;
}

/** Resident memory of the process and all its living descendants, in MiB. Shared pages count in each. */
export function residentMb(pid) {
  return sum(tree(pid).map((entry) => rssKb(entry.pid))) / 1024;
}

function tree(root) {
  const all = readdirSync('/proc').filter((name) => /^\d+$/.test(name)).map(stat).filter(Boolean);
  const found = all.filter((entry) => entry.pid === root);
  for (const parent of found) { // grows while it is walked
    found.push(...all.filter((entry) => entry.parent === parent.pid));
  }
  return found;
}

/** proc(5): after the name, which may hold anything, come state, ppid and, 12th and 13th, utime and stime. */
function stat(pid) {
  const text = read(`/proc/${pid}/stat`);
  if (text === undefined) {
    return undefined;
  }
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
  return { pid: Number(pid), parent: Number(fields[1]), ticks: Number(fields[11]) + Number(fields[12]) };
}

function rssKb(pid) {
  return Number(/^VmRSS:\s*(\d+)/m.exec(read(`/proc/${pid}/status`) ?? '')?.[1] ?? 0);
}

function read(file) {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return undefined; // the process has ended meanwhile
  }
}

function sum(numbers) {
  return numbers.reduce((total, number) => total + number, 0);
}
