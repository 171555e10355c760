import { performance } from 'node:perf_hooks';
import { setTimeout as sleep } from 'node:timers/promises';
import { Jar } from './jar.js';
import { ask } from './nodes.js';

const SELF = 'the load driver';
const TICK_MS = 50;
const PROBE_MS = 250;
const SHOWN = 3;
const SHORT_MS = 500; // silences below that are no news
const STILL_MS = 1_000; // whoever has stood still for so long may have been too late for anything
const FAIR_SHARE = 0.5; // of the processor time that this process wants: with less, all of the machine is short of it
const SLOW_MS = 500; // where half of all answers take longer, some take twenty times as long

/**
 * Signs of life of this process, and of those that are asked directly, past the balancer: what the
 * judge needs to tell a balancer that broke its promise from a machine that could not keep up.
 */
export class Pulse {
  #lives = new Map([[SELF, new Life()]]); // by name
  #ends = []; // when the answers came, in order
  #slow = [0]; // how many of the first n of these were slow
  #took = []; // sorted when that is needed
  #usages = []; // {at, active, cpu}, in order
  #stopped = false;

  /** @param usage for how many ms so far this process wanted a processor, and had one */
  constructor({ now, probes, usage = ownUsage }) {
    this.now = now;
    this.usage = usage;
    this.probes = probes; // nodes with a name and a path, see Nodes
    for (const { name } of probes) this.#lives.set(name, new Life());
  }

  start() {
    const again = () => {
      this.tick();
      if (!this.#stopped) setTimeout(again, TICK_MS);
    };
    again();
    for (const probe of this.probes) this.#watch(probe);
  }

  stop() {
    this.#stopped = true;
  }

  tick() {
    this.sign(SELF);
    this.#usages.push({ at: this.now(), ...this.usage() });
  }

  sign(name) {
    this.#lives.get(name)?.sign(this.now());
  }

  /** An answer to a client, by way of the balancer. */
  answered({ sent, at, backend }) {
    this.sign(backend);
    this.#took.push(at - sent);
    this.#ends.push(at);
    this.#slow.push(this.#slow.at(-1) + (at - sent > SLOW_MS ? 1 : 0));
  }

  /** The longest time between these two in which it gave no sign of life; 0 for one that is not watched. */
  still(name, from, to) {
    return this.#lives.get(name)?.longest(from, to, this.now()) ?? 0;
  }

  /** Whether the machine explains that a request was not answered in time. */
  hindered(names, from, to) {
    const [first, end] = [this.#count(from), this.#count(to)];
    return 2 * (this.#slow[end] - this.#slow[first]) > end - first
      || this.#share(from, to) < FAIR_SHARE
      || [SELF, ...names].some((name) => this.still(name, from, to) >= STILL_MS);
  }

  /** How long all but this share of the answers took at most. */
  quantile(share) {
    this.#took.sort((a, b) => a - b);
    return Math.round(this.#took[Math.floor(this.#took.length * share)] ?? 0);
  }

  /** How quick everything was, for the report. */
  measured(names) {
    const still = [SELF, ...names]
      .map((name) => ({ name, ms: Math.round(this.still(name, 0, this.now())) }))
      .filter(({ ms }) => ms >= SHORT_MS).sort((a, b) => b.ms - a.ms).slice(0, SHOWN);
    const share = Math.round(100 * Math.min(1, this.#share(0, this.now()))) / 100;
    return { share, p50Ms: this.quantile(0.5), p99Ms: this.quantile(0.99), still };
  }

  async #watch({ name, path, ...node }) {
    const jar = new Jar();
    while (!this.#stopped) {
      const { status } = await ask(node, { path, jar });
      if (status !== undefined) this.sign(name);
      await sleep(PROBE_MS);
    }
  }

  /** How much of the processor time that this process wanted between these two it got. */
  #share(from, to) {
    const first = this.#usages.findLast(({ at }) => at <= from) ?? this.#usages[0];
    const last = this.#usages.find(({ at }) => at >= to) ?? this.#usages.at(-1);
    const active = last === undefined ? 0 : last.active - first.active;
    return active > 0 ? (last.cpu - first.cpu) / active : 1;
  }

  /** How many answers had come by then. */
  #count(time) {
    let [low, high] = [0, this.#ends.length];
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.#ends[middle] < time) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}

/** The event loop waits for work, or it wants a processor. */
function ownUsage() {
  const { user, system } = process.cpuUsage();
  return { active: performance.eventLoopUtilization().active, cpu: (user + system) / 1_000 };
}

/** When somebody gave no sign of life. */
class Life {
  #silences = []; // {from, to}
  #last = 0;

  sign(at) {
    if (at - this.#last >= SHORT_MS) this.#silences.push({ from: this.#last, to: at });
    this.#last = Math.max(this.#last, at);
  }

  longest(from, to, now) {
    return [...this.#silences, { from: this.#last, to: now }].reduce(
      (most, silence) => Math.max(most, Math.min(to, silence.to) - Math.max(from, silence.from)), 0);
  }
}
