import { useEffect, useState } from 'preact/hooks';
import { ask } from '../api.js';
import { clock } from '../format.js';
import { update } from '../live.js';
import { Badge, Loading, Mark, Nothing, Panel, Trouble } from '../parts/basics.jsx';
import { usePolled } from '../polled.js';
import { mayWrite } from '../role.js';

const MOST = 100;

/** Who changed what and when, and the way back. */
export function Changes({ state }) {
  const [server, setServer] = useState('');
  const [who, setWho] = useState('');
  const query = new URLSearchParams({ limit: String(MOST), ...(server ? { server } : {}), ...(who ? { who } : {}) });
  const path = 'api/v1/changes?' + query;
  const { body, failure, refresh } = usePolled(path, 5000);
  const [older, setOlder] = useState(null);
  const [busy, setBusy] = useState(false);
  const newest = state.events.find(event => /change/.test(event.kind))?.time;
  const dialog = state.dialog == null;
  useEffect(() => setOlder(null), [path]);
  useEffect(() => refresh(), [newest, dialog]);

  const all = [...(body?.changes ?? []), ...(older?.changes ?? [])];
  const seen = new Set();
  const changes = all.filter(change => !seen.has(change.id) && seen.add(change.id));
  const next = older ? older.next : body?.next;
  const more = async () => {
    setBusy(true);
    try {
      const page = (await ask(next.replace(/^\//, ''))).body;
      setOlder({ changes: [...(older?.changes ?? []), ...page.changes], next: page.next });
    } catch {
      // The button stays.
    }
    setBusy(false);
  };
  const people = [...new Set(changes.map(change => change.who).filter(name => name))];
  const servers = state.live.upstreams.flatMap(upstream => upstream.servers.map(one => one.id));
  return (
    <>
      <div class="filters" role="search">
        <label>
          <span class="for-readers">Server</span>
          <select value={server} onChange={event => setServer(event.currentTarget.value)}>
            <option value="">All servers</option>
            {servers.map(id => <option key={id} value={id}>{id}</option>)}
          </select>
        </label>
        <label>
          <span class="for-readers">Who</span>
          <select value={who} onChange={event => setWho(event.currentTarget.value)}>
            <option value="">Everybody</option>
            {[...new Set([...people, ...(who ? [who] : [])])].map(name => <option key={name} value={name}>{name}</option>)}
          </select>
        </label>
      </div>
      {body?.trouble ? <div class="notice bad"><Mark level="bad" /><div>This node cannot write changes down: {body.trouble}</div></div> : null}
      {failure && !body ? <Trouble of={failure} retry={refresh} /> : null}
      {!body && !failure ? <Loading of="Asking for the changes…" /> : null}
      {body ? (
        <Panel title="Changes" id="changes" flush aside={<span class="muted">newest first</span>}>
          {changes.length === 0
            ? <Nothing title={server || who ? 'No change is like that' : 'Nothing was changed'}>{server || who ? '' : 'All is as the settings file says. What is changed at run time will be here, with a way back.'}</Nothing>
            : (
              <ol class="changes">
                {changes.map(change => <Change key={change.id} of={change} writes={mayWrite(state.who)} />)}
              </ol>
            )}
          {next ? <p class="more"><button type="button" disabled={busy} onClick={more}>{busy ? 'Asking…' : 'Show older ones'}</button></p> : null}
        </Panel>
      ) : null}
    </>
  );
}

function Change({ of, writes }) {
  const undone = of['undone-by'];
  return (
    <li class={undone ? 'change undone' : 'change'} data-change={of.id}>
      <div class="change-when">
        <time class="figure" dateTime={of.time}>{clock(Date.parse(of.time))}</time>
        <span class="sub">{of.who || 'somebody'} at {of.from}</span>
      </div>
      <div class="change-what">
        {of.summary.map(line => <p key={line}>{line}</p>)}
        {of.comment ? <p class="comment">“{of.comment}”</p> : null}
        <p class="sub"><code>{of.id}</code> · taken by {of.node}{of.undoes ? <> · undoes <code>{of.undoes}</code></> : null}</p>
      </div>
      <div class="change-acts">
        {undone ? <Badge level="off">Undone</Badge> : null}
        {writes && !undone ? (
          <button
            type="button" class="small" aria-label={`Undo ${of.summary.join(', ')}`}
            onClick={() => update({ dialog: { kind: 'undo', id: of.id } })}
          >
            Undo…
          </button>
        ) : null}
      </div>
    </li>
  );
}
