import { useEffect, useRef } from 'preact/hooks';
import { Icon } from './icons.jsx';

/** Something that is asked before all else goes on; Escape says no. */
export function Dialog({ title, onClose, onSubmit, children, footer }) {
  const ref = useRef(null);
  useEffect(() => {
    const dialog = ref.current;
    dialog.showModal();
    return () => dialog.close();
  }, []);
  return (
    <dialog
      ref={ref}
      aria-labelledby="dialog-title"
      onCancel={event => {
        event.preventDefault();
        onClose();
      }}
      onMouseDown={event => event.target === ref.current && onClose()}
    >
      <form
        class="dialog"
        onSubmit={event => {
          event.preventDefault();
          onSubmit();
        }}
      >
        <header>
          <h2 id="dialog-title">{title}</h2>
          <button type="button" class="quiet square" aria-label="Close" onClick={onClose}><Icon name="close" /></button>
        </header>
        <div class="dialog-body">{children}</div>
        <footer>{footer}</footer>
      </form>
    </dialog>
  );
}

/** A field with its label, a hint, and what is wrong with it. */
export function Field({ id, label, hint, wrong, children, ...input }) {
  const about = [wrong ? id + '-wrong' : '', hint ? id + '-hint' : ''].join(' ').trim() || undefined;
  return (
    <div class={wrong ? 'field wrong' : 'field'}>
      <label for={id}>{label}</label>
      {children
        ? <select id={id} aria-describedby={about} aria-invalid={wrong ? 'true' : undefined} {...input}>{children}</select>
        : <input id={id} aria-describedby={about} aria-invalid={wrong ? 'true' : undefined} {...input} />}
      {wrong ? <p class="wrong-text" id={id + '-wrong'}>{wrong}</p> : null}
      {hint ? <p class="hint" id={id + '-hint'}>{hint}</p> : null}
    </div>
  );
}
