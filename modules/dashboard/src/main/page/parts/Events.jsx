import { clock } from '../format.js';
import { Mark, Nothing } from './basics.jsx';

const LEVELS = { error: 'bad', warning: 'warn', info: 'info' };

/** What has happened, newest first. */
export function Events({ of, most = 12, empty }) {
  if (of.length === 0) {
    return <Nothing title="Nothing has happened">{empty ?? 'Servers that go down, moves, reloads and changes will be here.'}</Nothing>;
  }
  return (
    <ol class="events">
      {of.slice(0, most).map(event => (
        <li key={`${event.time} ${event.node} ${event.kind} ${event.subject}`} class={LEVELS[event.severity] ?? 'info'}>
          <Mark level={LEVELS[event.severity] ?? 'info'} />
          <time class="figure" dateTime={new Date(event.time).toISOString()}>{clock(event.time)}</time>
          <span class="event-text">{event.text}</span>
          <span class="event-node">{event.node}</span>
        </li>
      ))}
    </ol>
  );
}
