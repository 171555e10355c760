import { useEffect, useState } from 'preact/hooks';
import { ask, serverPath } from '../api.js';
import { update } from '../live.js';
import { Mark } from '../parts/basics.jsx';
import { Dialog, Field } from '../parts/Dialog.jsx';
import { tell } from '../parts/Toasts.jsx';
import { consequences, isLast } from './consequences.js';
import { carryOut, durability, Plan, usePlanned } from './planned.jsx';

const ACTS = {
  drain: { title: 'Drain', button: 'Drain', done: 'is draining', body: { state: 'drain' } },
  down: { title: 'Take down', button: 'Take down', done: 'is down', body: { state: 'down' }, danger: true },
  up: { title: 'Bring up', button: 'Bring up', done: 'is up', body: { state: 'up' } },
  weight: { title: 'Change the weight of', button: 'Set the weight', done: 'has another weight' },
  remove: { title: 'Remove', button: 'Remove', done: 'is removed', method: 'DELETE', danger: true }
};

/** What may be done with a server as it is. */
export function actsFor(server) {
  const acts = [];
  if (server.state !== 'up') {
    acts.push({ act: 'up', name: 'Bring up' });
  }
  if (server.state === 'up') {
    acts.push({ act: 'drain', name: 'Drain…' });
  }
  if (server.state !== 'down') {
    acts.push({ act: 'down', name: 'Take down…' });
  }
  acts.push({ act: 'weight', name: 'Change weight…' });
  if (server.source !== 'dns' && server.source !== 'kubernetes' && server.source !== 'elsewhere') {
    acts.push({ act: 'remove', name: 'Remove…', danger: true });
  }
  return acts;
}

export function openAct(act, id) {
  update({ dialog: { kind: 'server', act, id } });
}

export function ServerDialog({ act, id, live, onClose }) {
  const found = live?.upstreams
    ?.flatMap(upstream => upstream.servers.map(server => ({ upstream, server })))
    .find(({ server }) => server.id === id);
  const [weight, setWeight] = useState(String(found?.server.weight ?? 1));
  const [comment, setComment] = useState('');
  const [busy, setBusy] = useState(false);
  const [failure, setFailure] = useState(null);
  const sessions = useSessions(id);
  const what = ACTS[act];
  const number = /^\d{1,4}$/.test(weight) ? Number(weight) : NaN;
  const rightWeight = number >= 1 && number <= 1000;
  const changes = act !== 'weight' || (rightWeight && number !== found?.server.weight);
  const order = changes && {
    tagged: serverPath(id),
    path: serverPath(id),
    method: what.method ?? 'PATCH',
    body: act === 'weight' ? { weight: number } : what.body
  };
  const plan = usePlanned(order || null);
  if (!found) {
    return (
      <Dialog title={`${what.title} ${id}`} onClose={onClose} onSubmit={onClose} footer={<button type="submit">Close</button>}>
        <p>There is no such server any more.</p>
      </Dialog>
    );
  }
  const { server, upstream } = found;

  const submit = async () => {
    if (plan.state !== 'ready' || busy) {
      return;
    }
    setBusy(true);
    setFailure(null);
    try {
      const answer = await carryOut(order, plan.etag, comment);
      onClose();
      tell(`${id} ${what.done}.${durability(answer)}`, { change: answer.body.change });
    } catch (refusal) {
      setFailure(refusal);
      setBusy(false);
      if (refusal.status === 412 || refusal.status === 409) {
        plan.again();
      }
    }
  };

  return (
    <Dialog
      title={`${what.title} ${id}`}
      onClose={onClose}
      onSubmit={submit}
      footer={(
        <>
          <button type="button" onClick={onClose}>Cancel</button>
          <button type="submit" class={what.danger ? 'primary danger' : 'primary'} disabled={busy || plan.state !== 'ready'}>
            {busy ? 'Doing it…' : what.button}
          </button>
        </>
      )}
    >
      {isLast(act, server, upstream) ? (
        <div class="notice bad">
          <Mark level="bad" />
          <div>No other server of {upstream.name} takes new clients. Without this one, they get errors (503).</div>
        </div>
      ) : null}
      {act === 'weight' ? (
        <Field
          id="weight" label="Weight" type="number" min="1" max="1000" required value={weight} autofocus
          hint="1 to 1000; the share of new clients goes by it"
          onInput={event => setWeight(event.currentTarget.value)}
        />
      ) : null}
      <ul class="consequences">
        {consequences(act, server, upstream, sessions, number).map(line => <li key={line}>{line}</li>)}
      </ul>
      <Plan of={plan} />
      <Field
        id="comment" label="Comment for the history" maxLength="500" value={comment} placeholder="optional"
        onInput={event => setComment(event.currentTarget.value)}
      />
      {failure ? <div class="notice bad" role="alert"><Mark level="bad" /><div>{failure.message}</div></div> : null}
    </Dialog>
  );
}

/** How many sessions in the table belong to a server; null until that is known. */
function useSessions(id) {
  const [sessions, set] = useState(null);
  useEffect(() => {
    let over = false;
    ask('api/v1/sessions').then(
      ({ body }) => over || set(body.upstreams?.[id.slice(0, id.indexOf('/'))]?.servers?.[id] ?? null),
      () => {});
    return () => {
      over = true;
    };
  }, [id]);
  return sessions;
}
