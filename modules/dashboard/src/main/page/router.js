import { useEffect, useState } from 'preact/hooks';

/** The pages, in their order: what stands behind # in the address. */
export const PAGES = [
  { id: 'cluster', name: 'Cluster' },
  { id: 'upstreams', name: 'Upstreams' },
  { id: 'routes', name: 'Routes' },
  { id: 'sessions', name: 'Sessions' },
  { id: 'changes', name: 'Changes' },
  { id: 'requests', name: 'Requests' },
  { id: 'settings', name: 'Settings' }
];

function current() {
  const id = location.hash.replace(/^#\/?/, '').split('?')[0];
  return PAGES.some(page => page.id === id) ? id : PAGES[0].id;
}

/** What stands behind the page's name: #/requests?server=nodejs/a. */
export function parameters() {
  return new URLSearchParams(location.hash.split('?')[1] ?? '');
}

/** The page that the address names. */
export function usePage() {
  const [page, set] = useState(current());
  useEffect(() => {
    const changed = () => set(current());
    window.addEventListener('hashchange', changed);
    return () => window.removeEventListener('hashchange', changed);
  }, []);
  return page;
}
