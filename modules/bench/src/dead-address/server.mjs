// node server.mjs ADDRESS REPORTS: one of the machines behind the name. Its page asks for /who each second, whatever
// becomes of the requests before, and reports each outcome to another machine.
import http from 'node:http';

const [address, reports] = process.argv.slice(2);
const page = `<!doctype html><meta charset="utf-8"><body><script>
const tell = what => navigator.sendBeacon('${reports}', JSON.stringify(what));
addEventListener('load', () => setTimeout(() => {
  const load = performance.getEntriesByType('navigation')[0];
  tell({ page: '${address}', ms: Math.round(load.responseStart - load.fetchStart) });
}, 0));
setInterval(async () => {
  const sent = performance.now();
  tell({ asked: true });
  try {
    const answer = await fetch('/who', { cache: 'no-store' });
    tell({ from: await answer.text(), ms: Math.round(performance.now() - sent) });
  } catch (failure) {
    tell({ failed: failure.message, ms: Math.round(performance.now() - sent) });
  }
}, 1000);
</script></body>`;

http
  .createServer({ keepAliveTimeout: 600_000 }, (request, response) => {
    const home = request.url === '/';
    response.setHeader('Content-Type', home ? 'text/html' : 'text/plain');
    response.end(home ? page : address);
  })
  .listen(8080, address, () => console.log('listening'));
