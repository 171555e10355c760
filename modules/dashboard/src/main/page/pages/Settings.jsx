import { useEffect, useState } from 'preact/hooks';
import { ask, serversPath } from '../api.js';
import { update } from '../live.js';
import { Badge, Cell, Loading, Mark, Nothing, Panel, Row, Table, Trouble } from '../parts/basics.jsx';
import { tell } from '../parts/Toasts.jsx';
import { usePolled } from '../polled.js';
import { isAdmin } from '../role.js';

/** The settings file beside what was changed since: what holds, what a reload would do, and how to keep it. */
export function Settings({ state }) {
  const admin = isAdmin(state.who);
  const file = usePolled('api/v1/reload', 10_000);
  const [turn, again] = useState(0);
  const changed = useChanged(state.live.upstreams.map(upstream => upstream.name), turn);
  const open = state.dialog != null;
  useEffect(() => {
    if (!open) {
      file.refresh();
      again(turn + 1);
    }
  }, [open]);
  const self = state.live.nodes.find(node => node.self)?.name ?? state.live.node;
  return (
    <>
      <Panel
        title={`The settings file of ${self}`} id="file" flush
        aside={admin && file.body ? (
          <button type="button" class="small" onClick={() => update({ dialog: { kind: 'reload', preview: file.body, node: self, onDone: () => {} } })}>
            Reload…
          </button>
        ) : null}
      >
        <FileState of={file} />
      </Panel>
      <Panel
        title="The file beside the changes" id="beside" flush
        aside={admin && changed.rows?.length > 0 ? (
          <button type="button" class="small danger" onClick={() => update({ dialog: { kind: 'discard' } })}>Discard all…</button>
        ) : null}
      >
        <Beside of={changed} />
      </Panel>
      <Panel title="To make the changes permanent" id="export"><Export turn={turn} /></Panel>
    </>
  );
}

function FileState({ of }) {
  const { body, failure, refresh } = of;
  const mistakes = failure?.problem?.mistakes;
  if (mistakes) {
    return (
      <div class="notice bad">
        <Mark level="bad" />
        <div>
          <b>The file has mistakes. What held before holds on.</b>
          <ul class="lines">{mistakes.map(line => <li key={line}><code>{line}</code></li>)}</ul>
        </div>
      </div>
    );
  }
  if (!body) {
    return failure ? <Trouble of={failure} retry={refresh} /> : <Loading of="The node reads its file…" />;
  }
  const nothing = body.changes.length === 0 && body.needRestart.length === 0 && body.withoutEffect.length === 0;
  return nothing
    ? <div class="notice ok calm"><Mark level="ok" /><div>What the file says is what holds. A reload would change nothing.</div></div>
    : (
      <div class="file-state">
        <Lines title="A reload would change" of={body.changes} level="busy" />
        <Lines title="Takes a restart" of={body.needRestart} level="warn" />
        <Lines title="Changes that the file has no place for" of={body.withoutEffect} level="warn" />
      </div>
    );
}

function Lines({ title, of, level }) {
  return of.length === 0 ? null : (
    <div>
      <h3><Badge level={level}>{title}</Badge></h3>
      <ul class="lines">{of.map(line => <li key={line}><code>{line}</code></li>)}</ul>
    </div>
  );
}

const COLUMNS = [
  { id: 'what', name: 'What' },
  { id: 'file', name: 'The file says' },
  { id: 'now', name: 'Holds now' },
  { id: 'change', name: 'By the change' }
];

function Beside({ of }) {
  if (!of.rows) {
    return of.failure ? <Trouble of={of.failure} /> : <Loading of="Asking what was changed…" />;
  }
  if (of.rows.length === 0) {
    return <Nothing title="No change lies over the file">Servers and shares are as it lists them.</Nothing>;
  }
  return (
    <Table label="The file beside the changes" columns={COLUMNS}>
      {of.rows.map(row => (
        <Row key={row.what}>
          <Cell header name="What"><code>{row.what}</code></Cell>
          <Cell name="The file says">{row.file === undefined ? <span class="muted">nothing</span> : <code>{written(row.file)}</code>}</Cell>
          <Cell name="Holds now"><code class="now">{written(row.now)}</code></Cell>
          <Cell name="By the change"><a href="#/changes"><code>{row.change}</code></a></Cell>
        </Row>
      ))}
    </Table>
  );
}

function written(value) {
  return typeof value === 'string' ? value || '""' : JSON.stringify(value);
}

/** Everything that a change has set, of all servers and shares. */
function useChanged(upstreams, turn) {
  const [found, set] = useState({ rows: null, failure: null });
  const names = upstreams.join('\n');
  useEffect(() => {
    let over = false;
    (async () => {
      try {
        const rows = [];
        for (const upstream of upstreams) {
          const { body } = await ask(serversPath(upstream));
          for (const server of body.servers) {
            if (server.source === 'change' && Object.keys(server.changed).length === 0) {
              rows.push({ what: server.id, file: undefined, now: server.address, change: '' });
            }
            for (const [field, { change, file }] of Object.entries(server.changed)) {
              rows.push({ what: `${server.id} ${field}`, file, now: server[field], change });
            }
          }
        }
        const { body } = await ask('api/v1/routes');
        for (const route of body.routes) {
          if (route.source === 'change') {
            rows.push({ what: `route ${route.route} shares`, file: route.file, now: route.shares, change: route.change });
          }
        }
        over || set({ rows, failure: null });
      } catch (failure) {
        over || set({ rows: null, failure });
      }
    })();
    return () => {
      over = true;
    };
  }, [names, turn]);
  return found;
}

function Export({ turn }) {
  const [text, setText] = useState(null);
  useEffect(() => {
    let over = false;
    ask('api/v1/changes/export').then(({ body }) => over || setText(body), () => over || setText(''));
    return () => {
      over = true;
    };
  }, [turn]);
  const copy = async () => {
    try {
      await navigator.clipboard.writeText(text);
      tell('The settings are copied.');
    } catch {
      tell('This browser lets a page copy over HTTPS only: select the text instead.', { level: 'warn' });
    }
  };
  return (
    <>
      <p class="muted">These settings say what the changes say. Put them into the file of each node, and discard the changes.</p>
      <pre class="code" tabIndex={0} aria-label="Settings">{text ?? 'Asking…'}</pre>
      {text ? <button type="button" onClick={copy}>Copy</button> : null}
    </>
  );
}
