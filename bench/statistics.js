/** Medians of paired ratios: other load on the machine affects neighboring runs alike. */

/** @param {readonly number[]} values */
export function median(values) {
  return quantile(values, 0.5)
}

/**
 * @param {readonly number[]} values
 * @param {number} share
 */
export function quantile(values, share) {
  const sorted = [...values].sort((a, b) => a - b)
  const index = (sorted.length - 1) * share
  const [low, high] = [Math.floor(index), Math.ceil(index)].map((each) => sorted[each] ?? NaN)
  return low + (high - low) * (index % 1)
}

/** The floor's cost divided by the subject's cost in the same round: higher is better. */
export function pairedRatio(floor, costs) {
  const ratios = costs.map((cost, round) => floor[round] / cost)
  return {
    ratio: round3(median(ratios)),
    lowerQuartile: round3(quantile(ratios, 0.25)),
    upperQuartile: round3(quantile(ratios, 0.75)),
  }
}

/** Alternates A B C and C B A, so that no subject always runs after the same one. */
export function inTurn(items, round) {
  return round % 2 === 0 ? items : [...items].reverse()
}

export function round3(value) {
  return Math.round(value * 1000) / 1000
}
