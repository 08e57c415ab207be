/**
 * Area under the ROC curve: the chance that a question with an answer gets a higher confidence than
 * one without, ties counting half (the Mann–Whitney statistic; Fawcett 2006, "An introduction to
 * ROC analysis", section 7). NaN if either list is empty.
 */
export function rocArea(answerable: readonly number[], unanswerable: readonly number[]): number {
  const all = [
    ...answerable.map((confidence) => ({ confidence, positive: true })),
    ...unanswerable.map((confidence) => ({ confidence, positive: false })),
  ].sort((a, b) => a.confidence - b.confidence)
  let wins = 0
  let below = 0
  for (let start = 0; start < all.length; ) {
    let end = start
    while (end < all.length && all[end]?.confidence === all[start]?.confidence) end++
    const tied = all.slice(start, end)
    const positives = tied.filter((one) => one.positive).length
    const negatives = tied.length - positives
    wins += positives * (below + negatives / 2)
    below += negatives
    start = end
  }
  return wins / (answerable.length * unanswerable.length)
}

/**
 * The share of unanswerable questions refused by the strictest threshold that refuses at most
 * `share` of the answerable ones. A question is refused if its confidence is below the threshold.
 */
export function refusedAt(
  share: number,
  answerable: readonly number[],
  unanswerable: readonly number[],
): number {
  const sorted = [...answerable].sort((a, b) => a - b)
  const threshold = sorted[Math.floor(share * sorted.length)]
  if (threshold === undefined || unanswerable.length === 0) return Number.NaN
  return unanswerable.filter((confidence) => confidence < threshold).length / unanswerable.length
}

/** One verdict: how sure the judge was, in [0, 1], and whether the first excerpt was right. */
export type Verdict = { readonly confidence: number; readonly right: boolean }

/** The verdicts whose confidence lies in [from, to); the last bin holds 1 as well. */
export type Bin = {
  readonly from: number
  readonly to: number
  readonly count: number
  /** Mean confidence and share of right ones; 0 in an empty bin. */
  readonly confidence: number
  readonly right: number
}

/** Verdicts in `count` bins of equal width: the reliability diagram as numbers. */
export function reliability(verdicts: readonly Verdict[], count = 10): readonly Bin[] {
  return Array.from({ length: count }, (_, index) => {
    const inside = verdicts.filter(
      ({ confidence }) => Math.min(count - 1, Math.floor(confidence * count)) === index,
    )
    const over = Math.max(1, inside.length)
    return {
      from: index / count,
      to: (index + 1) / count,
      count: inside.length,
      confidence: inside.reduce((sum, { confidence }) => sum + confidence, 0) / over,
      right: inside.filter(({ right }) => right).length / over,
    }
  })
}

/**
 * Expected calibration error: the mean distance between confidence and share of right ones over ten
 * bins of equal width, weighted by their counts (Guo et al. 2017, "On calibration of modern neural
 * networks", equation 3). NaN of nothing.
 */
export function calibrationError(verdicts: readonly Verdict[]): number {
  const gaps = reliability(verdicts).map((bin) => bin.count * Math.abs(bin.confidence - bin.right))
  return gaps.reduce((sum, gap) => sum + gap, 0) / verdicts.length
}
