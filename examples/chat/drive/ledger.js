import { TIMEOUT_MS } from './nodes.js';
import { Pulse } from './pulse.js';
import { Track } from './track.js';

// A mark that is not waited for comes through a pipe and may be read a moment after what it announces
// has been felt; therefore nothing is judged until the report, and then with this much tolerance.
const MARK_LATE_MS = 500;
// A node's death is perhaps marked only after the kill has been confirmed.
const NODE_MARK_LATE_MS = 2_000;
// Who has given no sign of life for about as long as Limpet's health.dead-after may be taken for dead.
const DEAD_MS = 9_000;
const SHOWN = 10;

/** Collects what all clients saw and what the parent marked, and judges at the report. */
export class Ledger {
  #clock;
  #start;
  #tracks = [];
  #failures = [];
  #backendKills = []; // {backend, at, gone}
  #nodeDeaths = []; // {url, from, to}
  #disagreements = []; // {track, from, at, text}
  requests = 0;

  /** @param clock of milliseconds; for `usage` see Pulse */
  constructor({ probes = [], clock = () => performance.now(), usage } = {}) {
    this.#clock = clock;
    this.#start = clock();
    this.pulse = new Pulse({ now: () => this.now(), probes, usage });
  }

  now() {
    return this.#clock() - this.#start;
  }

  track(name, kind) {
    const track = new Track(name, kind);
    this.#tracks.push(track);
    return track;
  }

  /** It dies from now on; it is gone when backendGone() says so. */
  backendKilled(backend) {
    this.#backendKills.push({ backend, at: this.now(), gone: this.now() });
  }

  backendGone(backend) {
    const kill = this.#backendKills.findLast((one) => one.backend === backend);
    if (!kill) throw new Error(`nobody has killed "${backend}"`);
    kill.gone = this.now();
  }

  nodeKilled(url) {
    this.#nodeDeaths.push({ url, from: this.now(), to: Infinity });
  }

  nodeBack(url) {
    for (const death of this.#nodeDeaths) {
      if (death.url === url && death.to === Infinity) death.to = this.now();
    }
  }

  answered(track, { sent, node, ...me }) {
    const at = this.now();
    this.pulse.answered({ sent, at, backend: me.backend });
    track.answer({ at, node: node.url, ...me });
  }

  /** An attempt without a good answer: one with another status, or none and a code; `begun` if it was cut. */
  failed(track, { sent, node, method, status, code, begun, retried }) {
    const at = this.now();
    const what = code ?? status;
    // A refused connection carried nothing, so no backend can have counted it.
    track.failed({ at, node: node.url, method, what, counted: method === 'GET' && code !== 'ECONNREFUSED' });
    this.#failures.push({ sent, at, url: node.url, method, status, what, begun, retried, track, backend: track.home?.backend, story: track.story() });
  }

  /** The nodes named several homes of one client since `from`. */
  disagreement(track, { from, text }) {
    this.#disagreements.push({ track, from, at: this.now(), text });
  }

  /** Changes of residence for which no backend had to die; `unjudged` where it had stood still for so long that it might have. */
  changes(track) {
    const out = { broken: [], unjudged: [] };
    for (let i = 1; i < track.homes.length; i++) {
      const [left, next] = [track.homes[i - 1], track.homes[i]];
      if (this.#killIn(track, i - 1)) continue;
      const still = this.#mayBeDead(left, next);
      out[still ? 'unjudged' : 'broken'].push(`${track.name}: left ${still ? 'silent' : 'living'} ${left.backend} for ${next.backend}: ${next.story}`);
    }
    return out;
  }

  /**
   * What goes against the balancer is in `violations`, what goes against the machine in `unserved`.
   * @param sockets {from, total, back, wrong: string[], missing: string[]} as the sockets were found since `from`
   */
  report({ from = 0, total, back, wrong, missing = [] }) {
    const http = this.#tracks.filter((track) => track.kind === 'http');
    const changes = http.map((track) => this.changes(track));
    const gaps = this.#tracks.flatMap((track) => track.gaps);
    const moves = this.#moves(http);
    const failures = this.#judgeFailures();
    const disagreements = this.#disagreements.filter((one) => !this.#isExcused(one));
    const silent = http.filter((track) => track.homes.length === 0).map((track) => `${track.name}: never got an answer`);
    const hindered = this.pulse.hindered(this.#unkilled(this.#names()), from, this.now());
    const broken = [
      changes.flatMap((one) => one.broken), moves.texts, gaps.map((gap) => gap.text), failures.texts,
      disagreements.map((one) => one.text), wrong, hindered ? [] : missing,
    ];
    const unserved = [
      changes.flatMap((one) => one.unjudged), moves.unseen, failures.unserved, silent, hindered ? missing : [],
    ];
    const count = (lists) => lists.reduce((sum, list) => sum + list.length, 0);
    return {
      requests: this.requests,
      retriedNodeDead: failures.retriedNodeDead,
      errors: failures.errors,
      errorsExcused: failures.errorsExcused,
      changedWhileAlive: count(changes.map((one) => one.broken)),
      sessionsOfDeadBackend: moves.sessions,
      movedOnce: moves.once,
      movedMoreThanOnce: moves.more,
      disagreements: disagreements.length,
      visitGaps: gaps.length,
      socketsTotal: total,
      socketsBack: back,
      socketsWrong: wrong.length,
      violations: fairShare(broken),
      unserved: count(unserved),
      unservedExamples: fairShare(unserved),
      machine: this.pulse.measured(this.#unkilled(this.#names())),
      pass: count(broken) + count(unserved) === 0 && back === total,
    };
  }

  /** The kill that ended residence i, or undefined: a kill of that backend while it lasted. */
  #killIn(track, i) {
    const home = track.homes[i];
    const end = track.homes[i + 1]?.from ?? Infinity;
    return this.#backendKills.find((kill) => kill.backend === home.backend
      && kill.at >= home.from - MARK_LATE_MS && kill.at <= end + MARK_LATE_MS);
  }

  #mayBeDead(left, next) {
    return this.pulse.still(left.backend, left.last, next.from) >= DEAD_MS;
  }

  #isExcused({ track, from, at }) {
    return track.homes.some((next, i) => i > 0 && next.from >= from && next.from <= at
      && this.#mayBeDead(track.homes[i - 1], next));
  }

  /** Per killed session: the changes from its dead home up to the next home that was killed. */
  #moves(tracks) {
    const out = { sessions: 0, once: 0, more: 0, texts: [], unseen: [] };
    for (const track of tracks) {
      const killed = track.homes.flatMap((_, i) => (this.#killIn(track, i) ? [i] : []));
      killed.forEach((i, k) => {
        const moves = track.homes.slice(i + 1, (killed[k + 1] ?? track.homes.length - 1) + 1)
          .filter((next, n) => n === 0 || !this.#mayBeDead(track.homes[i + n], next)).length;
        out.sessions++;
        if (moves === 1) out.once++;
        else if (moves === 0) out.unseen.push(`${track.name}: no answer since ${track.homes[i].backend} was killed: ${track.story()}`);
        else {
          out.more++;
          out.texts.push(`${track.name}: moved ${moves} times after ${track.homes[i].backend} was killed: ${track.story()}`);
        }
      });
    }
    return out;
  }

  #judgeFailures() {
    const out = { retriedNodeDead: 0, errors: 0, errorsExcused: 0, texts: [], unserved: [] };
    // Where answers take so long, a death is heard of so much later.
    const late = MARK_LATE_MS + this.pulse.quantile(0.99);
    for (const f of this.#failures) {
      // Without any status the node itself failed us; was it dead at some time of this request?
      const nodeDead = f.status === undefined && this.#nodeDeaths.some((death) => death.url === f.url
        && f.at >= death.from - NODE_MARK_LATE_MS && f.sent <= death.to);
      // A POST must not be repeated by the balancer, so one that was in flight may be lost. Once its answer
      // had begun, nothing but a connection that is cut can tell the client.
      const lost = f.status >= 500 || (f.begun && f.what === 'ECONNRESET');
      const inFlight = f.method === 'POST' && lost && this.#backendKills.some((kill) =>
        kill.backend === f.backend && f.sent <= kill.gone + late && f.at >= kill.at - MARK_LATE_MS);
      if (nodeDead && f.retried) out.retriedNodeDead++;
      else if (nodeDead || inFlight) out.errorsExcused++;
      else if (this.#machineFailed(f)) {
        out.unserved.push(`${f.track.name}: ${f.method} at ${f.url}: no answer in ${TIMEOUT_MS / 1000} s: ${f.story}`);
      } else {
        out.errors++;
        if (out.texts.length < SHOWN) out.texts.push(`${f.track.name}: ${f.method} at living ${f.url}: ${f.what}: ${f.story}`);
      }
    }
    return out;
  }

  /** Whether nobody has refused the request, and the machine explains why nobody has answered it either. */
  #machineFailed(f) {
    const others = f.backend ? [f.backend, f.url] : this.#names();
    return f.what === 'ETIMEDOUT' && this.pulse.hindered(this.#unkilled(others), f.sent, f.at);
  }

  #names() {
    return this.pulse.probes.map((probe) => probe.name);
  }

  /** The silence of the killed explains nothing. */
  #unkilled(names) {
    const killed = [...this.#backendKills.map((kill) => kill.backend), ...this.#nodeDeaths.map((death) => death.url)];
    return names.filter((name) => !killed.includes(name));
  }
}

/** Up to ten strings, from each kind in turn, so that a flood of one does not hide the others. */
function fairShare(lists) {
  const shown = [];
  for (let i = 0; shown.length < SHOWN && lists.some((list) => i < list.length); i++) {
    for (const list of lists) if (i < list.length && shown.length < SHOWN) shown.push(list[i]);
  }
  return shown;
}
