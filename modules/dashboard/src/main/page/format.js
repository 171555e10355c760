/** Numbers as people read them. What is not known is a dash, never a 0. */

export const UNKNOWN = '–';

const WHOLE = new Intl.NumberFormat('en', { maximumFractionDigits: 0 });

export function count(n) {
  return n == null ? UNKNOWN : WHOLE.format(n);
}

/** Something per second, of which there may be a fraction. */
export function rate(n) {
  if (n == null) {
    return UNKNOWN;
  }
  if (n < 99.95) {
    return n.toFixed(1);
  }
  if (n < 9999.5) {
    return WHOLE.format(n);
  }
  return n < 999_950 ? (n / 1e3).toFixed(1) + ' k' : (n / 1e6).toFixed(2) + ' M';
}

/** Seconds, with three digits. */
export function time(seconds) {
  if (seconds == null) {
    return UNKNOWN;
  }
  const millis = seconds * 1000;
  if (millis < 9.995) {
    return millis.toFixed(2) + ' ms';
  }
  if (millis < 99.95) {
    return millis.toFixed(1) + ' ms';
  }
  if (millis < 999.5) {
    return millis.toFixed(0) + ' ms';
  }
  return seconds < 59.95 ? seconds.toFixed(2) + ' s' : duration(seconds);
}

export function bytes(n) {
  if (n == null) {
    return UNKNOWN;
  }
  const units = ['B', 'kB', 'MB', 'GB', 'TB', 'PB'];
  let value = n;
  let unit = 0;
  while (value >= 999.5 && unit < units.length - 1) {
    value /= 1000;
    unit++;
  }
  return (unit === 0 || value >= 99.95 ? value.toFixed(0) : value.toFixed(1)) + ' ' + units[unit];
}

/** How long, in its two largest units. */
export function duration(seconds) {
  if (seconds == null) {
    return UNKNOWN;
  }
  const s = Math.max(0, Math.round(seconds));
  if (s < 60) {
    return s + ' s';
  }
  if (s < 3600) {
    return Math.floor(s / 60) + ' min' + (s % 60 && s < 600 ? ' ' + (s % 60) + ' s' : '');
  }
  if (s < 86_400) {
    return Math.floor(s / 3600) + ' h ' + Math.floor(s % 3600 / 60) + ' min';
  }
  return Math.floor(s / 86_400) + ' d ' + Math.floor(s % 86_400 / 3600) + ' h';
}

export function percent(share) {
  if (share == null || Number.isNaN(share)) {
    return UNKNOWN;
  }
  const p = share * 100;
  return (p === 0 || p >= 9.95 ? p.toFixed(0) : p < 0.1 ? p.toFixed(2) : p.toFixed(1)) + ' %';
}

const TIME = new Intl.DateTimeFormat('en-GB', { hour: '2-digit', minute: '2-digit', second: '2-digit' });
const DAY = new Intl.DateTimeFormat('en-GB', { day: 'numeric', month: 'short', year: 'numeric' });

/** The time of a day, where this browser is; with the day where that is not today. */
export function clock(millis, now = Date.now()) {
  if (millis == null) {
    return UNKNOWN;
  }
  const day = DAY.format(millis);
  return (day === DAY.format(now) ? '' : day + ' ') + TIME.format(millis);
}

export function plural(n, one, many = one + 's') {
  return count(n) + ' ' + (n === 1 ? one : many);
}

/** A server's id without its upstream. */
export function shortId(id) {
  const slash = id.indexOf('/');
  return slash < 0 ? id : id.slice(slash + 1);
}
