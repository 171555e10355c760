// node screenshots.js CHROMIUM URL OUTPUT [PREFIX]: pictures of each of the dashboard's pages, light and dark, wide and narrow.
// CHROMIUM is the directory that it is unpacked into.
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import playwright from 'playwright-core';
import { ARGUMENTS, chromium } from './chromium.js';

const [directory, url, output, only] = process.argv.slice(2);
const PAGES = ['cluster', 'upstreams', 'routes', 'sessions', 'changes', 'requests', 'settings'];
const SIZES = { wide: { width: 1360, height: 900 }, phone: { width: 390, height: 844 } };

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
    for (const name of PAGES) {
      if (only && !`${name}-${size}-${colorScheme}`.startsWith(only)) {
        continue;
      }
      await page.goto(url + '#/' + name);
      await page.waitForSelector('.panel');
      await page.waitForTimeout(1500);
      await page.screenshot({ path: join(output, `${name}-${size}-${colorScheme}.png`), fullPage: true });
    }
    await context.close();
  }
}
await browser.close();
