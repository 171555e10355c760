const KEPT = 8;

/**
 * What one client saw: its current residence (backend and process), all former ones, and the
 * visits counted there. Nothing is judged here except visits; see Ledger.
 */
export class Track {
  constructor(name, kind) {
    this.name = name;
    this.kind = kind; // 'http' or 'socket'
    this.homes = []; // {backend, pid, from, last, story}: where it lived, in order, and when it was seen there
    this.gaps = [];
    this.lost = 0; // requests without an answer, which may have been counted, or may be yet
    this.visits = undefined;
    this.recent = [];
  }

  get home() {
    return this.homes.at(-1);
  }

  answer({ at, node, backend, pid, visits, via = 'GET' }) {
    const stays = this.home && this.home.backend === backend && (pid === undefined || (this.home.pid ?? pid) === pid);
    this.#note(at, `${via} ${node} -> ${backend}${pid === undefined ? '' : `/${pid}`}${visits === undefined ? '' : ` visit ${visits}`}`);
    if (!stays) {
      this.homes.push({ backend, pid, from: at, story: this.story() });
      this.visits = undefined;
      this.lost = 0; // at the home before
    } else {
      this.home.pid ??= pid; // the answer to a POST names no process
    }
    this.home.last = at;
    if (visits === undefined) return;
    // The backend may have counted a request whose answer was lost with a node, or may do so after a
    // client's patience has ended: so many may be missing, but the number can never stand still or go down.
    const missing = this.visits === undefined ? 0 : visits - this.visits - 1;
    if (missing < 0 || missing > this.lost) {
      this.gaps.push({ at, text: `${this.name}: visits ${this.visits} then ${visits} on ${backend}, lost ${this.lost}: ${this.story()}` });
    }
    this.visits = visits;
    this.lost = Math.max(0, this.lost - Math.max(0, missing));
  }

  failed({ at, node, method, what, counted }) {
    this.#note(at, `${method} ${node} -> ${what}`);
    if (counted) this.lost++;
  }

  story() {
    return this.recent.join('; ');
  }

  #note(at, text) {
    this.recent.push(`${(at / 1000).toFixed(3)}s ${text}`);
    if (this.recent.length > KEPT) this.recent.shift();
  }
}
