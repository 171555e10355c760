import { useEffect, useState } from 'preact/hooks';
import { ask } from '../api.js';
import { Mark } from '../parts/basics.jsx';

/**
 * What would come of an order, which the node is asked for (?dry-run=true), with the tag of what it is for: the order holds
 * only if nobody has changed that meanwhile.
 *
 * order: { tagged, path, method, body }, or null where there is nothing to ask yet
 */
export function usePlanned(order) {
  const [plan, set] = useState({ state: 'asking' });
  const [turn, again] = useState(0);
  const key = JSON.stringify(order);
  useEffect(() => {
    if (!order) {
      set({ state: 'none' });
      return undefined;
    }
    let over = false;
    (async () => {
      try {
        const etag = order.tagged ? (await ask(order.tagged)).etag : undefined;
        const dry = await ask(order.path + '?dry-run=true', { method: order.method, body: order.body, ifMatch: etag });
        over || set({ state: 'ready', etag, lines: dry.body.changes ?? dry.body.summary ?? [] });
      } catch (failure) {
        over || set({ state: 'failed', failure });
      }
    })();
    return () => {
      over = true;
    };
  }, [key, turn]);
  return { ...plan, again: () => again(turn + 1) };
}

/** Has it done. */
export function carryOut(order, etag, comment) {
  const query = comment ? '?comment=' + encodeURIComponent(comment) : '';
  return ask(order.path + query, { method: order.method, body: order.body, ifMatch: etag });
}

/** What the node says would change, or why it would not do it. */
export function Plan({ of }) {
  if (of.state === 'failed') {
    return (
      <div class="notice bad" role="alert">
        <Mark level="bad" />
        <div>
          {of.failure.message}
          {(of.failure.problem?.errors ?? []).map(error => <p key={error.field}><b>{error.field}</b> {error.message}</p>)}
        </div>
        <button type="button" onClick={of.again}>Look again</button>
      </div>
    );
  }
  return (
    <div class="plan" aria-busy={of.state === 'asking'}>
      <h3>What the node would change</h3>
      {of.state === 'ready'
        ? of.lines.length > 0
          ? <ul>{of.lines.map(line => <li key={line}><code>{line}</code></li>)}</ul>
          : <p class="muted">Nothing: it is so already.</p>
        : <p class="muted">{of.state === 'none' ? '\u00a0' : 'Asking…'}</p>}
    </div>
  );
}

/** Says in words how durable a change is that was made. */
export function durability(answer) {
  const { held, majority } = answer.body.durability ?? {};
  return answer.status === 202 ? ` So far ${held} of the ${majority} nodes that make a majority have written it down.` : '';
}
