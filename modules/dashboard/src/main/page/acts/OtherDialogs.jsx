import { useState } from 'preact/hooks';
import { percent } from '../format.js';
import { Mark } from '../parts/basics.jsx';
import { Dialog, Field } from '../parts/Dialog.jsx';
import { tell } from '../parts/Toasts.jsx';
import { carryOut, durability, Plan, usePlanned } from './planned.jsx';

/** Asks for a yes to an order, and says before what would come of it. */
function OrderDialog({ title, order, button, danger, done, commented = true, onClose, children }) {
  const [comment, setComment] = useState('');
  const [busy, setBusy] = useState(false);
  const [failure, setFailure] = useState(null);
  const plan = usePlanned(order);

  const submit = async () => {
    if (plan.state !== 'ready' || busy) {
      return;
    }
    setBusy(true);
    setFailure(null);
    try {
      const answer = await carryOut(order, plan.etag, commented ? comment : '');
      onClose();
      tell(done + durability(answer), { change: answer.body.change });
    } catch (refusal) {
      setFailure(refusal);
      setBusy(false);
    }
  };

  return (
    <Dialog
      title={title}
      onClose={onClose}
      onSubmit={submit}
      footer={(
        <>
          <button type="button" onClick={onClose}>Cancel</button>
          <button type="submit" class={danger ? 'primary danger' : 'primary'} disabled={busy || plan.state !== 'ready'}>
            {busy ? 'Doing it…' : button}
          </button>
        </>
      )}
    >
      {children}
      <Plan of={plan} />
      {commented ? (
        <Field
          id="comment" label="Comment for the history" maxLength="500" value={comment} placeholder="optional"
          onInput={event => setComment(event.currentTarget.value)}
        />
      ) : null}
      {failure ? <div class="notice bad" role="alert"><Mark level="bad" /><div>{failure.message}</div></div> : null}
    </Dialog>
  );
}

export function UndoDialog({ id, onClose }) {
  const path = 'api/v1/changes/' + encodeURIComponent(id);
  return (
    <OrderDialog
      title={`Undo the change ${id}`}
      order={{ tagged: path, path: path + '/undo', method: 'POST' }}
      button="Undo it"
      done={`The change ${id} is undone.`}
      onClose={onClose}
    >
      <p>What it has changed becomes what it was before. The undo is a change, too, and can itself be undone.</p>
    </OrderDialog>
  );
}

export function DiscardDialog({ onClose }) {
  return (
    <OrderDialog
      title="Discard all changes"
      order={{ path: 'api/v1/changes/discard', method: 'POST' }}
      button="Discard all"
      danger
      done="The settings are those of the file again."
      onClose={onClose}
    >
      <p>Everything goes back to what the settings file says, at every node. It is one change, and can be undone.</p>
    </OrderDialog>
  );
}

/** Shifts a route's clients between upstreams. */
export function SharesDialog({ route, onClose }) {
  const [shares, setShares] = useState(Object.fromEntries(Object.entries(route.shares).map(([name, n]) => [name, String(n)])));
  const numbers = Object.fromEntries(Object.entries(shares).map(([name, text]) => [name, /^\d{1,6}$/.test(text) ? Number(text) : NaN]));
  const sum = Object.values(numbers).reduce((one, other) => one + other, 0);
  const right = sum > 0 && Object.values(numbers).every(n => !Number.isNaN(n));
  const path = `api/v1/routes/${encodeURIComponent(route.route)}/shares`;
  return (
    <OrderDialog
      title={`Shares of the route ${route.route}`}
      order={right ? { tagged: path, path, method: 'PATCH', body: { shares: numbers } } : null}
      button="Set the shares"
      done={`The route ${route.route} shares its clients anew.`}
      onClose={onClose}
    >
      <p>New clients go by the weights. Clients that have been to an upstream stay with it while its weight is above 0.</p>
      {Object.entries(shares).map(([name, text]) => (
        <Field
          key={name} id={'share-' + name} label={name} inputMode="numeric" value={text} required
          wrong={Number.isNaN(numbers[name]) ? 'expected a whole number' : undefined}
          hint={right ? percent(numbers[name] / sum) + ' of new clients' : undefined}
          onInput={event => setShares({ ...shares, [name]: event.currentTarget.value })}
        />
      ))}
    </OrderDialog>
  );
}
