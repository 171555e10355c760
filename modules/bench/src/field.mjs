import { say } from './say.mjs';

/** The proxies that take part in a case. One that fails is out, with the reason, and the others go on. */
export class Field {
  contenders = [];
  skipped = [];

  constructor(caseName) {
    this.caseName = caseName;
  }

  /** `begin` starts the proxy and returns the contender. */
  async enter(proxy, begin) {
    try {
      this.contenders.push({ ...(await begin()), samples: [] });
    } catch (error) {
      this.skip(proxy, error.message);
    }
  }

  /** One after the other. */
  async each(doIt) {
    for (const contender of [...this.contenders]) {
      try {
        await doIt(contender);
      } catch (error) {
        await this.drop(contender, error.message);
      }
    }
  }

  async dropAll(reason) {
    for (const contender of [...this.contenders]) {
      await this.drop(contender, reason);
    }
  }

  async drop(contender, reason) {
    this.contenders = this.contenders.filter((other) => other !== contender);
    this.skip(contender.proxy, reason);
    await contender.server.end();
  }

  skip(proxy, reason) {
    say(`  ${proxy.name} is skipped: ${reason}`);
    this.skipped.push({ case: this.caseName, proxy: proxy.name, reason });
  }

  async end() {
    await Promise.all(this.contenders.map((contender) => contender.server.end()));
  }
}
