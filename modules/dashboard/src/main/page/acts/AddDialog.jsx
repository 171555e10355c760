import { useState } from 'preact/hooks';
import { ask, serversPath } from '../api.js';
import { Mark } from '../parts/basics.jsx';
import { Dialog, Field } from '../parts/Dialog.jsx';
import { tell } from '../parts/Toasts.jsx';
import { durability } from './planned.jsx';

/** Adds a server to an upstream. */
export function AddDialog({ upstream, onClose }) {
  const [fields, setFields] = useState({ address: '', id: '', weight: '', 'slow-start': '', zone: '', backup: 'off' });
  const [comment, setComment] = useState('');
  const [busy, setBusy] = useState(false);
  const [failure, setFailure] = useState(null);
  const wrong = Object.fromEntries((failure?.problem?.errors ?? []).map(error => [error.field, error.message]));
  const field = name => ({
    id: 'add-' + name,
    value: fields[name],
    wrong: wrong[name],
    onInput: event => setFields({ ...fields, [name]: event.currentTarget.value })
  });

  const submit = async () => {
    setBusy(true);
    setFailure(null);
    const body = Object.fromEntries(
      Object.entries(fields)
        .map(([name, value]) => [name, value.trim()])
        .filter(([name, value]) => value !== '' && !(name === 'backup' && value === 'off'))
        .map(([name, value]) => [name, name === 'weight' && /^\d+$/.test(value) ? Number(value) : value]));
    try {
      const query = comment ? '?comment=' + encodeURIComponent(comment) : '';
      const answer = await ask(serversPath(upstream) + query, { method: 'POST', body });
      onClose();
      tell(`${answer.body.server?.id ?? fields.address} is added.${durability(answer)}`, { change: answer.body.change });
    } catch (refusal) {
      setFailure(refusal);
      setBusy(false);
    }
  };

  return (
    <Dialog
      title={`Add a server to ${upstream}`}
      onClose={onClose}
      onSubmit={submit}
      footer={(
        <>
          <button type="button" onClick={onClose}>Cancel</button>
          <button type="submit" class="primary" disabled={busy}>{busy ? 'Adding…' : 'Add'}</button>
        </>
      )}
    >
      <Field {...field('address')} label="Address" required autofocus placeholder="10.0.0.5:3000" hint="host:port; an IPv6 host in brackets" />
      <div class="fields">
        <Field {...field('weight')} label="Weight" inputMode="numeric" placeholder="1" />
        <Field {...field('slow-start')} label="Slow start" placeholder="0s" hint="such as 30s" />
        <Field {...field('zone')} label="Zone" placeholder="none" />
        <Field {...field('backup')} label="Backup">
          <option value="off">no</option>
          <option value="failure">when the others fail</option>
          <option value="overflow">also when the others are full</option>
        </Field>
      </div>
      <Field {...field('id')} label="Id" placeholder="the address" hint="its lasting name" />
      <Field
        id="comment" label="Comment for the history" maxLength="500" value={comment} placeholder="optional"
        onInput={event => setComment(event.currentTarget.value)}
      />
      <ul class="consequences">
        <li>Once its checks pass it takes new clients, at every node. Clients that others have stay where they are.</li>
      </ul>
      {failure && !(failure.problem?.errors ?? []).every(error => error.field in fields) || failure && !failure.problem?.errors
        ? <div class="notice bad" role="alert"><Mark level="bad" /><div>{failure.message}</div></div>
        : null}
    </Dialog>
  );
}
