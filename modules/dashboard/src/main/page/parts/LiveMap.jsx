import { rate, shortId } from '../format.js';
import { serverCondition } from '../health.js';
import { Mark, Nothing } from './basics.jsx';

const MOST = 60;

/** Which node sends how much to which server: the darker, the more. */
export function LiveMap({ live }) {
  const servers = live.upstreams.flatMap(upstream => upstream.servers.map(server => ({ upstream, server })));
  if (servers.length === 0) {
    return <Nothing title="No servers">An upstream in the settings would have some.</Nothing>;
  }
  let most = 1;
  for (const { server } of servers) {
    for (const cell of Object.values(server.nodes ?? {})) {
      most = Math.max(most, cell.requests ?? 0);
    }
  }
  return (
    <div class="table-room">
      <table class="map">
        <thead>
          <tr>
            <th scope="col">Server</th>
            {live.nodes.map(node => <th key={node.name} scope="col" class={node.answers === false ? 'stale' : ''}>{node.name}</th>)}
          </tr>
        </thead>
        <tbody>
          {servers.slice(0, MOST).map(({ upstream, server }, i) => {
            const { level, word } = serverCondition(server, live.time);
            const first = i === 0 || servers[i - 1].upstream !== upstream;
            return (
              <tr key={server.id} class={first ? 'first' : ''}>
                <th scope="row" title={`${server.id}: ${word}`}>
                  <Mark level={level} />
                  <span class="name">{shortId(server.id)}</span>
                  <span class="sub">{upstream.name}{level === 'ok' ? '' : ' · ' + word.toLowerCase()}</span>
                </th>
                {live.nodes.map(node => <Heat key={node.name} of={server.nodes?.[node.name]} most={most} stale={node.answers === false} />)}
              </tr>
            );
          })}
        </tbody>
      </table>
      {servers.length > MOST ? <p class="more muted">and {servers.length - MOST} servers more, on the page of the upstreams</p> : null}
    </div>
  );
}

function Heat({ of, most, stale }) {
  const heat = Math.sqrt((of?.requests ?? 0) / most);
  return (
    <td class={stale ? 'heat stale' : 'heat'} style={{ '--heat': heat.toFixed(3) }}>
      <span class="figure">{rate(of?.requests)}</span>
      {of?.errors >= 0.05 ? <span class="heat-errors"><Mark level="bad" />{rate(of.errors)}</span> : null}
    </td>
  );
}
