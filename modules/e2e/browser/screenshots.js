// node screenshots.js CHROMIUM OUTPUT [PAGE...]: pictures of the dashboard's pages for docs/images, light and dark, with the made-up
// cluster of modules/dashboard/dev behind them. CHROMIUM is the directory that it is unpacked into. pngquant makes them small.
import { execFileSync, spawn } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import playwright from 'playwright-core';
import { ARGUMENTS, chromium } from './chromium.js';

const [directory, output, ...only] = process.argv.slice(2);
const PAGES = ['cluster', 'upstreams', 'routes', 'sessions', 'changes', 'requests', 'settings'];
const SIZES = { '': { width: 1280, height: 860 }, '-phone': { width: 390, height: 780 } };
const MOCK = join(dirname(fileURLToPath(import.meta.url)), '..', '..', 'dashboard', 'dev', 'mock.js');
const SERVERS = 'api/v1/upstreams/shop/servers';

// Then a server has just died.
const mock = spawn('node', [MOCK, '--port', '0', '--history', '553'], { stdio: ['ignore', 'pipe', 'inherit'] });
process.on('exit', () => mock.kill());
const url = await new Promise(resolve => mock.stdout.on('data', data => resolve(String(data).trim())));
for (const [method, path, body] of [
  ['PATCH', `${SERVERS}/10.0.0.12:3000?comment=more%20memory%20since%20today`, { weight: 3 }],
  ['PATCH', `${SERVERS}/10.0.0.11:3000?comment=kernel%20update`, { state: 'drain' }],
  ['POST', `${SERVERS}?comment=for%20the%20sale`, { address: '10.0.0.15:3000', zone: 'a' }],
  ['PATCH', 'api/v1/routes/shop/shares', { shares: { shop: 90, reports: 10 } }]
]) {
  await fetch(url + path, { method, body: JSON.stringify(body) });
}

mkdirSync(output, { recursive: true });
const { program, environment } = await chromium(directory);
const browser = await playwright.chromium.launch({ executablePath: program, env: environment, args: ARGUMENTS });
for (const [size, viewport] of Object.entries(SIZES)) {
  for (const colorScheme of ['light', 'dark']) {
    const context = await browser.newContext({ viewport, colorScheme, reducedMotion: 'reduce', locale: 'en-GB' });
    const page = await context.newPage();
    page.on('console', message => ['error', 'warning'].includes(message.type()) && console.log(size, colorScheme, message.text()));
    page.on('pageerror', failure => console.log(size, colorScheme, failure.stack));
    await page.goto(url);
    for (const name of only.length > 0 ? only : PAGES) {
      await page.goto(url + '#/' + name);
      await page.waitForSelector('.panel');
      await page.waitForFunction(() => !document.querySelector('.spinner'));
      if (name === 'requests') {
        await page.locator('tr.request').nth(8).waitFor();
        await page.click('text=Pause');
        await page.locator('tr.request .opener').nth(2).click();
        await page.mouse.move(0, 0);
      }
      await page.waitForTimeout(1200);
      const file = join(output, `dashboard-${name}${size}-${colorScheme}.png`);
      await page.screenshot({ path: file });
      execFileSync('pngquant', ['--force', '--skip-if-larger', '--strip', '--ext', '.png', '128', file]);
    }
    await context.close();
  }
}
await browser.close();
process.exit(0);
