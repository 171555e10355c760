/** What the API lets this page's user do; who has only looks sees no buttons. */

export function mayWrite(who) {
  return who?.role === 'write' || who?.role === 'admin';
}

export function isAdmin(who) {
  return who?.role === 'admin';
}
