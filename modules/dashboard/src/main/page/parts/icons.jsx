/** Icons of one line's width, which say nothing that words beside them do not. */
const PATHS = {
  cluster: 'M12 3v6M12 15v6M5.5 7.500l4 3M18.5 7.500l-4 3M5.5 16.500l4-3M18.5 16.500l-4-3M12 9a3 3 0 1 0 0 6 3 3 0 0 0 0-6z',
  upstreams: 'M4 5h16v5H4zM4 14h16v5H4zM7.5 7.500h.01M7.5 16.500h.01M11 7.500h6M11 16.500h6',
  routes: 'M4 6h5l6 12h5M4 18h5l1.5-3M13.5 9 15 6h5M18 3.5 20.5 6 18 8.500M18 15.500l2.5 2.5-2.5 2.5',
  sessions: 'M9 5a3.5 3.5 0 1 0 0 7 3.5 3.5 0 0 0 0-7zM2.5 19c.8-3.5 3.2-5 6.5-5s5.7 1.5 6.5 5M16 5.300a3.3 3.3 0 0 1 0 6.400M18 14.600c2 .6 3.1 2 3.5 4.4',
  changes: 'M4 12a8 8 0 1 0 2.5-5.800M4 4v4h4M12 8v4.500l3 1.8',
  requests: 'M4 6h16M4 12h10M4 18h13M18 10l2.5 2-2.5 2',
  settings: 'M4 7h9M17 7h3M4 17h3M11 17h9M15 5v4M9 15v4',
  sun: 'M12 8a4 4 0 1 0 0 8 4 4 0 0 0 0-8zM12 2.500v2M12 19.500v2M2.5 12h2M19.5 12h2M5.3 5.300l1.4 1.400M17.3 17.300l1.4 1.400M18.7 5.300l-1.4 1.400M6.7 17.300l-1.4 1.4',
  moon: 'M19.5 14.500A8 8 0 0 1 9.5 4.500a8 8 0 1 0 10 10z',
  auto: 'M12 4a8 8 0 1 0 0 16zM12 4a8 8 0 0 1 0 16',
  plus: 'M12 5v14M5 12h14',
  down: 'M6 9.500l6 6 6-6',
  right: 'M9.5 6l6 6-6 6',
  close: 'M6 6l12 12M18 6 6 18',
  out: 'M10 5H5v14h5M14 8l4 4-4 4M9 12h9'
};

export function Icon({ name, size = 20 }) {
  return (
    <svg class="icon" viewBox="0 0 24 24" width={size} height={size} aria-hidden="true">
      <path d={PATHS[name]} />
    </svg>
  );
}
