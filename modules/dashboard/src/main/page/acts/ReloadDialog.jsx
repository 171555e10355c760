import { useState } from 'preact/hooks';
import { ask } from '../api.js';
import { Mark } from '../parts/basics.jsx';
import { Dialog } from '../parts/Dialog.jsx';
import { tell } from '../parts/Toasts.jsx';

/** Has the settings file read again, and applied. */
export function ReloadDialog({ preview, node, onDone, onClose }) {
  const [busy, setBusy] = useState(false);
  const [failure, setFailure] = useState(null);
  const submit = async () => {
    setBusy(true);
    try {
      const { body } = await ask('api/v1/reload', { method: 'POST' });
      onClose();
      onDone();
      tell(body.needRestart.length > 0
        ? 'The settings were read again. What takes a restart waits for one.'
        : 'The settings were read again.');
    } catch (refusal) {
      setFailure(refusal);
      setBusy(false);
    }
  };
  return (
    <Dialog
      title="Read the settings file again"
      onClose={onClose}
      onSubmit={submit}
      footer={(
        <>
          <button type="button" onClick={onClose}>Cancel</button>
          <button type="submit" class="primary" disabled={busy}>{busy ? 'Reading…' : 'Reload'}</button>
        </>
      )}
    >
      <p>{node ? `${node} reads its file and applies` : 'The node reads its file and applies'} what has changed. Other nodes have files of their own.</p>
      <div class="plan">
        <h3>What would change</h3>
        {preview.changes.length > 0
          ? <ul>{preview.changes.map(line => <li key={line}><code>{line}</code></li>)}</ul>
          : <p class="muted">Nothing.</p>}
      </div>
      {failure ? (
        <div class="notice bad" role="alert">
          <Mark level="bad" />
          <div>{failure.message}{(failure.problem?.mistakes ?? []).map(line => <p key={line}><code>{line}</code></p>)}</div>
        </div>
      ) : null}
    </Dialog>
  );
}
