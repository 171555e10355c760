import { bytes, clock, count, duration, rate, time } from '../format.js';
import { SOURCES, failure } from '../words.js';
import { Chart } from './Chart.jsx';

/** All that is known of a server. */
export function ServerDetails({ of, live, events }) {
  const figures = of.figures ?? {};
  const failures = Object.entries(figures.failures ?? {}).sort((one, other) => other[1] - one[1]);
  const nodes = Object.entries(of.nodes ?? {}).sort((one, other) => one[0].localeCompare(other[0]));
  return (
    <div class="server-details">
      <div class="columns">
        <Chart
          of={'server ' + of.id} fields={['requests', 'errors']} format={rate} height={120} events={events}
          label={`Requests and errors per second of ${of.id} over ten minutes`}
        />
        <Chart
          of={'server ' + of.id} fields={['p99', 'p50']} format={time} height={120} events={events}
          label={`p50 and p99 of ${of.id} over ten minutes`}
        />
      </div>
      <div class="fact-lists">
        <dl>
          <Fact name="As it is since">{of.since ? `${clock(of.since)} (${duration((live.time - of.since) / 1000)})` : null}</Fact>
          <Fact name="Comes from">{SOURCES[of.source] ?? of.source}</Fact>
          <Fact name="Zone">{of.zone || null}</Fact>
          <Fact name="Most requests at a time">{of.maxConnections > 0 ? `${count(of.maxConnections)} from each node` : 'any number'}</Fact>
          <Fact name="Ejected">{of.ejected ? `${of.ejected.reason}; until ${clock(of.ejected.until)}, time ${of.ejected.times}` : null}</Fact>
        </dl>
        <dl>
          <Fact name="Requests">{count(figures.requests)}</Fact>
          {['2xx', '3xx', '4xx', '5xx'].map(kind => <Fact key={kind} name={'Answers ' + kind}>{count(figures.responses?.[kind] ?? (figures.responses ? 0 : null))}</Fact>)}
          <Fact name="Bytes">{`${bytes(figures.bytesIn)} to it, ${bytes(figures.bytesOut)} from it`}</Fact>
        </dl>
        <dl>
          <Fact name="To connect, p99">{time(of.connect?.p99)}</Fact>
          <Fact name="To the first byte, p50">{time(of.firstByte?.p50)}</Fact>
          <Fact name="To the first byte, p99">{time(of.firstByte?.p99)}</Fact>
          <Fact name="Whole, p50, p90, p99">{`${time(figures.latency?.p50)}, ${time(figures.latency?.p90)}, ${time(figures.latency?.p99)}`}</Fact>
          <Fact name="The longest">{time(figures.latency?.max)}</Fact>
        </dl>
        <dl>
          {failures.length === 0 ? <Fact name="Failures">none since the nodes’ start</Fact> : null}
          {failures.map(([name, n]) => <Fact key={name} name={failure(name)}>{count(n)}</Fact>)}
          {nodes.map(([name, cell]) => <Fact key={name} name={'From ' + name}>{`${rate(cell.requests)}/s, ${count(cell.active)} under way`}</Fact>)}
        </dl>
      </div>
      <p class="more"><a href={'#/requests?server=' + encodeURIComponent(of.id)}>Watch its requests</a></p>
    </div>
  );
}

function Fact({ name, children }) {
  return children == null ? null : <div><dt>{name}</dt><dd class="figure">{children}</dd></div>;
}
