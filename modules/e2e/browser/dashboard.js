// node dashboard.js SURROUNDINGS: the dashboard in front of three nodes, as its users see it. It starts the servers behind the
// nodes, sends requests, opens the page, and ends with 0 if all is as it should be.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { Agent, get } from 'node:http';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import playwright from 'playwright-core';
import { ARGUMENTS, chromium } from './chromium.js';

const HERE = dirname(fileURLToPath(import.meta.url));
const ROOT = join(HERE, '..', '..', '..');
const PATIENCE = 60_000;
const around = JSON.parse(process.argv[2]);
const page1 = around.pages[0];
const children = [];
const ids = around.servers.map(port => `nodejs/127.0.0.1:${port}`);

process.on('exit', () => children.forEach(child => child.kill('SIGKILL')));
process.on('SIGTERM', () => process.exit(143));

function step(what) {
  console.log(`${new Date().toISOString().slice(11, 23)} ${what}`);
}

/** A process that has said what it says once it is there. */
async function started(script, args, environment, says) {
  const child = spawn('node', [join(ROOT, script), ...args], { env: { ...process.env, ...environment }, stdio: ['ignore', 'pipe', 'inherit'] });
  children.push(child);
  let output = '';
  await new Promise((resolve, reject) => {
    child.stdout.on('data', data => {
      output += data;
      if (output.includes(says)) {
        resolve();
      }
    });
    child.on('exit', code => reject(new Error(`${script} has ended with ${code}: ${output}`)));
  });
  return { child, output };
}

async function server(i) {
  const { child } = await started('examples/chat/server.js', [], { PORT: String(around.servers[i]), HOST: '127.0.0.1', BACKEND_NAME: `server-${i}` }, 'listening on');
  return child;
}

/** Something that becomes true; what it gives is given. */
async function until(what, look, millis = PATIENCE) {
  const end = Date.now() + millis;
  let last;
  while (Date.now() < end) {
    try {
      const found = await look();
      if (found) {
        return found;
      }
      last = found;
    } catch (failure) {
      last = failure;
    }
    await new Promise(resolve => setTimeout(resolve, 50));
  }
  throw new Error(`not within ${millis} ms: ${what} (${last})`);
}

/** Clients at all nodes, who count the answers that they get. */
class Load {
  answered = 0;
  failed = 0;
  #goesOn = true;
  #all;
  #agent = new Agent({ keepAlive: true });

  constructor(sites, clients = 6) {
    this.#all = Array.from({ length: clients }, (_, i) => this.#client(sites[i % sites.length]));
  }

  async #client(site) {
    while (this.#goesOn) {
      await new Promise(resolve => {
        const failed = () => {
          this.failed++;
          resolve();
        };
        get(site + 'whoami', { agent: this.#agent, timeout: PATIENCE }, response => {
          response.resume();
          response.on('end', () => {
            this.answered++;
            resolve();
          });
          response.on('error', failed);
        }).on('error', failed);
      });
      await new Promise(resolve => setTimeout(resolve, 25));
    }
  }

  async stop() {
    this.#goesOn = false;
    await Promise.all(this.#all);
    this.#agent.destroy();
  }
}

function number(text) {
  return Number(text.replaceAll(',', ''));
}

async function opened(browser, token, asked) {
  const context = await browser.newContext({ locale: 'en-GB', viewport: { width: 1400, height: 900 } });
  const page = await context.newPage();
  page.setDefaultTimeout(PATIENCE);
  page.on('console', message => ['error', 'warning'].includes(message.type()) && asked.complaints.push(message.text()));
  page.on('pageerror', failure => asked.complaints.push(failure.stack));
  context.on('request', request => asked.urls.add(request.url()));
  await page.goto(page1);
  await page.fill('#token', token);
  await page.click('button[type=submit]');
  await page.waitForSelector('[data-figure="total-requests"]');
  return page;
}

function row(page, i) {
  return page.locator(`tr[data-server="${ids[i]}"]`);
}

async function level(page, i) {
  return row(page, i).getAttribute('data-level');
}

async function act(page, i, name) {
  await row(page, i).locator('.menu > button').click();
  await row(page, i).locator('.menu-items button', { hasText: name }).click();
}

/** Presses the button once the node has said what would change. */
async function confirm(page) {
  await page.waitForSelector('dialog .plan li');
  const says = await page.locator('dialog').innerText();
  await page.click('dialog button[type=submit]');
  await page.waitForSelector('dialog', { state: 'detached' });
  return says;
}

async function figuresAreWhatWasSent(page) {
  const load = new Load(around.sites);
  await page.waitForTimeout(6000);
  await load.stop();
  assert.equal(load.failed, 0);
  const shown = await until('the page has counted all requests', async () => {
    const total = number(await page.locator('[data-figure="total-requests"]').innerText());
    return Math.abs(total - load.answered) <= load.answered / 100 && total;
  }).catch(async failure => {
    throw new Error(`${load.answered} answers came, the page says ${await page.locator('[data-figure="total-requests"]').innerText()} (${failure.message})`);
  });
  await page.goto(page1 + '#/routes');
  const route = number(await page.locator('tr[data-route="site"] td[data-name="Requests"] .sub').innerText());
  assert.ok(Math.abs(route - load.answered) <= load.answered / 100, `the route has ${route} of ${load.answered}`);
  step(`${load.answered} answers came, the page shows ${shown}, its route ${route}`);
}

/** As quick as it is on a machine that does nothing else; one that is busy may take a second and a third try. */
async function aKilledServerTurnsRed(page, servers) {
  await page.goto(page1 + '#/upstreams');
  let best = Infinity;
  for (let i = 0; i < 3 && best > 3000; i++) {
    await until('the server is up', async () => await level(page, 1) === 'ok');
    const begin = Date.now();
    servers[1].kill('SIGKILL');
    await until('the dead server is red', async () => await level(page, 1) === 'bad');
    best = Math.min(best, Date.now() - begin);
    assert.match(await row(page, 1).innerText(), /Dead/);
    servers[1] = await server(1);
  }
  assert.ok(best <= 3000, `a killed server is red after ${best} ms`);
  await until('it is up again', async () => ['ok', 'busy'].includes(await level(page, 1)));
  step(`a killed server was red after ${best} ms`);
}

async function stateOf(i) {
  const response = await fetch(`${page1}api/v1/upstreams/nodejs/servers/127.0.0.1:${around.servers[i]}`, { headers: { Authorization: 'Bearer ' + around.operator } });
  return response.status === 200 ? (await response.json()).state : 'none';
}

async function drainAddAndUndo(page) {
  await act(page, 0, 'Drain');
  const says = await confirm(page);
  assert.match(says, /no new clients/);
  assert.match(says, /state/);
  assert.equal(await stateOf(0), 'drain');
  await until('the server is shown as draining', async () => (await row(page, 0).innerText()).includes('Draining'));
  await page.click('.toast button:has-text("Undo")');
  await confirm(page);
  assert.equal(await stateOf(0), 'up');
  await until('the server is up again', async () => await level(page, 0) === 'ok');
  step('drained, and undone');

  await page.click('button:has-text("Add a server")');
  await page.fill('#add-address', 'nonsense');
  await page.click('dialog button[type=submit]');
  await page.waitForSelector('#add-address-wrong');
  await page.fill('#add-address', `127.0.0.1:${around.servers[2]}`);
  await page.fill('#comment', 'one more, by the dashboard');
  await page.click('dialog button[type=submit]');
  await page.waitForSelector('dialog', { state: 'detached' });
  await until('the new server is up', async () => await level(page, 2) === 'ok');
  step('added');

  await page.goto(page1 + '#/changes');
  const change = page.locator('.change', { hasText: 'one more, by the dashboard' });
  await change.locator('button').click();
  await confirm(page);
  await until('the change is shown as undone', async () => (await change.first().innerText()).includes('Undone'));
  assert.equal(await stateOf(2), 'none');
  await page.goto(page1 + '#/upstreams');
  await until('the server is gone from the page', async () => await row(page, 2).count() === 0);
  step('undone from the history');
}

async function requestsAreTold(page) {
  await page.goto(page1 + '#/requests');
  const load = new Load(around.sites, 2);
  await page.locator('tr.request .opener').first().click();
  const why = await page.locator('.waterfall').first().innerText();
  await load.stop();
  assert.match(why, /Route site of http sends it to nodejs/);
  assert.match(why, /nodejs\/127\.0\.0\.1/);
  step('requests say why they went where they went');
}

async function readersHaveNoButtons(browser, asked) {
  const page = await opened(browser, around.reader, asked);
  for (const name of ['upstreams', 'routes', 'changes', 'settings']) {
    await page.goto(`${page1}#/${name}`);
    await page.waitForSelector('.panel');
    await page.waitForFunction(() => !document.querySelector('.spinner'));
    const buttons = await page.locator('main button').allInnerTexts();
    const acts = buttons.filter(text => /\b(act|add|drain|shift|undo|reload|discard|remove)\b/i.test(text));
    assert.deepEqual(acts, [], `a reader has these on the page of ${name}`);
  }
  const status = await page.evaluate(async ({ server, token }) => {
    const headers = { Authorization: 'Bearer ' + token, 'Content-Type': 'application/json' };
    return (await fetch(server, { method: 'PATCH', headers, body: '{"state": "drain"}' })).status;
  }, { server: `api/v1/upstreams/nodejs/servers/127.0.0.1:${around.servers[0]}`, token: around.reader });
  assert.equal(status, 403);
  assert.equal(await stateOf(0), 'up');
  await page.context().close();
  step('a reader has no buttons, and is refused');
}

async function aNodeDiesAndThePageGoesOn(page) {
  await page.goto(page1 + '#/cluster');
  const load = new Load(around.sites.slice(0, 2), 4);
  process.kill(around.nodes[2], 'SIGKILL');
  const node = page.locator('tr[data-node="node-3"]');
  await until('the dead node is shown as such', async () => /No answer|Unreachable/.test(await node.innerText()));
  const before = number(await page.locator('[data-figure="total-requests"]').innerText());
  await until('the figures of the others go on', async () => number(await page.locator('[data-figure="total-requests"]').innerText()) > before + 50);
  assert.equal(await page.locator('main.lost').count(), 0);
  await load.stop();
  step('a node died, and the page went on');
}

/** An hour's updates in seconds: a made-up cluster, in which something happens all the time. */
async function anHourTakesNoMoreMemory(browser) {
  const { output } = await started('modules/dashboard/dev/mock.js', ['--port', '0', '--speed', '250'], {}, 'http://');
  const url = /http:\/\/\S+/.exec(output)[0];
  const context = await browser.newContext({ locale: 'en-GB', viewport: { width: 1400, height: 900 } });
  const page = await context.newPage();
  const complaints = [];
  page.on('pageerror', failure => complaints.push(failure.stack));
  await page.goto(url);
  const session = await context.newCDPSession(page);
  const seen = async () => Date.parse(await page.locator('.head time').getAttribute('datetime'));
  const used = async () => {
    await session.send('HeapProfiler.collectGarbage');
    return (await session.send('Runtime.getHeapUsage')).usedSize / 1e6;
  };
  await page.waitForSelector('.head time');
  const begin = await seen();
  await until('what the page keeps is full', async () => await seen() > begin + 11 * 60_000);
  const early = await used();
  await until('an hour more has gone by', async () => await seen() > begin + 71 * 60_000, 3 * PATIENCE);
  const late = await used();
  assert.ok(late < early * 1.15 + 1, `the heap was ${early.toFixed(1)} MB when all was full, and ${late.toFixed(1)} MB after an hour more`);
  assert.deepEqual(complaints, []);
  await context.close();
  step(`the heap was ${early.toFixed(1)} MB, and ${late.toFixed(1)} MB an hour later`);
}

async function itsOwnNodeDies(page) {
  process.kill(around.nodes[0], 'SIGKILL');
  await page.waitForSelector('main.lost');
  assert.match(await page.locator('main > .notice').innerText(), /No connection to node-1/);
  assert.ok(number(await page.locator('[data-figure="total-requests"]').innerText()) > 0, 'the last figures stay');
  step('its own node died, and the page says so');
}

async function main() {
  const servers = [await server(0), await server(1), await server(2)];
  const { program, environment } = await chromium(around.chromium);
  const browser = await playwright.chromium.launch({ executablePath: program, env: environment, args: ARGUMENTS });
  const asked = { complaints: [], urls: new Set() };
  const page = await opened(browser, around.operator, asked);
  step('the page is open');
  await page.goto(page1 + '#/upstreams');
  await until('both servers are up', async () => await level(page, 0) === 'ok' && await level(page, 1) === 'ok');
  await page.goto(page1 + '#/cluster');
  await figuresAreWhatWasSent(page);
  await aKilledServerTurnsRed(page, servers);
  await drainAddAndUndo(page);
  await requestsAreTold(page);
  await readersHaveNoButtons(browser, asked);
  await aNodeDiesAndThePageGoesOn(page);
  // What a browser says of answers that refuse something is not the page's.
  const own = asked.complaints.filter(text => !/status of (401|403|422)/.test(text));
  assert.deepEqual(own, []);
  const elsewhere = [...asked.urls].filter(url => !url.startsWith(page1));
  assert.deepEqual(elsewhere, []);
  step('no complaint, and no request to another host');
  await itsOwnNodeDies(page);
  await anHourTakesNoMoreMemory(browser);
  await browser.close();
}

try {
  await main();
  process.exit(0);
} catch (failure) {
  console.log(failure.stack);
  process.exit(1);
}
