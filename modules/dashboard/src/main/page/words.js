/** What the API's words mean, for people. */

/** Limpet's failure table. */
export const FAILURES = {
  NO_ROUTE: 'no route for this host and path',
  METHOD_NOT_ALLOWED: 'no route takes this method',
  BAD_REQUEST: 'the request is not valid',
  LOOP: 'the request has come back to the node that sent it on',
  BODY_TOO_LARGE: 'the request body is too large',
  BODY_TIMEOUT: 'the request body did not come in time',
  NO_SERVER: 'no server is available',
  TOO_MANY_REQUESTS: 'too many requests are under way',
  TOO_MANY_CONNECTIONS: 'too many connections are open',
  QUEUE_FULL: 'too many requests are waiting',
  QUEUE_TIMEOUT: 'no server had room in time',
  CONNECT_REFUSED: 'the server cannot be reached',
  CONNECT_TIMEOUT: 'the server cannot be reached in time',
  TLS_FAILED: 'no secure connection to the server',
  RESET: 'the server closed the connection',
  BAD_RESPONSE: "the server's response is not valid",
  RESPONSE_TIMEOUT: 'the server did not answer in time',
  REQUEST_TIMEOUT: 'the request took too long',
  CLIENT_GONE: 'the client closed the connection',
  INTERNAL: 'the request could not be handled',
  status: 'an answer that another server was to give better'
};

export function failure(name) {
  return FAILURES[name] ?? name.toLowerCase().replaceAll('_', ' ');
}

export const SOURCES = {
  file: 'the settings file',
  change: 'a change at run time',
  api: 'a change at run time',
  dns: 'DNS',
  kubernetes: 'Kubernetes',
  elsewhere: "another node's settings"
};

/** Why a request went where it went, a sentence each. */
export function explained(request, balance) {
  const says = [];
  if (!request.upstream) {
    says.push(request.route
      ? `Route ${request.route} of ${request.listener || 'its listener'} answers by itself and asks no server.`
      : `No route of ${request.listener || 'its listener'} takes ${request.host || 'this host'} and this path.`);
  } else {
    says.push(`Route ${request.route || '/'} of ${request.listener || 'its listener'} sends it to ${request.upstream}.`);
    const server = request.server ?? request.attempts?.at(-1)?.server;
    const by = balance ? ` (${balance})` : '';
    const sentences = {
      none: `Nothing binds this client to a server, so the balance of ${request.upstream}${by} picked one.`,
      new: `The client had no session. It was bound to ${server ?? 'a server'}, which the balance${by} picked.`,
      kept: `The client has a session, and ${server ?? 'the server'} is where it belongs.`,
      moved: `The server of the client's session was gone or full, so the session moved to ${server ?? 'another one'}.`
    };
    if (sentences[request.affinity]) {
      says.push(sentences[request.affinity]);
    }
  }
  if (request.tunnel) {
    says.push(request.tunnel === 'opened' ? 'It became a tunnel, such as a WebSocket.' : 'Its tunnel, such as a WebSocket, has ended.');
  }
  const tries = request.attempts?.length ?? 0;
  if (tries > 1) {
    says.push(`It took ${tries} attempts.`);
  }
  if (request.failure) {
    says.push(`It failed: ${failure(request.failure)}.`);
  }
  return says;
}
