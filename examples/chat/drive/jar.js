// One client's cookies. Also handed to engine.io-client in place of its own jar (same three
// methods), because that one is thrown away with each connection and ours must outlive them.
export class Jar {
  #cookies = new Map();

  /** @param {string[]|undefined} lines the Set-Cookie headers of one answer */
  parseCookies(lines) {
    for (const line of lines ?? []) {
      const [pair, ...attributes] = line.split(';');
      const eq = pair.indexOf('=');
      if (eq < 1) continue;
      const name = pair.slice(0, eq).trim();
      if (attributes.some(expired)) this.#cookies.delete(name);
      else this.#cookies.set(name, pair.slice(eq + 1).trim());
    }
  }

  get header() {
    return [...this.#cookies].map(([name, value]) => `${name}=${value}`).join('; ');
  }

  /** For engine.io-client's WebSocket transport. */
  get cookies() {
    return [...this.#cookies].map(([name, value]) => [name, { value }]);
  }

  /** For engine.io-client's polling transport. */
  addCookies(xhr) {
    if (this.#cookies.size === 0) return;
    xhr.setDisableHeaderCheck(true);
    xhr.setRequestHeader('cookie', this.header);
  }
}

// A run lasts minutes: only the deletion of a cookie matters, not its later expiry.
function expired(attribute) {
  const [key, value = ''] = attribute.trim().split('=');
  if (/^max-age$/i.test(key)) return !(Number(value) > 0);
  if (/^expires$/i.test(key)) return !(Date.parse(value) > Date.now());
  return false;
}
