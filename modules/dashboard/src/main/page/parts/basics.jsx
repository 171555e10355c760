import { UNKNOWN } from '../format.js';

/** Shapes, so that colour is never the only signal. */
const SHAPES = {
  ok: 'M8 2.500a5.5 5.5 0 1 0 0 11 5.5 5.5 0 0 0 0-11z',
  busy: 'M8 2a6 6 0 1 0 0 12A6 6 0 0 0 8 2zm0 2a4 4 0 0 1 0 8z',
  off: 'M3.5 3.500h9v9h-9z',
  warn: 'M8 1.8 15 14H1z',
  bad: 'M4.2 2.2 8 6l3.8-3.8 2 2L10 8l3.8 3.8-2 2L8 10l-3.8 3.8-2-2L6 8 2.2 4.200z',
  info: 'M8 2.500a5.5 5.5 0 1 0 0 11 5.5 5.5 0 0 0 0-11z'
};

export function Mark({ level }) {
  return (
    <svg class={'mark ' + level} viewBox="0 0 16 16" width="12" height="12" aria-hidden="true">
      <path d={SHAPES[level] ?? SHAPES.info} />
    </svg>
  );
}

/** A condition in a word, with its shape and colour. */
export function Badge({ level, children, title }) {
  return (
    <span class={'badge ' + level} title={title}>
      <Mark level={level} />
      {children}
    </span>
  );
}

/** A figure and its unit, in a room of its own so that nothing jumps. */
export function Figure({ of, unit, strong, name }) {
  const text = of ?? UNKNOWN;
  const [, value, own] = /^(\S+) (\S+)$/.exec(text) ?? [null, text, ''];
  return (
    <span class={strong ? 'figure strong' : 'figure'} data-figure={name}>
      {value}
      {own || unit ? <span class="unit">{'\u00a0'}{own}{unit}</span> : null}
    </span>
  );
}

export function Tile({ label, value, unit, below, level, children, name }) {
  return (
    <div class={'tile' + (level ? ' ' + level : '')}>
      <div class="tile-label">{level && level !== 'ok' ? <Mark level={level} /> : null}{label}</div>
      <div class="tile-value"><Figure of={value} unit={unit} name={name} /></div>
      <div class="tile-below">{below ?? '\u00a0'}</div>
      {children}
    </div>
  );
}

export function Panel({ title, aside, children, id, flush }) {
  return (
    <section class={flush ? 'panel flush' : 'panel'} aria-labelledby={id}>
      <header class="panel-head">
        <h2 id={id}>{title}</h2>
        <div class="panel-aside">{aside}</div>
      </header>
      {children}
    </section>
  );
}

/** What stands where there is nothing: says so, and what would be there. */
export function Nothing({ title, children }) {
  return (
    <div class="nothing">
      <p class="nothing-title">{title}</p>
      {children ? <p>{children}</p> : null}
    </div>
  );
}

export function Loading({ of }) {
  return <div class="nothing" role="status"><span class="spinner" aria-hidden="true" /> {of}</div>;
}

export function Trouble({ of, retry }) {
  return (
    <div class="notice bad" role="alert">
      <Mark level="bad" />
      <div>{of?.message ?? String(of)}</div>
      {retry ? <button type="button" onClick={retry}>Try again</button> : null}
    </div>
  );
}

/** A share as a bar with its number beside it. */
export function Bar({ share, level = 'accent', label }) {
  const width = Math.max(0, Math.min(1, share ?? 0)) * 100;
  return (
    <span class={'bar ' + level} role="img" aria-label={label}>
      <span style={{ width: width.toFixed(1) + '%' }} />
    </span>
  );
}

/**
 * A table that becomes cards on a narrow screen; there each cell has its column's name before it. Roles are written out,
 * since browsers take them from what is shown as a block.
 */
export function Table({ label, columns, children, sort, onSort, class: more = '' }) {
  return (
    <div class={'table-room ' + more}>
      <table role="table" aria-label={label}>
        <thead role="rowgroup">
          <tr role="row">
            {columns.map(column => (
              <th
                key={column.id}
                role="columnheader"
                scope="col"
                class={column.class}
                aria-sort={sort && sort.by === column.id ? (sort.down ? 'descending' : 'ascending') : undefined}
              >
                {onSort && column.sorts
                  ? (
                    <button type="button" class="sorter" onClick={() => onSort(column.id)}>
                      {column.name}
                      <span aria-hidden="true">{sort.by === column.id ? (sort.down ? ' ↓' : ' ↑') : ''}</span>
                    </button>
                  )
                  : column.name}
              </th>
            ))}
          </tr>
        </thead>
        <tbody role="rowgroup">{children}</tbody>
      </table>
    </div>
  );
}

export function Row({ children, class: more, ...rest }) {
  return <tr role="row" class={more} {...rest}>{children}</tr>;
}

export function Cell({ name, children, class: more, header, ...rest }) {
  return header
    ? <th role="rowheader" scope="row" class={more} data-name={name} {...rest}>{children}</th>
    : <td role="cell" class={more} data-name={name} {...rest}>{children}</td>;
}
