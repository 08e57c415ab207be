/**
 * Ranking measures as trec_eval defines them (https://github.com/usnistgov/trec_eval, `m_success.c`,
 * `m_recip_rank.c`, `m_ndcg_cut.c`, `m_recall.c`), averaged as its option `-c` does: over every
 * judged question, so that a question with no result counts as 0 and does not drop out. Questions
 * without any relevant passage have no value and are left out by the caller.
 *
 * A ranking is a list of passage ids, best first, none twice. Judgements map a passage id to its
 * degree of relevance; degrees of 0 and below mean not relevant.
 */
export type Judgements = ReadonlyMap<string, number>

/** trec_eval's `success_k`: 1 if any of the first `k` is relevant, else 0. */
export function hit(ranking: readonly string[], judgements: Judgements, k: number): number {
  return ranking.slice(0, k).some((id) => degree(judgements, id) > 0) ? 1 : 0
}

/** trec_eval's `recip_rank` over the first `k`: 1 / rank of the first relevant one, 0 if none. */
export function reciprocalRank(
  ranking: readonly string[],
  judgements: Judgements,
  k: number,
): number {
  const found = ranking.slice(0, k).findIndex((id) => degree(judgements, id) > 0)
  return found < 0 ? 0 : 1 / (found + 1)
}

/**
 * trec_eval's `ndcg_cut_k`: the gain is the degree itself, the discount log2(rank + 1), and the
 * ideal ranking is made of all the judged passages (after Järvelin and Kekäläinen 2002).
 */
export function ndcg(ranking: readonly string[], judgements: Judgements, k: number): number {
  const ideal = [...judgements.values()].filter((value) => value > 0).sort((a, b) => b - a)
  const best = discounted(ideal.slice(0, k))
  return best === 0 ? 0 : discounted(ranking.slice(0, k).map((id) => degree(judgements, id))) / best
}

/** trec_eval's `recall_k`: the share of all the relevant passages that is among the first `k`. */
export function recall(ranking: readonly string[], judgements: Judgements, k: number): number {
  const relevant = [...judgements.values()].filter((value) => value > 0).length
  if (relevant === 0) return 0
  return ranking.slice(0, k).filter((id) => degree(judgements, id) > 0).length / relevant
}

/** The arithmetic mean; NaN of nothing. */
export function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length
}

/** The value below or at which `share` of the values lie (nearest rank); NaN of nothing. */
export function quantile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b)
  return sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)] ?? Number.NaN
}

function degree(judgements: Judgements, id: string): number {
  return Math.max(0, judgements.get(id) ?? 0)
}

function discounted(gains: readonly number[]): number {
  return gains.reduce((sum, gain, index) => sum + gain / Math.log2(index + 2), 0)
}
