// One case from start to end: start the proxies, warm them up, give each its turn in each round, end them.
import { launch } from './contender.mjs';
import { say } from './say.mjs';

const STEADY = 0.05;

/** Returns the samples of each proxy that took part, round by round, and why others did not. */
export async function runCase(aCase, proxies, site, cores, options) {
  const skipped = [];
  let contenders = [];

  /** Does it with each contender; one that fails is out, with the reason. */
  const withEach = async (doIt) => {
    for (const contender of contenders) {
      try {
        await doIt(contender);
      } catch (error) {
        await drop(contender, error);
      }
    }
    contenders = contenders.filter((contender) => !contender.out);
  };
  const drop = async (contender, error) => {
    contender.out = true;
    skip(contender.proxy, error.message);
    await contender.server.end();
  };
  const skip = (proxy, reason) => {
    say(`  ${proxy.name} is skipped: ${reason}`);
    skipped.push({ case: aCase.name, proxy: proxy.name, reason });
  };

  say(`${aCase.name}: ${aCase.about}`);
  for (const proxy of proxies) {
    const lack = aCase.needs.map((need) => proxy.lacks[need]).find(Boolean);
    if (lack) {
      skip(proxy, lack);
      continue;
    }
    try {
      contenders.push({ ...(await launch(proxy, aCase, site, cores)), samples: [] });
    } catch (error) {
      skip(proxy, error.message);
    }
  }

  await withEach((contender) => warmUp(contender, aCase, options));

  const pace = await fixedPace(aCase, contenders, options);
  if (aCase.atHalfOf && !pace.rate) {
    const reason = `the rate is half of what ${aCase.atHalfOf} can do, and ${aCase.atHalfOf} does not take part`;
    contenders.forEach((contender) => skip(contender.proxy, reason));
    await Promise.all(contenders.map((contender) => contender.server.end()));
    return { contenders: [], skipped };
  }

  for (let round = 1; round <= options.rounds; round++) {
    const direct = aCase.atHalfOf ? await directLatency(aCase, site, cores, options, pace) : undefined;
    await withEach(async (contender) => {
      const sample = await contender.measure(aCase.load, { ...loadOf(options), ...pace });
      if (sample.requests_per_second === 0) {
        throw new Error(`no request succeeded, ${sample.errors} failed`);
      }
      if (direct) {
        sample.added_p50_ms = sample.p50_ms - direct.p50;
        sample.added_p99_ms = sample.p99_ms - direct.p99;
      }
      contender.samples.push(sample);
      const cpu = sample.cpu_us_per_request.toFixed(1);
      say(`  round ${round} of ${options.rounds}: ${contender.proxy.name} ${cpu} µs CPU a request`);
    });
  }
  await Promise.all(contenders.map((contender) => contender.server.end()));
  return { contenders, skipped, rate: pace.rate };
}

/**
 * Proxies that compile themselves while they run (JVM, V8) are warm when two turns in a row cost alike, but not
 * before half of the time allowed: compilers pause between their stages. For the others a single turn fills pools.
 */
async function warmUp({ proxy, measure }, aCase, options) {
  const seconds = proxy.compiles ? 3 : 1;
  const turns = proxy.compiles ? Math.ceil(options.warmUpSeconds / seconds) : 1;
  let last;
  for (let turn = 1; turn <= turns; turn++) {
    const { cpu_us_per_request: cost } = await measure(aCase.load, { ...loadOf(options), seconds });
    if (turn > turns / 2 && Math.abs(cost / last - 1) < STEADY) {
      break;
    }
    last = cost;
  }
}

async function fixedPace(aCase, contenders, options) {
  const paced = contenders.find(({ proxy }) => proxy.name === aCase.atHalfOf);
  if (!paced) {
    return {};
  }
  const full = await paced.measure(aCase.load, loadOf(options));
  return { rate: Math.round(full.requests_per_second / 2) };
}

/** The same load without a proxy: what the latency through one is compared with. */
async function directLatency(aCase, site, cores, options, pace) {
  const url = `http://127.0.0.1:${site.http[0]}${aCase.path}`;
  return aCase.load({ url, core: cores.load, directory: site.directory, ...loadOf(options), ...pace });
}

function loadOf({ connections, seconds }) {
  return { connections, seconds };
}
