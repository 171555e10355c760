import { useEffect, useReducer } from 'preact/hooks';
import { ask, hasToken, setToken } from './api.js';
import { Series } from './series.js';
import { Followed } from './stream.js';

/**
 * What the page knows, in one object that is replaced by a changed copy; and what keeps it up to date.
 *
 * access: checking | open | token (one is asked for) | refused
 * connection: connecting | live | lost
 */
let state = {
  access: 'checking',
  refusal: null,
  who: null,
  connection: 'connecting',
  lostSince: 0,
  lostWhy: '',
  live: null,
  receivedAt: 0,
  events: [],
  page: null
};

/** The last ten minutes of everything that has figures, a value each second. */
export const FIELDS = ['requests', 'errors', 'p50', 'p99', 'active'];
export const series = new Series(FIELDS);

const MOST_EVENTS = 1000;
const SILENCE = 8000;
const UNSEEN = 60_000;
const GLANCE = 10_000;

const listeners = new Set();
let scheduled = false;
let stream = null;
let retry = 0;
let unseen = 0;
let asleep = false;

export function now() {
  return state;
}

export function update(patch) {
  state = { ...state, ...patch };
  if (!scheduled) {
    scheduled = true;
    // Not requestAnimationFrame, which stands still while the tab is hidden.
    setTimeout(() => {
      scheduled = false;
      if (!document.hidden) {
        listeners.forEach(listener => listener());
      }
      title();
    }, 30);
  }
}

document.addEventListener('visibilitychange', () => document.hidden || update({}));

export function useLive() {
  const [, render] = useReducer(n => n + 1, 0);
  useEffect(() => {
    listeners.add(render);
    return () => listeners.delete(render);
  }, []);
  return state;
}

let titled = () => 'Limpet';

/** Has the tab's title made by this, of the state. */
export function titleBy(maker) {
  titled = maker;
}

function title() {
  const text = titled(state);
  if (document.title !== text) {
    document.title = text;
  }
}

/** Finds out who asks, and follows what the cluster does. */
export async function start() {
  stream?.stop();
  stream = null;
  asleep = false;
  clearTimeout(retry);
  update({ access: 'checking', refusal: null });
  try {
    const { body } = await ask('api/v1/whoami');
    update({ access: 'open', who: body, connection: 'connecting' });
    follow();
  } catch (failure) {
    if (failure.status === 401 || failure.status === 429) {
      update({ access: 'token', refusal: hasToken() ? failure : null });
    } else if (failure.status === 403) {
      update({ access: 'refused', refusal: failure });
    } else {
      lost(failure.message);
      update({ access: state.who ? 'open' : 'checking' });
      retry = setTimeout(start, 2000);
    }
  }
}

export function signIn(token) {
  setToken(token);
  return start();
}

export function signOut() {
  setToken('');
  update({ live: null, events: [], who: null });
  start();
}

export function retryNow() {
  stream?.retryNow();
}

window.addEventListener('online', retryNow);

function follow() {
  stream?.stop();
  stream = new Followed('api/v1/live/stream', {
    event(type, data) {
      if (type === 'live') {
        received(JSON.parse(data));
      } else if (type === 'event') {
        happened([JSON.parse(data)]);
      }
    },
    lost(failure) {
      if (failure?.status === 429) {
        // As many streams as an address may have: a look at a time does as well.
        look();
      } else if (failure) {
        lost(failure.message);
      }
    },
    refused(refusal) {
      update({ access: refusal.status === 401 ? 'token' : 'refused', refusal });
    }
  }, SILENCE);
}

/** A browser has few connections to a host: a tab that nobody sees for a while leaves its own to others. */
document.addEventListener('visibilitychange', () => {
  clearTimeout(unseen);
  if (!document.hidden) {
    if (asleep) {
      asleep = false;
      follow();
    }
  } else if (stream) {
    unseen = setTimeout(() => {
      asleep = true;
      stream.stop();
      stream = null;
      glance();
    }, UNSEEN);
  }
});

async function glance() {
  while (asleep) {
    await look();
    await new Promise(resolve => setTimeout(resolve, GLANCE));
  }
}

async function look() {
  try {
    received((await ask('api/v1/live')).body);
  } catch (failure) {
    lost(failure.message);
  }
}

function lost(why) {
  update({
    connection: 'lost',
    lostWhy: why,
    lostSince: state.connection === 'lost' ? state.lostSince : Date.now()
  });
}

function received(live) {
  series.push(live.time / 1000, figures(live));
  const again = state.connection !== 'live';
  update({ live, receivedAt: Date.now(), connection: 'live', lostSince: 0 });
  if (again) {
    catchUp();
  }
}

/** What has happened before the stream began, or while there was none. */
async function catchUp() {
  try {
    const { body } = await ask('api/v1/events');
    happened(body.events ?? []);
  } catch {
    // The stream goes on without; what comes is in it.
  }
}

function happened(events) {
  const known = new Set(state.events.map(key));
  const news = events.filter(event => !known.has(key(event)));
  if (news.length > 0) {
    update({
      events: [...news, ...state.events].sort((one, other) => other.time - one.time).slice(0, MOST_EVENTS)
    });
  }
}

function key(event) {
  return `${event.time} ${event.node} ${event.kind} ${event.subject} ${event.text}`;
}

function* figures(live) {
  yield ['total', values(live.total)];
  for (const node of live.nodes ?? []) {
    if (node.answers !== false) {
      yield ['node ' + node.name, values(node.figures)];
    }
  }
  for (const upstream of live.upstreams ?? []) {
    yield ['upstream ' + upstream.name, values(upstream.figures)];
    for (const server of upstream.servers ?? []) {
      yield ['server ' + server.id, values(server.figures)];
    }
  }
  for (const route of live.routes ?? []) {
    yield ['route ' + routeKey(route), values(route.figures)];
  }
}

export function routeKey(route) {
  return `${route.listener} ${route.route} ${route.upstream}`;
}

function values(figures) {
  return [
    figures?.rate?.requests, figures?.rate?.errors, figures?.latency?.p50, figures?.latency?.p99, figures?.active
  ];
}
