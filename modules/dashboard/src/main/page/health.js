import { duration, percent, plural, time } from './format.js';

/** How well something is: ok, busy (on its way, or as somebody wants it), off, warn, bad. */

/** A server's condition in one word, the worst first. */
export function serverCondition(server, now) {
  if (server.health === 'dead') {
    return { level: 'bad', word: 'Dead', why: server.reason };
  }
  if (server.state === 'down') {
    return { level: 'off', word: 'Down', why: 'Somebody has ordered it: it gets no requests.' };
  }
  if (server.ejected) {
    const left = (server.ejected.until - now) / 1000;
    return {
      level: 'warn',
      word: 'Ejected',
      why: server.ejected.reason || server.reason,
      until: left > 0 ? `for ${duration(left)} more` : 'ends now'
    };
  }
  if (server.health === 'suspect') {
    return { level: 'warn', word: 'Suspect', why: server.reason };
  }
  if (server.state === 'drain') {
    return { level: 'busy', word: 'Draining', why: 'It keeps its clients and gets no new ones.' };
  }
  if (server.slowStart != null && server.slowStart < 1) {
    return { level: 'busy', word: 'Starting', why: `It gets ${percent(server.slowStart)} of its weight so far.` };
  }
  return { level: 'ok', word: 'Up', why: '' };
}

export function isServerWell(server, now) {
  return serverCondition(server, now).level === 'ok';
}

export function takesNewClients(server) {
  return server.health !== 'dead' && server.state === 'up' && !server.ejected;
}

export function nodeCondition(node) {
  if (node.answers === false) {
    return { level: 'bad', word: 'No answer', why: node.age == null ? '' : `for ${duration(node.age)}` };
  }
  if (node.reachable === false) {
    return { level: 'bad', word: 'Unreachable', why: 'The cluster does not reach it.' };
  }
  if (!node.ready) {
    return { level: 'bad', word: 'Not ready', why: node.waitingFor ? `It waits for ${node.waitingFor}.` : '' };
  }
  if (node.degraded || node.waitingFor) {
    return { level: 'warn', word: 'Degraded', why: node.waitingFor ? `It waits for ${node.waitingFor}.` : '' };
  }
  if (node.status && node.status !== 'up') {
    return { level: 'busy', word: node.status[0].toUpperCase() + node.status.slice(1), why: '' };
  }
  return { level: 'ok', word: 'Ready', why: '' };
}

/** The share of requests that went wrong of late; null where there were none. */
export function errorShare(figures) {
  const { requests, errors } = figures?.rate ?? {};
  return requests > 0 && errors != null ? Math.min(1, errors / requests) : null;
}

/** All that somebody should look at, the worst first. */
export function troubles(live) {
  const found = [];
  const add = (level, text, href) => found.push({ level, text, href });
  for (const node of live.nodes ?? []) {
    const { level, word, why } = nodeCondition(node);
    if (level === 'bad' || level === 'warn') {
      add(level, `${node.name}: ${word.toLowerCase()}${why ? ', ' + lower(why) : ''}`, '#/cluster');
    }
    if (node.journal) {
      add('warn', `${node.name} cannot write changes down: ${node.journal}`, '#/changes');
    }
    if (node.answers !== false && node.loopLag?.p99 > 0.1) {
      add('warn', `${node.name}: its event loops are ${time(node.loopLag.p99)} late (p99)`, '#/cluster');
    }
    if (node.answers !== false && node.heapMax > 0 && node.heapUsed / node.heapMax > 0.95) {
      add('warn', `${node.name}: its heap is nearly full`, '#/cluster');
    }
  }
  for (const upstream of live.upstreams ?? []) {
    const href = '#/upstreams';
    const servers = upstream.servers ?? [];
    if (servers.length > 0 && !servers.some(takesNewClients)) {
      add('bad', `${upstream.name} has no server that takes new clients`, href);
    }
    for (const server of servers) {
      const { level, word, why } = serverCondition(server, live.time);
      if (level === 'bad' || level === 'warn') {
        add(level, `${server.id}: ${word.toLowerCase()}${why ? ', ' + why : ''}`, href);
      }
    }
    const share = errorShare(upstream.figures);
    if (share > 0.01 && upstream.figures.rate.errors >= 0.2) {
      add(share > 0.05 ? 'bad' : 'warn', `${upstream.name}: ${percent(share)} of its requests fail`, href);
    }
    if (upstream.queued > 0) {
      add('warn', `${upstream.name}: ${plural(upstream.queued, 'request')} ${upstream.queued === 1 ? 'waits' : 'wait'} for a server with room`, href);
    }
  }
  if (live.sessions?.agreement === false) {
    add('warn', 'the session tables of the nodes do not agree yet', '#/sessions');
  }
  return found.sort((one, other) => (one.level === 'bad' ? 0 : 1) - (other.level === 'bad' ? 0 : 1));
}

function lower(sentence) {
  return (sentence[0].toLowerCase() + sentence.slice(1)).replace(/\.$/, '');
}
