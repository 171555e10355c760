/** Progress: on standard error, so that standard output holds the tables only. */
export function say(text) {
  process.stderr.write(`${text}\n`);
}
