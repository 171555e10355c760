import { useEffect, useState } from 'preact/hooks';
import { bytes, clock, count, time } from '../format.js';
import { Cell, Figure, Mark, Nothing, Panel, Row, Table } from '../parts/basics.jsx';
import { Icon } from '../parts/icons.jsx';
import { Waterfall } from '../parts/Waterfall.jsx';
import { parameters } from '../router.js';
import { useTail } from '../tail.js';

const COLUMNS = [
  { id: 'time', name: 'Time' },
  { id: 'request', name: 'Request' },
  { id: 'status', name: 'Status', class: 'num' },
  { id: 'server', name: 'Server' },
  { id: 'affinity', name: 'Session' },
  { id: 'total', name: 'Took', class: 'num' },
  { id: 'bytes', name: 'Bytes', class: 'num' },
  { id: 'client', name: 'Client' },
  { id: 'node', name: 'Node' }
];

/** Single requests as they come: what became of each, and why it went where it went. */
export function Requests({ state }) {
  const { live } = state;
  const [filter, setFilter] = useState({
    status: '', server: parameters().get('server') ?? '', upstream: '', node: '', min: ''
  });
  const [paused, setPaused] = useState(false);
  const [open, setOpen] = useState(null);
  const query = useSettled(queryOf(filter));
  const tail = useTail(query, paused);
  const set = name => event => setFilter({ ...filter, [name]: event.currentTarget.value });
  const statusWrong = filter.status !== '' && !/^([1-5]xx|[1-5]\d\d)$/.test(filter.status);
  const balances = Object.fromEntries(live.upstreams.map(upstream => [upstream.name, upstream.balance]));
  return (
    <>
      <div class="filters" role="search">
        <label class={statusWrong ? 'wrong' : ''}>
          <span>Status</span>
          <input list="statuses" size="6" placeholder="all" aria-invalid={statusWrong} value={filter.status} onInput={set('status')} />
          <datalist id="statuses">{['2xx', '3xx', '4xx', '5xx', '404', '502', '503', '504'].map(status => <option key={status} value={status} />)}</datalist>
        </label>
        <Choice label="Upstream" value={filter.upstream} onChange={set('upstream')} of={live.upstreams.map(upstream => upstream.name)} />
        <Choice label="Server" value={filter.server} onChange={set('server')} of={live.upstreams.flatMap(upstream => upstream.servers.map(server => server.id))} />
        <Choice label="Node" value={filter.node} onChange={set('node')} of={live.nodes.map(node => node.name)} />
        <label>
          <span>At least</span>
          <input type="number" min="0" step="any" class="short" placeholder="0" value={filter.min} onInput={set('min')} />
          <span>ms</span>
        </label>
        <button type="button" aria-pressed={paused} onClick={() => setPaused(!paused)}>{paused ? 'Go on' : 'Pause'}</button>
      </div>
      <Panel
        title="Requests" id="requests" flush
        aside={(
          <span class="muted" role="status">
            {tail.state === 'live' || tail.state === 'connecting'
              ? paused
                ? <>paused; <span class="figure">{count(tail.missed)}</span> have come since</>
                : tail.skipped > 0 ? <>a sample; <span class="figure">{count(tail.skipped)}</span> are not shown</> : 'as they come'
              : null}
            {tail.state === 'lost' ? `the stream has ended (${tail.why}); trying again` : null}
          </span>
        )}
      >
        {tail.state === 'refused' ? <div class="notice bad"><Mark level="bad" /><div>{tail.why}</div></div> : null}
        {tail.requests.length === 0
          ? <Nothing title={tail.state === 'connecting' ? 'Listening…' : 'No request yet'}>{query ? 'None that fits has come since you look.' : 'They will be here as they come.'}</Nothing>
          : (
            <Table label="Requests, newest first" columns={COLUMNS} class="tail">
              {tail.requests.map(request => (
                <Request
                  key={request.key} of={request} balance={balances[request.upstream]}
                  open={open?.key === request.key} onToggle={() => setOpen(open?.key === request.key ? null : request)}
                />
              ))}
            </Table>
          )}
      </Panel>
      {open && !tail.requests.some(request => request.key === open.key) ? (
        <Panel title="The one that was open" id="kept" aside={<button type="button" class="small" onClick={() => setOpen(null)}>Close</button>}>
          <Waterfall of={open} balance={balances[open.upstream]} />
        </Panel>
      ) : null}
    </>
  );
}

function Request({ of, balance, open, onToggle }) {
  const level = of.failure || of.status >= 500 ? 'bad' : of.status >= 400 ? 'warn' : 'ok';
  return (
    <>
      <Row class={'request level-' + level}>
        <Cell name="Time" class="figure">
          <button type="button" class="opener" aria-expanded={open} aria-label={`${of.method} ${of.target} at ${clock(of.time)}`} onClick={onToggle}>
            <Icon name={open ? 'down' : 'right'} size={16} />
            <span class="figure">{clock(of.time).slice(-8)}</span>
          </button>
        </Cell>
        <Cell header name="Request" class="target"><b>{of.method}</b> <span title={of.target}>{of.target}</span><span class="sub">{of.host}</span></Cell>
        <Cell name="Status" class="num"><span class={'status ' + level}><Mark level={level} />{of.status}</span></Cell>
        <Cell name="Server">{of.server ?? of.attempts?.at(-1)?.server ?? <span class="muted">none</span>}</Cell>
        <Cell name="Session">{of.affinity}</Cell>
        <Cell name="Took" class="num"><Figure of={time(of.total)} /></Cell>
        <Cell name="Bytes" class="num"><Figure of={bytes(of.responseBytes)} /></Cell>
        <Cell name="Client">{of.client}</Cell>
        <Cell name="Node">{of.node}</Cell>
      </Row>
      {open ? <Row class="details"><td role="cell" colSpan={COLUMNS.length}><Waterfall of={of} balance={balance} /></td></Row> : null}
    </>
  );
}

function Choice({ label, value, onChange, of }) {
  const all = value && !of.includes(value) ? [value, ...of] : of;
  return (
    <label>
      <span>{label}</span>
      <select value={value} onChange={onChange}>
        <option value="">all</option>
        {all.map(name => <option key={name} value={name}>{name}</option>)}
      </select>
    </label>
  );
}

/** As the API takes it; what is half written is left out. */
function queryOf({ status, server, upstream, node, min }) {
  const query = new URLSearchParams();
  if (/^([1-5]xx|[1-5]\d\d)$/.test(status)) {
    query.set('status', status);
  }
  if (server) {
    query.set('server', server);
  }
  if (upstream) {
    query.set('upstream', upstream);
  }
  if (node) {
    query.set('node', node);
  }
  if (Number(min) > 0) {
    query.set('min', String(Number(min) / 1000));
  }
  return query.toString();
}

/** The value once it has stayed the same for a moment. */
function useSettled(value) {
  const [settled, set] = useState(value);
  useEffect(() => {
    const timer = setTimeout(() => set(value), 300);
    return () => clearTimeout(timer);
  }, [value]);
  return settled;
}
