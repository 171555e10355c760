import { useState } from 'preact/hooks';
import { hasToken } from '../api.js';
import { signIn, signOut, start } from '../live.js';
import { Mark } from '../parts/basics.jsx';
import { Field } from '../parts/Dialog.jsx';

/** Asks for a token; this tab keeps it for as long as it is open. */
export function SignIn({ refusal }) {
  const [token, setToken] = useState('');
  const [busy, setBusy] = useState(false);
  const submit = async event => {
    event.preventDefault();
    setBusy(true);
    await signIn(token.trim());
    setBusy(false);
  };
  return (
    <div class="alone">
      <form class="panel" onSubmit={submit}>
        <h1>Who are you?</h1>
        <p class="muted">This node asks for a token. <code>limpet token</code> makes one. It is kept in this tab only, until you close it.</p>
        <Field
          id="token" label="Token" type="password" autocomplete="off" spellcheck={false} required autofocus value={token}
          onInput={event => setToken(event.currentTarget.value)}
          wrong={refusal ? refusal.message : undefined}
        />
        <button type="submit" class="primary" disabled={busy || token.trim() === ''}>{busy ? 'Asking…' : 'Go on'}</button>
      </form>
    </div>
  );
}

/** Somebody whom the node knows, or whose address it does not let in, and who may not look. */
export function Refused({ refusal }) {
  return (
    <div class="alone">
      <div class="panel">
        <h1>You may not look here</h1>
        <div class="notice bad"><Mark level="bad" /><div>{refusal?.message}</div></div>
        <p class="muted">Whoever runs the node can let you in: <code>admin.allow</code>, <code>admin.hosts</code> and <code>admin.tokens</code> in its settings.</p>
        <button type="button" class="primary" onClick={() => start()}>Try again</button>
        {hasToken() ? <button type="button" onClick={() => signOut()}>Use another token</button> : null}
      </div>
    </div>
  );
}
