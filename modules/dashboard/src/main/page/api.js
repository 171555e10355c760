/** The API of the node that this page is from. Addresses are relative: a proxy may have put the page under a path. */

const TOKEN = 'limpet.token';

let token = stored();

function stored() {
  try {
    return sessionStorage.getItem(TOKEN) ?? '';
  } catch {
    return '';
  }
}

/** Keeps it for this tab, and no longer than that; empty forgets it. */
export function setToken(next) {
  token = next;
  try {
    if (next) {
      sessionStorage.setItem(TOKEN, next);
    } else {
      sessionStorage.removeItem(TOKEN);
    }
  } catch {
    // A browser that keeps nothing: the page has it until it is loaded again.
  }
}

export function hasToken() {
  return token !== '';
}

export function authorization() {
  return token ? { Authorization: 'Bearer ' + token } : {};
}

export function address(path) {
  return new URL(path, new URL('.', document.baseURI)).href;
}

/** An answer that says no: its status, and its problem details (RFC 9457). */
export class Refusal extends Error {
  constructor(status, problem) {
    super(problem.detail ?? `the node answers with ${status}`);
    this.status = status;
    this.problem = problem;
  }

  static async of(response) {
    let problem = {};
    try {
      problem = await response.json();
    } catch {
      // A proxy's page, perhaps.
    }
    return new Refusal(response.status, problem && typeof problem === 'object' ? problem : {});
  }
}

/** Asks, and gives { body, etag, status }. Throws a Refusal, or an Error where nobody answers. */
export async function ask(path, { method = 'GET', body, ifMatch, signal } = {}) {
  const headers = { Accept: 'application/json', ...authorization() };
  if (method !== 'GET') {
    headers['Content-Type'] = 'application/json';
  }
  if (ifMatch) {
    headers['If-Match'] = ifMatch;
  }
  let response;
  try {
    response = await fetch(address(path), {
      method,
      headers,
      body: body === undefined ? undefined : JSON.stringify(body),
      cache: 'no-store',
      signal: signal ?? AbortSignal.timeout(20_000)
    });
  } catch (failure) {
    throw new Error(failure.name === 'TimeoutError' ? 'no answer for 20 s' : 'the node cannot be reached');
  }
  if (!response.ok) {
    throw await Refusal.of(response);
  }
  const type = response.headers.get('Content-Type') ?? '';
  return {
    body: type.includes('json') ? await response.json() : await response.text(),
    etag: response.headers.get('ETag'),
    status: response.status
  };
}

export function serverPath(id) {
  const slash = id.indexOf('/');
  return serversPath(id.slice(0, slash)) + '/' + encodeURIComponent(id.slice(slash + 1));
}

export function serversPath(upstream) {
  return `api/v1/upstreams/${encodeURIComponent(upstream)}/servers`;
}
