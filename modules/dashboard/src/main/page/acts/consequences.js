import { percent, plural } from '../format.js';
import { takesNewClients } from '../health.js';

/**
 * What an act at a server will do, a sentence each, as far as this page knows. sessions: how many in the table belong to the
 * server; null where nobody has said.
 */
export function consequences(act, server, upstream, sessions, weight) {
  const under = server.figures?.active ?? 0;
  const underWay = under === 0
    ? 'No request is under way at it now.'
    : `${plural(under, 'request')} ${under === 1 ? 'is' : 'are'} under way at it, and ${under === 1 ? 'goes' : 'go'} on to the end.`;
  const move = sessions == null
    ? 'Sessions that belong to it move to other servers with their next request.'
    : `${plural(sessions, 'session')} in the table ${sessions === 1 ? 'moves' : 'move'} to other servers, and so do clients whose cookie names it.`;
  switch (act) {
    case 'drain':
      return [
        'It gets no new clients, at any node.',
        sessions == null
          ? 'Clients that belong to it stay until their sessions end.'
          : `${plural(sessions, 'session')} in the table ${sessions === 1 ? 'stays' : 'stay'} with it to the end; clients whose cookie names it stay, too.`,
        underWay
      ];
    case 'down':
      return ['It gets no more requests, at any node.', move, underWay];
    case 'up':
      return ['It takes new clients again, at every node.'];
    case 'weight': {
      const others = upstream.servers
        .filter(other => other.id !== server.id && takesNewClients(other) && !other.backup)
        .reduce((sum, other) => sum + other.weight, 0);
      const share = own => own / (own + others);
      return weight >= 1
        ? [`Its share of new clients goes from ${percent(share(server.weight))} to ${percent(share(weight))}. Clients that it has stay.`]
        : [];
    }
    case 'remove':
      return [
        'It is no longer in the upstream, at any node.',
        move,
        underWay,
        ...(server.source === 'file'
          ? ['The settings file lists it still: undoing this change, or discarding all changes, brings it back.']
          : [])
      ];
    default:
      return [];
  }
}

/** Whether no other server would be left for new clients. */
export function isLast(act, server, upstream) {
  return ['drain', 'down', 'remove'].includes(act)
    && !upstream.servers.some(other => other.id !== server.id && takesNewClients(other));
}
