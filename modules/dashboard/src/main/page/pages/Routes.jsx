import { bytes, count, percent, rate, time } from '../format.js';
import { errorShare } from '../health.js';
import { routeKey, update } from '../live.js';
import { Bar, Cell, Figure, Nothing, Panel, Row, Table } from '../parts/basics.jsx';
import { Spark } from '../parts/Spark.jsx';
import { usePolled } from '../polled.js';
import { mayWrite } from '../role.js';

const COLUMNS = [
  { id: 'route', name: 'Route' },
  { id: 'upstream', name: 'Sends to' },
  { id: 'requests', name: 'Requests', class: 'num' },
  { id: 'errors', name: 'Errors', class: 'num' },
  { id: 'share', name: 'Failed', class: 'num' },
  { id: 'p50', name: 'p50', class: 'num' },
  { id: 'p99', name: 'p99', class: 'num' },
  { id: 'trend', name: '2 minutes', class: 'trend' },
  { id: '2xx', name: '2xx', class: 'num' },
  { id: '3xx', name: '3xx', class: 'num' },
  { id: '4xx', name: '4xx', class: 'num' },
  { id: '5xx', name: '5xx', class: 'num' },
  { id: 'bytes', name: 'Bytes out', class: 'num' }
];

/** What comes in by which way, and how it is shared between upstreams. */
export function Routes({ state }) {
  const { live, who } = state;
  const shares = usePolled('api/v1/routes', 10_000);
  return (
    <>
      <Panel title="Traffic by route" id="routes" flush>
        {(live.routes ?? []).length === 0
          ? <Nothing title="No requests yet">Each route has a line here once a request has taken it.</Nothing>
          : (
            <Table label="Traffic by route" columns={COLUMNS}>
              {live.routes.map(route => <RouteRow key={routeKey(route)} of={route} />)}
            </Table>
          )}
      </Panel>
      <Panel title="Shares of upstreams" id="shares" flush aside={<span class="muted">new clients go by these weights</span>}>
        {shares.body ? <Shares of={shares.body.routes ?? []} writes={mayWrite(who)} /> : <Nothing title={shares.failure ? shares.failure.message : 'Asking…'} />}
      </Panel>
      <Panel title="Listeners" id="listeners" flush><Listeners of={live.listeners ?? []} /></Panel>
    </>
  );
}

function RouteRow({ of }) {
  const { figures = {} } = of;
  const answers = kind => count(figures.responses?.[kind] ?? (figures.responses ? 0 : null));
  return (
    <Row data-route={of.route}>
      <Cell header name="Route"><span class="name">{of.route || 'none that fits'}</span><span class="sub">{of.listener}</span></Cell>
      <Cell name="Sends to">{of.upstream || <span class="muted">answers by itself</span>}</Cell>
      <Cell name="Requests" class="num"><Figure of={rate(figures.rate?.requests)} unit="/s" /><span class="sub figure">{count(figures.requests)}</span></Cell>
      <Cell name="Errors" class={figures.rate?.errors > 0 ? 'num some' : 'num'}><Figure of={rate(figures.rate?.errors)} unit="/s" /></Cell>
      <Cell name="Failed" class="num"><Figure of={percent(errorShare(figures))} /></Cell>
      <Cell name="p50" class="num"><Figure of={time(figures.latency?.p50)} /></Cell>
      <Cell name="p99" class="num"><Figure of={time(figures.latency?.p99)} /></Cell>
      <Cell name="2 minutes" class="trend"><Spark of={'route ' + routeKey(of)} fields={['requests', 'errors']} label={`requests of ${of.route} over two minutes`} /></Cell>
      <Cell name="2xx" class="num"><Figure of={answers('2xx')} /></Cell>
      <Cell name="3xx" class="num"><Figure of={answers('3xx')} /></Cell>
      <Cell name="4xx" class="num"><Figure of={answers('4xx')} /></Cell>
      <Cell name="5xx" class="num"><Figure of={answers('5xx')} /></Cell>
      <Cell name="Bytes out" class="num"><Figure of={bytes(figures.bytesOut)} /></Cell>
    </Row>
  );
}

const SHARE_COLUMNS = [
  { id: 'route', name: 'Route' },
  { id: 'hosts', name: 'Hosts' },
  { id: 'shares', name: 'Shares' },
  { id: 'source', name: 'Set by' },
  { id: 'acts', name: <span class="for-readers">What can be done</span>, class: 'acts' }
];

function Shares({ of, writes }) {
  if (of.length === 0) {
    return <Nothing title="No route sends to an upstream" />;
  }
  return (
    <Table label="Shares" columns={writes ? SHARE_COLUMNS : SHARE_COLUMNS.slice(0, -1)}>
      {of.map(route => {
        const sum = Object.values(route.shares).reduce((one, other) => one + other, 0);
        return (
          <Row key={route.route + route.hosts}>
            <Cell header name="Route"><span class="name">{route.route}</span>{route.path === route.route ? null : <span class="sub">{route.path}</span>}</Cell>
            <Cell name="Hosts">{route.hosts.join(', ') || <span class="muted">any</span>}</Cell>
            <Cell name="Shares">
              {Object.entries(route.shares).map(([name, weight]) => (
                <span key={name} class="share wide">
                  <span class="share-name">{name}</span>
                  <Bar share={sum > 0 ? weight / sum : 0} label={`share of ${name}`} />
                  <Figure of={percent(sum > 0 ? weight / sum : null)} />
                </span>
              ))}
            </Cell>
            <Cell name="Set by">{route.source === 'change' ? <a href="#/changes">a change at run time</a> : 'the settings file'}</Cell>
            {writes ? (
              <Cell name="" class="acts">
                {Object.keys(route.shares).length > 1
                  ? <button type="button" class="small" onClick={() => update({ dialog: { kind: 'shares', route } })}>Shift…</button>
                  : null}
              </Cell>
            ) : null}
          </Row>
        );
      })}
    </Table>
  );
}

const LISTENER_COLUMNS = [
  { id: 'listener', name: 'Listener' },
  { id: 'active', name: 'Connections', class: 'num' },
  { id: 'accepted', name: 'Accepted', class: 'num' },
  { id: 'dropped', name: 'Dropped', class: 'num' },
  { id: 'http2', name: 'By HTTP/2', class: 'num' },
  { id: 'streams', name: 'Streams', class: 'num' },
  { id: 'tls', name: 'TLS handshakes' }
];

function Listeners({ of }) {
  if (of.length === 0) {
    return <Nothing title="No listener is open" />;
  }
  return (
    <Table label="Listeners" columns={LISTENER_COLUMNS}>
      {of.map(listener => (
        <Row key={listener.listener}>
          <Cell header name="Listener"><span class="name">{listener.listener}</span></Cell>
          <Cell name="Connections" class="num"><Figure of={count(listener.active)} /></Cell>
          <Cell name="Accepted" class="num"><Figure of={count(listener.accepted)} /></Cell>
          <Cell name="Dropped" class={listener.dropped > 0 ? 'num some' : 'num'}><Figure of={count(listener.dropped)} /></Cell>
          <Cell name="By HTTP/2" class="num"><Figure of={count(listener.http2)} /></Cell>
          <Cell name="Streams" class="num"><Figure of={count(listener.streams)} /></Cell>
          <Cell name="TLS handshakes">
            {(listener.handshakes ?? []).length === 0
              ? <span class="muted">none</span>
              : listener.handshakes.map(kind => (
                <span key={kind.version + kind.result} class={kind.result === 'failed' ? 'chip some' : 'chip'}>
                  {kind.version} {kind.result} <span class="figure">{count(kind.count)}</span>
                </span>
              ))}
          </Cell>
        </Row>
      ))}
    </Table>
  );
}
