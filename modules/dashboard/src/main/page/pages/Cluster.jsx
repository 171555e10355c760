import { bytes, count, duration, percent, plural, rate, time } from '../format.js';
import { errorShare, isServerWell, nodeCondition, troubles } from '../health.js';
import { Badge, Bar, Cell, Figure, Mark, Panel, Row, Table, Tile } from '../parts/basics.jsx';
import { Chart } from '../parts/Chart.jsx';
import { Events } from '../parts/Events.jsx';
import { LiveMap } from '../parts/LiveMap.jsx';
import { Spark } from '../parts/Spark.jsx';

const MOST_TROUBLES = 6;

/** Whether all is well, and what each node does. */
export function Cluster({ state }) {
  const { live, events } = state;
  const servers = live.upstreams.flatMap(upstream => upstream.servers);
  const well = servers.filter(server => isServerWell(server, live.time)).length;
  const ready = live.nodes.filter(node => nodeCondition(node).level === 'ok').length;
  const total = live.total ?? {};
  const share = errorShare(total);
  return (
    <>
      <Troubles of={troubles(live)} nodes={live.nodes.length} servers={servers.length} />
      <div class="tiles">
        <Tile
          label="Requests" value={rate(total.rate?.requests)} unit="/s"
          below={<><Figure of={count(total.requests)} name="total-requests" /> since the nodes’ start</>}
        />
        <Tile
          label="Errors" value={rate(total.rate?.errors)} unit="/s" level={share > 0.05 ? 'bad' : share > 0.01 ? 'warn' : undefined}
          below={`${percent(share)} of requests`}
        />
        <Tile label="Time, p99" value={time(total.latency?.p99)} below={`half of them ${time(total.latency?.p50)}`} />
        <Tile
          label="Under way" value={count(total.active)}
          below={`${bytes(total.rate?.bytesIn)}/s in, ${bytes(total.rate?.bytesOut)}/s out`}
        />
        <Tile
          label="Nodes ready" value={`${ready}/${live.nodes.length}`} level={ready < live.nodes.length ? 'bad' : undefined}
          below={plural(live.nodes.filter(node => node.votes).length, 'vote')}
        />
        <Tile
          label="Servers up" value={`${well}/${servers.length}`} level={well < servers.length ? 'warn' : undefined}
          below={plural(live.upstreams.length, 'upstream')}
        />
        <Tile
          label="Sessions" value={count(live.sessions?.table)} level={live.sessions?.agreement === false ? 'warn' : undefined}
          below={live.sessions?.agreement === false ? 'the tables do not agree yet' : 'all nodes agree'}
        />
      </div>
      <div class="columns">
        <Panel title="Requests and errors per second" id="traffic">
          <Chart
            of="total" fields={['requests', 'errors']} format={rate} events={events}
            label={`Requests and errors per second over ten minutes; now ${rate(total.rate?.requests)} and ${rate(total.rate?.errors)}`}
          />
        </Panel>
        <Panel title="Time to answer" id="latency">
          <Chart
            of="total" fields={['p99', 'p50']} format={time} events={events}
            label={`Time to answer over ten minutes; now p99 ${time(total.latency?.p99)}, p50 ${time(total.latency?.p50)}`}
          />
        </Panel>
      </div>
      <Panel title="Nodes" id="nodes" flush>
        <Nodes of={live.nodes} />
      </Panel>
      <div class="columns wide-left">
        <Panel title="Who sends where" id="map" aside={<span class="muted">requests per second, now</span>} flush>
          <LiveMap live={live} />
        </Panel>
        <Panel title="What has happened" id="events" flush>
          <Events of={events} />
        </Panel>
      </div>
    </>
  );
}

function Troubles({ of, nodes, servers }) {
  if (of.length === 0) {
    return (
      <div class="notice ok calm">
        <Mark level="ok" />
        <div><b>All is well.</b> {plural(nodes, 'node')} and {plural(servers, 'server')} do their work.</div>
      </div>
    );
  }
  return (
    <section class={'notice ' + of[0].level} aria-labelledby="troubles">
      <Mark level={of[0].level} />
      <div>
        <h2 id="troubles">{of.length === 1 ? 'One thing needs a look' : `${of.length} things need a look`}</h2>
        <ul class="troubles">
          {of.slice(0, MOST_TROUBLES).map(trouble => (
            <li key={trouble.text}>
              <Mark level={trouble.level} />
              <a href={trouble.href}>{trouble.text}</a>
            </li>
          ))}
          {of.length > MOST_TROUBLES ? <li class="muted">and {of.length - MOST_TROUBLES} more</li> : null}
        </ul>
      </div>
    </section>
  );
}

const COLUMNS = [
  { id: 'node', name: 'Node' },
  { id: 'state', name: 'State' },
  { id: 'requests', name: 'Requests', class: 'num' },
  { id: 'trend', name: '2 minutes', class: 'trend' },
  { id: 'p99', name: 'p99', class: 'num' },
  { id: 'connections', name: 'Connections', class: 'num' },
  { id: 'sessions', name: 'Sessions', class: 'num' },
  { id: 'cpu', name: 'CPU', class: 'num' },
  { id: 'heap', name: 'Heap', class: 'num' },
  { id: 'lag', name: 'Loop lag', class: 'num' },
  { id: 'uptime', name: 'Up for', class: 'num' },
  { id: 'version', name: 'Version' }
];

function Nodes({ of }) {
  const versions = new Set(of.map(node => node.version).filter(version => version));
  return (
    <Table label="Nodes" columns={COLUMNS}>
      {of.map(node => {
        const { level, word, why } = nodeCondition(node);
        const gone = node.answers === false;
        return (
          <Row key={node.name} class={gone ? 'stale' : ''} data-node={node.name}>
            <Cell header name="Node">
              <span class="name">{node.name}</span>
              <span class="chips">
                {node.self ? <span class="chip">this page’s</span> : null}
                {node.votes ? <span class="chip">votes</span> : null}
              </span>
              <span class="sub">{node.address}</span>
            </Cell>
            <Cell name="State">
              <Badge level={level}>{word}</Badge>
              {why ? <span class="sub">{why}{gone ? ' Its last figures:' : ''}</span> : null}
              {node.journal ? <span class="sub">cannot write changes down: {node.journal}</span> : null}
            </Cell>
            <Cell name="Requests" class="num"><Figure of={rate(node.figures?.rate?.requests)} unit="/s" /></Cell>
            <Cell name="2 minutes" class="trend">
              <Spark of={'node ' + node.name} fields={['requests']} label={`requests of ${node.name} over two minutes`} />
            </Cell>
            <Cell name="p99" class="num"><Figure of={time(node.figures?.latency?.p99)} /></Cell>
            <Cell name="Connections" class="num"><Figure of={count(node.connections)} /></Cell>
            <Cell name="Sessions" class="num">
              <Figure of={count(node.sessions)} />
              <span class="sub">{node.synced === false ? 'not in step' : node.replicationLag == null ? '' : `lag ${time(node.replicationLag)}`}</span>
            </Cell>
            <Cell name="CPU" class="num"><Share of={node.cpu} what={`CPU of ${node.name}`} /></Cell>
            <Cell name="Heap" class="num">
              <Share of={node.heapMax > 0 ? node.heapUsed / node.heapMax : null} what={`heap of ${node.name}`} title={`${bytes(node.heapUsed)} of ${bytes(node.heapMax)}`} />
            </Cell>
            <Cell name="Loop lag" class="num"><Figure of={time(node.loopLag?.p99)} /></Cell>
            <Cell name="Up for" class="num"><Figure of={duration(node.uptime)} /></Cell>
            <Cell name="Version">
              <span class={versions.size > 1 ? 'version differs' : 'version'}>{node.version?.split(' ')[0]}</span>
              <span class="sub">{node.version?.split(' ')[1]?.replace(/[()]/g, '')}</span>
            </Cell>
          </Row>
        );
      })}
    </Table>
  );
}

function Share({ of, what, title }) {
  return (
    <span class="share" title={title}>
      <Bar share={of} level={of > 0.9 ? 'bad' : 'accent'} label={what} />
      <Figure of={percent(of)} />
    </span>
  );
}
