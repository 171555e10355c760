import { useEffect, useRef, useState } from 'preact/hooks';
import { Icon } from './icons.jsx';

/** A button that shows more buttons. Escape, and a click elsewhere, hide them. */
export function Menu({ label, name, items }) {
  const [open, setOpen] = useState(false);
  const room = useRef(null);
  useEffect(() => {
    if (!open) {
      return undefined;
    }
    const elsewhere = event => room.current?.contains(event.target) || setOpen(false);
    const key = event => {
      if (event.key === 'Escape') {
        setOpen(false);
        room.current?.querySelector('button').focus();
      }
    };
    document.addEventListener('pointerdown', elsewhere);
    document.addEventListener('focusin', elsewhere);
    document.addEventListener('keydown', key);
    return () => {
      document.removeEventListener('pointerdown', elsewhere);
      document.removeEventListener('focusin', elsewhere);
      document.removeEventListener('keydown', key);
    };
  }, [open]);
  return (
    <div class="menu" ref={room}>
      <button type="button" class="small" aria-expanded={open} aria-label={label} onClick={() => setOpen(!open)}>
        {name}<Icon name="down" size={14} />
      </button>
      {open ? (
        <div class="menu-items">
          {items.map(item => (
            <button
              key={item.name}
              type="button"
              class={item.danger ? 'danger' : ''}
              onClick={() => {
                setOpen(false);
                room.current?.querySelector('button').focus();
                item.act();
              }}
            >
              {item.name}
            </button>
          ))}
        </div>
      ) : null}
    </div>
  );
}
