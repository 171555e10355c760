// One case from start to end: start the proxies, warm them up, give each its turn in each round, end them.
import { launch } from './contender.mjs';
import { Field } from './field.mjs';
import { say } from './say.mjs';

const STEADY = 0.05;
const WARM_UP_TURN = 3;

/** Returns the contenders that came to the end, with a sample for each round, and why others did not. */
export async function runCase(aCase, proxies, site, cores, options) {
  say(`${aCase.name}: ${aCase.about}`);
  const field = new Field(aCase.name);
  for (const proxy of proxies) {
    const lack = aCase.needs.map((need) => proxy.lacks[need]).find(Boolean);
    if (lack) {
      field.skip(proxy, lack);
    } else {
      await field.enter(proxy, () => launch(proxy, aCase, site, cores));
    }
  }
  await field.each((contender) => warmUp(contender, aCase, options));
  const rate = aCase.atHalfOf && (await halfOf(aCase.atHalfOf, field, aCase, options));
  const load = { ...loadOf(options), rate };
  for (let round = 1; round <= options.rounds; round++) {
    const direct = rate && (await askOrigin(aCase, site, cores, load));
    await field.each(async (contender) => {
      const sample = await turn(contender, aCase, load, direct);
      const cpu = sample.cpu_us_per_request.toFixed(1);
      say(`  round ${round} of ${options.rounds}: ${contender.proxy.name} ${cpu} µs CPU a request`);
    });
  }
  await field.end();
  return { contenders: field.contenders, skipped: field.skipped, rate };
}

/**
 * Proxies that compile themselves while they run (JVM, V8) are warm when two turns in a row cost alike, but not
 * before the least time: compilers pause between their stages. For the others a single turn fills pools.
 */
async function warmUp({ proxy, measure }, aCase, options) {
  const seconds = proxy.compiles ? WARM_UP_TURN : 1;
  const { least, most } = proxy.compiles ? options.warmUpSeconds : { least: 1, most: 1 };
  let last;
  for (let spent = seconds; spent <= most; spent += seconds) {
    const { cpu_us_per_request: cost } = await measure(aCase.load, { ...loadOf(options), seconds });
    if (spent >= least && Math.abs(cost / last - 1) < STEADY) {
      break;
    }
    last = cost;
  }
}

/** Half of the rate that the named proxy reaches now. Without that proxy the case is off. */
async function halfOf(name, field, aCase, options) {
  let rate;
  await field.each(async ({ proxy, measure }) => {
    if (proxy.name === name) {
      rate = Math.round((await measure(aCase.load, loadOf(options))).requests_per_second / 2);
    }
  });
  if (!rate) {
    await field.dropAll(`the rate is half of what ${name} can do, and ${name} does not take part`);
  }
  return rate;
}

/** The same load without a proxy: what the latency through one is compared with. */
function askOrigin(aCase, site, cores, load) {
  const url = `http://127.0.0.1:${site.http[0]}${aCase.path}`;
  return aCase.load({ url, core: cores.load, directory: site.directory, ...load });
}

async function turn(contender, aCase, load, direct) {
  const sample = await contender.measure(aCase.load, load);
  if (sample.requests_per_second === 0) {
    throw new Error(`no request succeeded, ${sample.errors} failed`);
  }
  if (direct) {
    sample.added_p50_ms = sample.p50_ms - direct.p50;
    sample.added_p99_ms = sample.p99_ms - direct.p99;
  }
  contender.samples.push(sample);
  return sample;
}

function loadOf({ connections, seconds }) {
  return { connections, seconds };
}
