import { Track } from './track.js';

// A mark comes through a pipe and may be read a moment after what it announces has been felt;
// therefore nothing is judged until the report, and then with this much tolerance.
const MARK_LATE_MS = 500;
// A node's death is perhaps marked only after the kill has been confirmed.
const NODE_MARK_LATE_MS = 2_000;
const SHOWN = 10;

/** Collects what all clients saw and what the parent marked, and judges at the report. */
export class Ledger {
  #start = performance.now();
  #tracks = [];
  #failures = [];
  #backendKills = []; // {backend, at}
  #nodeDeaths = []; // {url, from, to}
  #disagreements = [];
  requests = 0;

  now() {
    return performance.now() - this.#start;
  }

  track(name, kind) {
    const track = new Track(name, kind);
    this.#tracks.push(track);
    return track;
  }

  backendKilled(backend) {
    this.#backendKills.push({ backend, at: this.now() });
  }

  nodeKilled(url) {
    this.#nodeDeaths.push({ url, from: this.now(), to: Infinity });
  }

  nodeBack(url) {
    for (const death of this.#nodeDeaths) {
      if (death.url === url && death.to === Infinity) death.to = this.now();
    }
  }

  /** An attempt without a good answer: one with another status, or none and a code; `begun` if it was cut. */
  failed(track, { sent, node, method, status, code, begun, retried }) {
    const at = this.now();
    const what = code ?? status;
    // A refused connection carried nothing, so no backend can have counted it.
    track.failed({ at, node: node.url, method, what, counted: method === 'GET' && code !== 'ECONNREFUSED' });
    this.#failures.push({ sent, at, url: node.url, method, status, what, begun, retried, track, backend: track.home?.backend, story: track.story() });
  }

  disagreement(text) {
    this.#disagreements.push(text);
  }

  /** Changes of residence for which no backend had to die. */
  unexcusedChanges(track) {
    const bad = [];
    for (let i = 1; i < track.homes.length; i++) {
      if (!this.#killIn(track, i - 1)) bad.push({ at: track.homes[i].from, text: `${track.name}: left living ${track.homes[i - 1].backend} for ${track.homes[i].backend}: ${track.homes[i].story}` });
    }
    return bad;
  }

  /** @param sockets {total, back, wrong: string[]} as the sockets were found just now */
  report(sockets) {
    const http = this.#tracks.filter((track) => track.kind === 'http');
    const changes = http.flatMap((track) => this.unexcusedChanges(track));
    const gaps = this.#tracks.flatMap((track) => track.gaps);
    const moves = this.#moves(http);
    const failures = this.#judgeFailures();
    const silent = http.filter((track) => track.homes.length === 0).map((track) => `${track.name}: never got an answer`);
    const lists = [
      changes.map((c) => c.text), moves.texts, gaps.map((g) => g.text), failures.texts,
      this.#disagreements, sockets.wrong, silent,
    ];
    return {
      requests: this.requests,
      retriedNodeDead: failures.retriedNodeDead,
      errors: failures.errors,
      errorsExcused: failures.errorsExcused,
      changedWhileAlive: changes.length,
      sessionsOfDeadBackend: moves.sessions,
      movedOnce: moves.once,
      movedMoreThanOnce: moves.more,
      disagreements: this.#disagreements.length,
      visitGaps: gaps.length,
      socketsTotal: sockets.total,
      socketsBack: sockets.back,
      socketsWrong: sockets.wrong.length,
      violations: fairShare(lists),
      pass: lists.every((list) => list.length === 0) && sockets.back === sockets.total,
    };
  }

  /** The kill that ended residence i, or undefined: a kill of that backend while it lasted. */
  #killIn(track, i) {
    const home = track.homes[i];
    const end = track.homes[i + 1]?.from ?? Infinity;
    return this.#backendKills.find((kill) => kill.backend === home.backend
      && kill.at >= home.from - MARK_LATE_MS && kill.at <= end + MARK_LATE_MS);
  }

  /** Per killed session: the changes from its dead home up to the next home that was killed. */
  #moves(tracks) {
    const out = { sessions: 0, once: 0, more: 0, texts: [] };
    for (const track of tracks) {
      const killed = track.homes.flatMap((_, i) => (this.#killIn(track, i) ? [i] : []));
      killed.forEach((i, k) => {
        const changes = (killed[k + 1] ?? track.homes.length - 1) - i;
        out.sessions++;
        if (changes === 1) out.once++;
        else if (changes > 1) out.more++;
        if (changes !== 1) out.texts.push(`${track.name}: moved ${changes} times after ${track.homes[i].backend} was killed: ${track.story()}`);
      });
    }
    return out;
  }

  #judgeFailures() {
    const out = { retriedNodeDead: 0, errors: 0, errorsExcused: 0, texts: [] };
    for (const f of this.#failures) {
      // Without any status the node itself failed us; was it dead at some time of this request?
      const nodeDead = f.status === undefined && this.#nodeDeaths.some((death) => death.url === f.url
        && f.at >= death.from - NODE_MARK_LATE_MS && f.sent <= death.to);
      // A POST must not be repeated by the balancer, so one that was in flight may be lost. Once its answer
      // had begun, nothing but a connection that is cut can tell the client.
      const lost = f.status >= 500 || (f.begun && f.what === 'ECONNRESET');
      const inFlight = f.method === 'POST' && lost && this.#backendKills.some((kill) =>
        kill.backend === f.backend && f.sent <= kill.at + MARK_LATE_MS && f.at >= kill.at - MARK_LATE_MS);
      if (nodeDead && f.retried) out.retriedNodeDead++;
      else if (nodeDead || inFlight) out.errorsExcused++;
      else {
        out.errors++;
        if (out.texts.length < SHOWN) out.texts.push(`${f.track.name}: ${f.method} at living ${f.url}: ${f.what}: ${f.story}`);
      }
    }
    return out;
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
