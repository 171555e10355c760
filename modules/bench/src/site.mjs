// What all proxies of a run have in common: the origins behind them, and the certificate they show.
import { chmodSync, mkdirSync, readFileSync, truncateSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { freePorts } from './machine.mjs';
import { run, start } from './processes.mjs';
import { nginxFrame } from './proxies/nginx.mjs';
import { answers } from './probe.mjs';

const echoOrigin = fileURLToPath(new URL('./ws/echo-origin.mjs', import.meta.url));

/** Starts the origins on the load's core. Two for HTTP, of which all but the sticky case use the first. */
export async function openSite(directory, core) {
  chmodSync(directory, 0o755); // nginx's worker reads the files as another user
  const [first, second, websocket] = await freePorts(3);
  const http = start('nginx', ['-e', 'stderr', '-p', directory, '-c', originConf(directory, [first, second])], {
    core,
    log: path.join(directory, 'origin.log'),
  });
  const echo = start(process.execPath, [echoOrigin, String(websocket)], {
    core,
    log: path.join(directory, 'echo-origin.log'),
  });
  await answers(`http://127.0.0.1:${first}/small`, http);
  await answers(`http://127.0.0.1:${websocket}/small`, echo);
  return { directory, http: [first, second], websocket, certificate: await makeCertificate(directory) };
}

function originConf(directory, ports) {
  const files = path.join(directory, 'www');
  mkdirSync(files);
  writeFileSync(path.join(files, '10k'), 'x'.repeat(10 * 1024));
  writeFileSync(path.join(files, '1m'), 'x'.repeat(1024 * 1024));
  writeFileSync(path.join(files, 'endless'), '');
  truncateSync(path.join(files, 'endless'), 1024 ** 3); // takes no room on the disk
  const conf = path.join(directory, 'origin.conf');
  const listen = ports.map((port) => `listen 127.0.0.1:${port};`).join(' ');
  writeFileSync(
    conf,
    nginxFrame(
      path.join(directory, 'origin'),
      `open_file_cache max=10;
       sendfile on; tcp_nopush on;
       server { ${listen} root ${files};
         location = / { return 200; } # what health checks ask for
         location = /small { return 200 "hello from the origin\\n"; } }`,
    ),
  );
  return conf;
}

/** Self-signed, EC P-256, in every shape that one of the proxies wants. */
async function makeCertificate(directory) {
  const [crt, key, pem, p12] = ['x.crt', 'x.key', 'x.pem', 'x.p12'].map((name) => path.join(directory, name));
  const subject = ['-subj', '/CN=localhost', '-addext', 'subjectAltName=DNS:localhost,IP:127.0.0.1'];
  const algorithm = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes'];
  await run('openssl', ['req', '-x509', ...algorithm, '-keyout', key, '-out', crt, '-days', '2', ...subject]);
  await run('openssl', ['pkcs12', '-export', '-in', crt, '-inkey', key, '-out', p12, '-passout', 'pass:bench']);
  writeFileSync(pem, readFileSync(crt, 'utf8') + readFileSync(key, 'utf8'), { mode: 0o600 });
  return { crt, key, pem, p12 };
}
