import 'uplot/dist/uPlot.min.css';
import './main.css';
import { render } from 'preact';
import { useEffect, useRef, useState } from 'preact/hooks';
import { Dialogs } from './acts/Dialogs.jsx';
import { hasToken } from './api.js';
import { clock, duration } from './format.js';
import { troubles } from './health.js';
import { retryNow, signOut, start, titleBy, useLive } from './live.js';
import { Cluster } from './pages/Cluster.jsx';
import { Changes } from './pages/Changes.jsx';
import { Requests } from './pages/Requests.jsx';
import { Routes } from './pages/Routes.jsx';
import { Sessions } from './pages/Sessions.jsx';
import { Settings } from './pages/Settings.jsx';
import { Refused, SignIn } from './pages/SignIn.jsx';
import { Upstreams } from './pages/Upstreams.jsx';
import { Loading, Mark } from './parts/basics.jsx';
import { Icon } from './parts/icons.jsx';
import { Toasts } from './parts/Toasts.jsx';
import { PAGES, usePage } from './router.js';
import { choice, choose } from './theme.js';

const VIEWS = {
  cluster: Cluster,
  upstreams: Upstreams,
  routes: Routes,
  sessions: Sessions,
  changes: Changes,
  requests: Requests,
  settings: Settings
};

function App() {
  const state = useLive();
  const page = usePage();
  if (state.access === 'token') {
    return <SignIn refusal={state.refusal} />;
  }
  if (state.access === 'refused') {
    return <Refused refusal={state.refusal} />;
  }
  return (
    <>
      <a class="skip" href="#main" onClick={skip}>To the content</a>
      <div class="frame">
        <Side state={state} page={page} />
        <Main state={state} page={page} />
      </div>
      <Dialogs of={state.dialog} live={state.live} />
      <Toasts of={state.toasts} />
    </>
  );
}

function skip(event) {
  event.preventDefault();
  document.getElementById('main').focus();
}

function Side({ state, page }) {
  const wrong = state.live ? troubles(state.live) : [];
  return (
    <header class="side">
      <div class="brand">
        <svg viewBox="0 0 32 32" width="28" height="28" aria-hidden="true">
          <rect width="32" height="32" rx="7" />
          <path class="shell" d="M16 6c1 0 1.7.5 2.2 1.4C20.8 12 24.2 17.2 26.5 22.4c.5 1.2-.1 2.1-1.4 2.1H6.9c-1.3 0-1.9-.9-1.4-2.1C7.8 17.2 11.2 12 13.8 7.4 14.3 6.5 15 6 16 6z" />
          <path class="ribs" d="M16 9v15M14.5 10.5 10 24M17.5 10.5 22 24" />
        </svg>
        <span>Limpet</span>
      </div>
      <nav aria-label="Pages">
        <ul>
          {PAGES.map(({ id, name }) => (
            <li key={id}>
              <a href={'#/' + id} aria-current={id === page ? 'page' : undefined}>
                <Icon name={id} />
                <span>{name}</span>
                {id === 'cluster' && wrong.length > 0
                  ? <span class={'count ' + wrong[0].level} aria-label={`${wrong.length} need a look`}>{wrong.length}</span>
                  : null}
              </a>
            </li>
          ))}
        </ul>
      </nav>
      <Foot state={state} />
    </header>
  );
}

function Foot({ state }) {
  const { connection, live, who } = state;
  const level = connection === 'live' ? 'ok' : connection === 'lost' ? 'bad' : 'busy';
  return (
    <div class="foot">
      <div class="link">
        <Mark level={level} />
        <span>
          {connection === 'live' ? 'Live' : connection === 'lost' ? 'No connection' : 'Connecting'}
          {live ? <span class="sub">from {live.node}</span> : null}
        </span>
      </div>
      {who ? (
        <div class="who">
          <span>{who.name || 'No token needed'}</span>
          <span class="sub">{{ read: 'may look', write: 'may change servers', admin: 'may do everything' }[who.role]}</span>
        </div>
      ) : null}
      <div class="foot-acts">
        <Theme />
        {hasToken()
          ? <button type="button" class="quiet square" aria-label="Forget the token" title="Forget the token" onClick={signOut}><Icon name="out" /></button>
          : null}
      </div>
    </div>
  );
}

const THEMES = { auto: { next: 'light', icon: 'auto' }, light: { next: 'dark', icon: 'sun' }, dark: { next: 'auto', icon: 'moon' } };

function Theme() {
  const [chosen, set] = useState(choice());
  const { next, icon } = THEMES[chosen] ?? THEMES.auto;
  const says = { auto: 'as the system has it', light: 'light', dark: 'dark' };
  return (
    <button
      type="button"
      class="quiet square"
      aria-label={`Colours: ${says[chosen]}; change to ${says[next]}`}
      title={`Colours: ${says[chosen]}`}
      onClick={() => {
        choose(next);
        set(next);
      }}
    >
      <Icon name={icon} />
    </button>
  );
}

function Main({ state, page }) {
  const { live, connection } = state;
  const View = VIEWS[page];
  const name = PAGES.find(one => one.id === page).name;
  const heading = useRef(null);
  const first = useRef(true);
  useEffect(() => {
    document.querySelector('nav [aria-current]')?.scrollIntoView({ block: 'nearest', inline: 'center' });
    // Whoever has asked for another page hears its name.
    if (first.current) {
      first.current = false;
    } else {
      heading.current?.focus();
      window.scrollTo(0, 0);
    }
  }, [page]);
  return (
    <main id="main" tabIndex={-1} class={connection === 'lost' ? 'lost' : ''}>
      <div class="head">
        <h1 ref={heading} tabIndex={-1}>{name}</h1>
        {live ? <time class="muted figure" dateTime={new Date(live.time).toISOString()}>{clock(live.time)}</time> : null}
      </div>
      {connection === 'lost' ? <Lost state={state} /> : null}
      <div class="content">
        {live ? <View key={page} state={state} /> : connection === 'lost' ? null : <Waiting />}
      </div>
    </main>
  );
}

function Lost({ state }) {
  const [, tick] = useState(0);
  useEffect(() => {
    const timer = setInterval(() => tick(n => n + 1), 1000);
    return () => clearInterval(timer);
  }, []);
  const { live, lostSince, lostWhy } = state;
  return (
    <div class="notice bad">
      <Mark level="bad" />
      <div>
        <b role="alert">No connection to {live?.node ?? 'this node'}.</b>{' '}
        <span class="figure">For {duration((Date.now() - lostSince) / 1000)}</span>: {lostWhy}.{' '}
        {live ? <>What you see is of {clock(live.time)}. </> : null}
        The page tries again by itself; other nodes have the same page.
      </div>
      <button type="button" onClick={live ? retryNow : start}>Try now</button>
    </div>
  );
}

/** As much room as what comes, so that nothing jumps when it does. */
function Waiting() {
  return (
    <div class="waiting">
      <Loading of="Asking the cluster…" />
      <div class="tiles" aria-hidden="true">{[1, 2, 3, 4, 5, 6, 7].map(i => <div key={i} class="tile ghost" />)}</div>
      <div class="columns" aria-hidden="true"><div class="panel ghost" /><div class="panel ghost" /></div>
    </div>
  );
}

titleBy(({ live, connection, access }) => {
  if (access === 'token') {
    return 'Limpet: token';
  }
  const wrong = live ? troubles(live).length : 0;
  return (connection === 'lost' ? '✕ ' : wrong > 0 ? `(${wrong}) ` : '') + 'Limpet' + (live ? ' · ' + live.node : '');
});
start();
render(<App />, document.getElementById('page'));
