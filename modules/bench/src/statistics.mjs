export function median(numbers) {
  const sorted = [...numbers].sort((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  return sorted.length % 2 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}

/** Nearest rank, of numbers in ascending order. */
export function percentile(sorted, percent) {
  return sorted.length ? sorted[Math.max(0, Math.ceil((percent / 100) * sorted.length) - 1)] : null;
}

/**
 * How the values of one proxy relate to those of another. Each round is compared with itself, since the machine is
 * faster in one round than in the next; the rounds' ratios are then summed up.
 */
export function ratios(values, baseline) {
  const each = values.map((value, round) => value / baseline[round]).filter(Number.isFinite);
  return each.length ? { median: median(each), min: Math.min(...each), max: Math.max(...each) } : null;
}
