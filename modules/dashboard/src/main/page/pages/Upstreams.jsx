import { useMemo, useState } from 'preact/hooks';
import { actsFor, openAct } from '../acts/ServerDialog.jsx';
import { count, percent, plural, rate, shortId, time } from '../format.js';
import { errorShare, isServerWell, serverCondition, takesNewClients } from '../health.js';
import { update } from '../live.js';
import { Badge, Bar, Cell, Figure, Nothing, Panel, Row, Table } from '../parts/basics.jsx';
import { Icon } from '../parts/icons.jsx';
import { Menu } from '../parts/Menu.jsx';
import { ServerDetails } from '../parts/ServerDetails.jsx';
import { Spark } from '../parts/Spark.jsx';
import { usePolled } from '../polled.js';
import { mayWrite } from '../role.js';

const PAGE = 100;

/** Each server: how it does, and what can be done about it. */
export function Upstreams({ state }) {
  const { live, events } = state;
  const [only, setOnly] = useState(false);
  const [text, setText] = useState('');
  const [sort, setSort] = useState({ by: 'server', down: false });
  const sessions = usePolled('api/v1/sessions', 5000).body;
  const wanted = text.trim().toLowerCase();
  const shown = live.upstreams
    .map(upstream => ({
      upstream,
      servers: upstream.servers.filter(server =>
        (!only || !isServerWell(server, live.time))
        && (!wanted || `${server.id} ${server.address} ${server.zone}`.toLowerCase().includes(wanted)))
    }))
    .filter(({ upstream, servers }) => servers.length > 0 || (!only && !wanted) || upstream.name.toLowerCase().includes(wanted) && !only);
  const unwell = live.upstreams.flatMap(upstream => upstream.servers).filter(server => !isServerWell(server, live.time)).length;
  const onSort = by => setSort({ by, down: sort.by === by ? !sort.down : by !== 'server' });
  return (
    <>
      <div class="filters" role="search">
        <input type="search" aria-label="Find a server" placeholder="Find a server…" value={text} onInput={event => setText(event.currentTarget.value)} />
        <label class="check">
          <input type="checkbox" checked={only} onChange={event => setOnly(event.currentTarget.checked)} />
          Only what is not well <span class="chip figure">{unwell}</span>
        </label>
      </div>
      {shown.length === 0 ? (
        only && !wanted
          ? <Panel title="Nothing here" id="none"><Nothing title="All servers are well">Take the tick away to see them.</Nothing></Panel>
          : <Panel title="Nothing here" id="none"><Nothing title={wanted ? 'No server has that in its name' : 'No upstreams'}>{wanted ? '' : 'The settings would have some under upstreams.'}</Nothing></Panel>
      ) : null}
      {shown.map(({ upstream, servers }) => (
        <Upstream
          key={upstream.name} of={upstream} servers={servers} live={live} events={events} who={state.who}
          sessions={sessions?.upstreams?.[upstream.name]} sort={sort} onSort={onSort}
        />
      ))}
    </>
  );
}

const COLUMNS = [
  { id: 'server', name: 'Server', sorts: true },
  { id: 'state', name: 'State' },
  { id: 'weight', name: 'Weight', class: 'num', sorts: true },
  { id: 'requests', name: 'Requests', class: 'num', sorts: true },
  { id: 'errors', name: 'Errors', class: 'num', sorts: true },
  { id: 'p50', name: 'p50', class: 'num', sorts: true },
  { id: 'p99', name: 'p99', class: 'num', sorts: true },
  { id: 'trend', name: '2 minutes', class: 'trend' },
  { id: 'active', name: 'Active', class: 'num', sorts: true },
  { id: 'sessions', name: 'Sessions', class: 'num', sorts: true },
  { id: 'acts', name: <span class="for-readers">What can be done</span>, class: 'acts' }
];

function Upstream({ of, servers, live, events, who, sessions, sort, onSort }) {
  const [most, setMost] = useState(PAGE);
  const [open, setOpen] = useState(new Set());
  const writes = mayWrite(who);
  const about = server => events.filter(event => event.subject === server.id);
  const value = server => ({
    server: shortId(server.id),
    weight: server.weight,
    requests: server.figures?.rate?.requests,
    errors: server.figures?.rate?.errors,
    p50: server.figures?.latency?.p50,
    p99: server.figures?.latency?.p99,
    active: server.figures?.active,
    sessions: sessions?.servers?.[server.id]
  })[sort.by];
  const sorted = [...servers].sort((one, other) => compare(value(one), value(other)) * (sort.down ? -1 : 1));
  const share = errorShare(of.figures);
  const columns = writes ? COLUMNS : COLUMNS.filter(column => column.id !== 'acts');
  const toggle = id => {
    const next = new Set(open);
    if (!next.delete(id)) {
      next.add(id);
    }
    setOpen(next);
  };
  return (
    <Panel
      title={of.name}
      id={'upstream-' + of.name}
      flush
      aside={writes ? (
        <button type="button" class="small" onClick={() => update({ dialog: { kind: 'add', upstream: of.name } })}>
          <Icon name="plus" size={16} />Add a server
        </button>
      ) : null}
    >
      <dl class="facts">
        <div><dt>Balance</dt><dd>{of.balance}</dd></div>
        <div><dt>Up</dt><dd class="figure">{of.servers.filter(takesNewClients).length} of {of.servers.length}</dd></div>
        <div><dt>Requests</dt><dd><Figure of={rate(of.figures?.rate?.requests)} unit="/s" strong /></dd></div>
        <div><dt>Errors</dt><dd><Figure of={rate(of.figures?.rate?.errors)} unit="/s" /> <span class="muted figure">{percent(share)}</span></dd></div>
        <div><dt>p50</dt><dd><Figure of={time(of.figures?.latency?.p50)} /></dd></div>
        <div><dt>p99</dt><dd><Figure of={time(of.figures?.latency?.p99)} /></dd></div>
        <div><dt>Waiting</dt><dd><Figure of={count(of.queued)} />{of.queueWait?.p99 != null ? <span class="muted"> p99 {time(of.queueWait.p99)}</span> : null}</dd></div>
        <div><dt>Retries</dt><dd title={words(of.retries)}><Figure of={count(sum(of.retries))} /></dd></div>
        <div><dt>Tunnels</dt><dd><Figure of={count(of.tunnels)} /></dd></div>
        <div><dt>Moves</dt><dd title={words(of.moves)}><Figure of={count(sum(of.moves))} /></dd></div>
        <div><dt>Clients kept</dt><dd title={words(of.affinity)}><Figure of={percent(kept(of.affinity))} /></dd></div>
      </dl>
      {servers.length === 0 ? <Nothing title="No servers">{writes ? 'Add one, or have the settings list some.' : 'The settings list none.'}</Nothing> : (
        <Table label={`Servers of ${of.name}`} columns={columns} sort={sort} onSort={onSort} class="servers">
          {sorted.slice(0, most).map(server => (
            <Server
              key={server.id} of={server} live={live} writes={writes} columns={columns.length}
              sessions={sessions?.servers?.[server.id]} events={open.has(server.id) ? about(server) : []}
              open={open.has(server.id)} onToggle={() => toggle(server.id)}
            />
          ))}
        </Table>
      )}
      {servers.length > most ? (
        <p class="more"><button type="button" onClick={() => setMost(most + PAGE)}>{`Show more: ${servers.length - most} are left`}</button></p>
      ) : null}
    </Panel>
  );
}

function Server({ of, live, writes, columns, sessions, events, open, onToggle }) {
  const condition = serverCondition(of, live.time);
  const name = shortId(of.id);
  const id = 'details-' + of.id;
  const acts = useMemo(() => actsFor(of), [of.state, of.source]);
  return (
    <>
      <Row class={'server level-' + condition.level} data-server={of.id} data-level={condition.level}>
        <Cell header name="Server">
          <button type="button" class="opener" aria-expanded={open} aria-controls={id} onClick={onToggle}>
            <Icon name={open ? 'down' : 'right'} size={16} />
            <span class="name">{name}</span>
          </button>
          <span class="chips">
            {of.backup ? <span class="chip">backup</span> : null}
            {of.zone ? <span class="chip">{of.zone}</span> : null}
          </span>
          {of.address === name ? null : <span class="sub">{of.address}</span>}
        </Cell>
        <Cell name="State">
          <Badge level={condition.level}>{condition.word}</Badge>
          {condition.word !== 'Draining' && of.state === 'drain' ? <Badge level="busy">Draining</Badge> : null}
          {condition.level === 'busy' && condition.word === 'Starting'
            ? <span class="share"><Bar share={of.slowStart} label={`slow start of ${name}`} /><Figure of={percent(of.slowStart)} /></span>
            : condition.why ? <span class="sub">{condition.why}</span> : null}
          {condition.until ? <span class="sub figure">{condition.until}, time {of.ejected.times}</span> : null}
        </Cell>
        <Cell name="Weight" class="num"><Figure of={count(of.weight)} /></Cell>
        <Cell name="Requests" class="num"><Figure of={rate(of.figures?.rate?.requests)} unit="/s" /></Cell>
        <Cell name="Errors" class={of.figures?.rate?.errors > 0 ? 'num some' : 'num'}><Figure of={rate(of.figures?.rate?.errors)} unit="/s" /></Cell>
        <Cell name="p50" class="num"><Figure of={time(of.figures?.latency?.p50)} /></Cell>
        <Cell name="p99" class="num"><Figure of={time(of.figures?.latency?.p99)} /></Cell>
        <Cell name="p50, p99" class="trend">
          <Spark of={'server ' + of.id} fields={['p99', 'p50']} label={`p50 and p99 of ${name} over two minutes`} />
        </Cell>
        <Cell name="Active" class="num">
          <Figure of={count(of.figures?.active)} />{of.maxConnections > 0 ? <span class="muted figure">/{count(of.maxConnections)}</span> : null}
        </Cell>
        <Cell name="Sessions" class="num"><Figure of={count(sessions)} /></Cell>
        {writes ? (
          <Cell name="" class="acts">
            <Menu label={`What can be done with ${name}`} name="Act" items={acts.map(act => ({ ...act, act: () => openAct(act.act, of.id) }))} />
          </Cell>
        ) : null}
      </Row>
      {open ? (
        <Row class="details" id={id}>
          <td role="cell" colSpan={columns}><ServerDetails of={of} live={live} events={events} /></td>
        </Row>
      ) : null}
    </>
  );
}

function compare(one, other) {
  if (typeof one === 'string') {
    return one.localeCompare(other, 'en', { numeric: true });
  }
  return (one ?? -1) - (other ?? -1);
}

function sum(counts) {
  return counts == null ? null : Object.values(counts).reduce((one, other) => one + other, 0);
}

function kept(affinity) {
  const bound = (affinity?.kept ?? 0) + (affinity?.moved ?? 0);
  return bound === 0 ? null : affinity.kept / bound;
}

function words(counts) {
  return Object.entries(counts ?? {}).map(([name, n]) => `${name} ${count(n)}`).join(', ') || plural(0, 'time');
}
