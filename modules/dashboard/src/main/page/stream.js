import { address, authorization, Refusal } from './api.js';

/** Reads server-sent events out of text that comes in pieces (HTML Standard, section 9.2.6). */
export class EventParser {
  static LONGEST = 64 * 1024 * 1024;

  #onEvent;
  #rest = '';
  #type = '';
  #data = [];

  constructor(onEvent) {
    this.#onEvent = onEvent;
  }

  push(text) {
    // A \r at the end may be half of a line's end.
    let all = this.#rest + text;
    const held = all.endsWith('\r') ? '\r' : '';
    all = held ? all.slice(0, -1) : all;
    const lines = all.split(/\r\n|\n|\r/);
    this.#rest = lines.pop() + held;
    if (this.#rest.length > EventParser.LONGEST) {
      throw new Error('a line without an end');
    }
    lines.forEach(line => this.#line(line));
  }

  #line(line) {
    if (line === '') {
      if (this.#data.length > 0) {
        this.#onEvent(this.#type || 'message', this.#data.join('\n'));
      }
      this.#type = '';
      this.#data = [];
      return;
    }
    const colon = line.indexOf(':');
    const name = colon < 0 ? line : line.slice(0, colon);
    const value = colon < 0 ? '' : line.slice(colon + 1).replace(/^ /, '');
    if (name === 'event') {
      this.#type = value;
    } else if (name === 'data') {
      this.#data.push(value);
    }
  }
}

const FIRST_WAIT = 500;
const LONGEST_WAIT = 5000;

/**
 * Follows a stream of events for as long as somebody wants it, through ends of connections. EventSource could not send a
 * token.
 *
 * on.event(type, data) for each event, on.lost(failure) when it ends (null: as it should, to be begun again), before it is
 * tried again, on.refused(refusal) when it may not be read: then it is over.
 */
export class Followed {
  #path;
  #on;
  #silence;
  #stopped = false;
  #abort = null;
  #wake = null;

  /** silence: milliseconds without a byte, after which the connection counts as dead. */
  constructor(path, on, silence = 20_000) {
    this.#path = path;
    this.#on = on;
    this.#silence = silence;
    this.#run();
  }

  stop() {
    this.#stopped = true;
    this.#abort?.abort();
    this.#wake?.();
  }

  retryNow() {
    this.#wake?.();
  }

  async #run() {
    let wait = FIRST_WAIT;
    while (!this.#stopped) {
      let lost = null;
      try {
        await this.#once(() => {
          wait = FIRST_WAIT;
        });
      } catch (failure) {
        if (this.#stopped) {
          return;
        }
        if (failure instanceof Refusal && (failure.status === 401 || failure.status === 403)) {
          this.#on.refused(failure);
          return;
        }
        // What browsers say of a network that fails is no sentence.
        lost = failure instanceof TypeError ? new Error('it cannot be reached') : failure;
      }
      if (this.#stopped) {
        return;
      }
      this.#on.lost(lost);
      await new Promise(resolve => {
        const timer = setTimeout(resolve, wait);
        this.#wake = () => {
          clearTimeout(timer);
          resolve();
        };
      });
      this.#wake = null;
      wait = Math.min(2 * wait, LONGEST_WAIT);
    }
  }

  async #once(onFirst) {
    const abort = new AbortController();
    this.#abort = abort;
    let timer;
    const alive = () => {
      clearTimeout(timer);
      timer = setTimeout(
        () => abort.abort(new Error(`nothing has come for ${Math.round(this.#silence / 1000)} s`)), this.#silence);
    };
    alive();
    try {
      const response = await fetch(address(this.#path), {
        headers: { Accept: 'text/event-stream', ...authorization() },
        cache: 'no-store',
        signal: abort.signal
      });
      if (!response.ok) {
        throw await Refusal.of(response);
      }
      const parser = new EventParser((type, data) => this.#stopped || this.#on.event(type, data));
      const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
      for (let { done, value } = await reader.read(); !done; { done, value } = await reader.read()) {
        alive();
        onFirst();
        parser.push(value);
      }
    } finally {
      clearTimeout(timer);
      abort.abort();
    }
  }
}
