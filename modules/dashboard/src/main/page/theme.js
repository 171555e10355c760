import { useEffect, useState } from 'preact/hooks';

/** Light or dark: as the system has it, or as somebody has chosen here. */

const KEY = 'limpet.theme';
const system = matchMedia('(prefers-color-scheme: dark)');
const listeners = new Set();

let chosen = stored();
apply();
system.addEventListener('change', apply);

function stored() {
  try {
    return localStorage.getItem(KEY) ?? 'auto';
  } catch {
    return 'auto';
  }
}

function apply() {
  document.documentElement.dataset.theme = theme();
  listeners.forEach(listener => listener(theme()));
}

function theme() {
  return chosen === 'auto' ? (system.matches ? 'dark' : 'light') : chosen;
}

export function choice() {
  return chosen;
}

/** auto, light or dark. */
export function choose(next) {
  chosen = next;
  try {
    localStorage.setItem(KEY, next);
  } catch {
    // Then it is for this time only.
  }
  apply();
}

/** The theme that is shown: light or dark. */
export function useTheme() {
  const [current, set] = useState(theme());
  useEffect(() => {
    listeners.add(set);
    return () => listeners.delete(set);
  }, []);
  return current;
}
