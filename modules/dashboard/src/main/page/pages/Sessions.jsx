import { useState } from 'preact/hooks';
import { ask } from '../api.js';
import { count, duration, percent, shortId, time } from '../format.js';
import { Badge, Bar, Cell, Figure, Loading, Mark, Nothing, Panel, Row, Table, Tile, Trouble } from '../parts/basics.jsx';
import { Field } from '../parts/Dialog.jsx';
import { Events } from '../parts/Events.jsx';
import { serverCondition } from '../health.js';
import { usePolled } from '../polled.js';

/** The affinity rules, as the settings name them. */
const RULES = {
  learn: "an id that servers set (learn)",
  cookie: "Limpet's own cookie (cookie)",
  route: 'a route in an id (route)',
  header: 'a header (header)',
  query: 'a parameter (query)',
  'socket-io': 'Socket.IO (socket-io)',
  ip: "the client's address (ip)"
};

/** Which server has how many sessions, and where one of them belongs. */
export function Sessions({ state }) {
  const { live, events } = state;
  const { body, failure, refresh } = usePolled('api/v1/sessions', 3000);
  const moves = events.filter(event => /session|move/.test(event.kind));
  if (!body) {
    return failure ? <Trouble of={failure} retry={refresh} /> : <Loading of="Asking for the sessions…" />;
  }
  const counters = body.counters ?? {};
  return (
    <>
      <div class="tiles">
        <Tile
          label="In the table" value={count(live.sessions?.table ?? body.table)} level={live.sessions?.agreement === false ? 'warn' : undefined}
          below={live.sessions?.agreement === false ? 'the nodes do not agree yet' : 'all nodes agree'} name="sessions"
        />
        <Tile label="Learned" value={count(live.sessions?.bound ?? counters.bound)} below="since the nodes’ start" />
        <Tile label="Placed" value={count(live.sessions?.placed)} below="for the first time" />
        <Tile label="Moved" value={count(live.sessions?.moved ?? counters.moved)} below="to another server" />
        <Tile label="Ended unused" value={count(counters.expired)} below="by this node’s clock" />
        <Tile label="Replication" value={time(counters.replicationSeconds)} below="to the other nodes" />
      </div>
      <div class="columns">
        <Panel title="Find one" id="find"><Find live={live} /></Panel>
        <Panel title="Moves" id="moves" flush><Events of={moves} most={8} empty="When servers die, drain or fill up, their sessions move; that will be here." /></Panel>
      </div>
      <Panel title="The nodes’ tables" id="tables" flush><Tables of={live.nodes} /></Panel>
      <Panel title="By upstream" id="by-upstream" flush><ByUpstream of={live.upstreams} upstreams={body.upstreams ?? {}} /></Panel>
      <Panel title="By server" id="by-server" flush><ByServer live={live} upstreams={body.upstreams ?? {}} /></Panel>
    </>
  );
}

const COLUMNS = [
  { id: 'server', name: 'Server' },
  { id: 'state', name: 'State' },
  { id: 'sessions', name: 'Sessions', class: 'num' },
  { id: 'share', name: 'Share of its upstream' }
];

const UPSTREAM_COLUMNS = [
  { id: 'upstream', name: 'Upstream' },
  { id: 'sessions', name: 'Sessions', class: 'num' },
  { id: 'affinity', name: 'Requests whose client was' },
  { id: 'rules', name: 'Known by' },
  { id: 'moves', name: 'Moved because' }
];

function ByUpstream({ of, upstreams }) {
  return (
    <Table label="Sessions by upstream" columns={UPSTREAM_COLUMNS}>
      {of.map(upstream => (
        <Row key={upstream.name}>
          <Cell header name="Upstream"><span class="name">{upstream.name}</span></Cell>
          <Cell name="Sessions" class="num"><Figure of={count(upstreams[upstream.name]?.sessions)} /></Cell>
          <Cell name="Requests whose client was"><Counts of={upstream.affinity} /></Cell>
          <Cell name="Known by"><Counts of={upstream.rules} /></Cell>
          <Cell name="Moved because"><Counts of={upstream.moves} /></Cell>
        </Row>
      ))}
    </Table>
  );
}

function Counts({ of }) {
  const some = Object.entries(of ?? {}).filter(([, n]) => n > 0);
  return some.length === 0
    ? <span class="muted">–</span>
    : some.map(([name, n]) => <span key={name} class="chip">{name} <span class="figure">{count(n)}</span></span>);
}

const TABLE_COLUMNS = [
  { id: 'node', name: 'Node' },
  { id: 'state', name: 'In step' },
  { id: 'sessions', name: 'Sessions', class: 'num' },
  { id: 'lag', name: 'Replication', class: 'num' },
  { id: 'tunnels', name: 'Tunnels', class: 'num' }
];

function Tables({ of }) {
  return (
    <Table label="Session tables of the nodes" columns={TABLE_COLUMNS}>
      {of.map(node => {
        const gone = node.answers === false;
        return (
          <Row key={node.name} class={gone ? 'stale' : ''}>
            <Cell header name="Node"><span class="name">{node.name}</span></Cell>
            <Cell name="In step">
              {gone ? <Badge level="bad">No answer</Badge>
                : node.synced === false ? <Badge level="warn">Not yet</Badge>
                  : node.synced ? <Badge level="ok">Yes</Badge> : <span class="muted">–</span>}
            </Cell>
            <Cell name="Sessions" class="num"><Figure of={count(node.sessions)} /></Cell>
            <Cell name="Replication" class="num"><Figure of={time(node.replicationLag)} /></Cell>
            <Cell name="Tunnels" class="num"><Figure of={count(node.tunnels)} /></Cell>
          </Row>
        );
      })}
    </Table>
  );
}

function ByServer({ live, upstreams }) {
  const rows = Object.entries(upstreams).flatMap(([upstream, { sessions, servers }]) =>
    Object.entries(servers).map(([id, n]) => ({ upstream, id, n, sum: sessions })));
  if (rows.length === 0) {
    return <Nothing title="No servers" />;
  }
  const known = new Map(live.upstreams.flatMap(upstream => upstream.servers.map(server => [server.id, server])));
  return (
    <Table label="Sessions by server" columns={COLUMNS}>
      {rows.map(row => {
        const server = known.get(row.id);
        const condition = server ? serverCondition(server, live.time) : null;
        return (
          <Row key={row.id}>
            <Cell header name="Server"><span class="name">{shortId(row.id)}</span><span class="sub">{row.upstream}</span></Cell>
            <Cell name="State">{condition ? <Badge level={condition.level}>{condition.word}</Badge> : <span class="muted">gone</span>}</Cell>
            <Cell name="Sessions" class="num"><Figure of={count(row.n)} /></Cell>
            <Cell name="Share">
              <span class="share wide">
                <Bar share={row.sum > 0 ? row.n / row.sum : 0} label={`share of ${row.id}`} />
                <Figure of={percent(row.sum > 0 ? row.n / row.sum : null)} />
              </span>
            </Cell>
          </Row>
        );
      })}
    </Table>
  );
}

function Find({ live }) {
  const [asked, setAsked] = useState({ upstream: live.upstreams[0]?.name ?? '', by: 'learn', name: '', id: '' });
  const [found, setFound] = useState(null);
  const [busy, setBusy] = useState(false);
  const field = name => ({
    id: 'find-' + name,
    value: asked[name],
    onInput: event => {
      setAsked({ ...asked, [name]: event.currentTarget.value });
      setFound(null);
    }
  });
  const submit = async event => {
    event.preventDefault();
    setBusy(true);
    const query = new URLSearchParams(Object.entries(asked).filter(([, value]) => value !== ''));
    try {
      setFound({ session: (await ask('api/v1/sessions?' + query)).body });
    } catch (failure) {
      setFound({ failure });
    }
    setBusy(false);
  };
  return (
    <form class="find" onSubmit={submit}>
      <div class="fields">
        <Field {...field('upstream')} label="Upstream">
          {live.upstreams.map(upstream => <option key={upstream.name} value={upstream.name}>{upstream.name}</option>)}
        </Field>
        <Field {...field('by')} label="Known by">
          {Object.entries(RULES).map(([rule, words]) => <option key={rule} value={rule}>{words}</option>)}
        </Field>
        <Field {...field('name')} label="Name" hint="of the cookie, header or parameter, if there are several" autocomplete="off" />
        <Field {...field('id')} label="Id" hint="as the client sends it" required autocomplete="off" spellcheck={false} />
      </div>
      <button type="submit" class="primary" disabled={busy || !asked.id}>{busy ? 'Looking…' : 'Find'}</button>
      <div role="status" class="found">
        {found?.session ? (
          <div class="notice ok">
            <Mark level="ok" />
            <div>It belongs to <b>{found.session.server}</b>. Unused, it ends in {duration(found.session.secondsLeft)}.</div>
          </div>
        ) : null}
        {found?.failure ? (
          <div class={found.failure.status === 404 ? 'notice off' : 'notice bad'}>
            <Mark level={found.failure.status === 404 ? 'off' : 'bad'} />
            <div>
              {found.failure.status === 404
                ? 'The table has no such session. One whose cookie names its server is in the table only once it has moved.'
                : found.failure.message}
            </div>
          </div>
        ) : null}
      </div>
    </form>
  );
}
