import { bytes, time } from '../format.js';
import { explained, failure } from '../words.js';
import { Mark } from './basics.jsx';

/** One request from its head to the last byte of its answer, and why it went where it went. */
export function Waterfall({ of, balance }) {
  const total = of.total > 0 ? of.total : 1e-9;
  const phases = [];
  let at = 0;
  if (of.placement > 0) {
    phases.push({ name: 'placement', kind: 'placement', from: 0, length: of.placement, says: time(of.placement) });
    at += of.placement;
  }
  if (of.queue > 0) {
    phases.push({ name: 'waiting for room', kind: 'queue', from: at, length: of.queue, says: time(of.queue) });
    at += of.queue;
  }
  for (const attempt of of.attempts ?? []) {
    const from = attempt.start ?? at;
    const length = attempt.total ?? 0;
    phases.push({
      name: attempt.server, kind: attempt.failure ? 'failed' : 'attempt', from, length,
      says: [
        attempt.connect > 0 ? `connected in ${time(attempt.connect)}` : attempt.connect === 0 ? 'by a connection that was open' : '',
        attempt.firstByte != null ? `first byte after ${time(attempt.firstByte)}` : '',
        attempt.failure ? failure(attempt.failure) : attempt.status ? `status ${attempt.status}` : '',
        time(length)
      ].filter(text => text).join(', ')
    });
    at = from + length;
  }
  return (
    <div class="waterfall">
      <ul class="why">{explained(of, balance).map(line => <li key={line}>{line}</li>)}</ul>
      <ol class="phases">
        {phases.map((phase, i) => (
          <li key={i}>
            <span class="phase-name">{phase.kind === 'failed' ? <Mark level="bad" /> : null}{phase.name}</span>
            <span class="phase-track" aria-hidden="true">
              <span
                class={'phase ' + phase.kind}
                style={{ left: share(phase.from / total), width: share(Math.max(0.004, phase.length / total)) }}
              />
            </span>
            <span class="phase-says figure">{phase.says}</span>
          </li>
        ))}
        {phases.length === 0 ? <li class="muted">No server was asked.</li> : null}
      </ol>
      <dl class="fact-line">
        <div><dt>Whole</dt><dd class="figure">{time(of.total)}</dd></div>
        <div><dt>Request</dt><dd class="figure">{bytes(of.requestBytes)}</dd></div>
        <div><dt>Answer</dt><dd class="figure">{bytes(of.responseBytes)}</dd></div>
        <div><dt>Protocol</dt><dd>{of.protocol}</dd></div>
        <div><dt>Client</dt><dd>{of.client}</dd></div>
        <div><dt>Node</dt><dd>{of.node}</dd></div>
        {of.id ? <div><dt>Request id</dt><dd><code>{of.id}</code></dd></div> : null}
        {of.trace ? <div><dt>Trace</dt><dd><code>{of.trace}</code></dd></div> : null}
      </dl>
    </div>
  );
}

function share(of) {
  return (100 * Math.min(1, Math.max(0, of))).toFixed(2) + '%';
}
