import { now, update } from '../live.js';
import { Mark } from './basics.jsx';
import { Icon } from './icons.jsx';

const SHOWN = 15_000;
let last = 0;

/** Says what has come of something. change: the id of one that may be undone. */
export function tell(text, { level = 'ok', change } = {}) {
  const id = ++last;
  update({ toasts: [...(now().toasts ?? []), { id, text, level, change }].slice(-4) });
  setTimeout(() => dismiss(id), SHOWN);
}

function dismiss(id) {
  update({ toasts: (now().toasts ?? []).filter(toast => toast.id !== id) });
}

export function Toasts({ of = [] }) {
  return (
    <div class="toasts" role="status" aria-live="polite">
      {of.map(toast => (
        <div key={toast.id} class={'toast ' + toast.level}>
          <Mark level={toast.level} />
          <span>{toast.text}</span>
          {toast.change ? (
            <button
              type="button"
              class="small"
              onClick={() => {
                dismiss(toast.id);
                update({ dialog: { kind: 'undo', id: toast.change } });
              }}
            >
              Undo
            </button>
          ) : null}
          <button type="button" class="quiet square small" aria-label="Dismiss" onClick={() => dismiss(toast.id)}>
            <Icon name="close" size={16} />
          </button>
        </div>
      ))}
    </div>
  );
}
