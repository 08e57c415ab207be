import { holdsAnswer } from './answer-strings.ts'
import { byDoc, withoutGold } from './articles.ts'
import { type Bin, calibrationError, refusedAt, reliability, rocArea } from './calibration.ts'
import type { Dataset, DatasetPassage, DatasetQuestion } from './dataset.ts'
import { depth, type EngineName, engines, type OpenEngine, type Shown } from './engines.ts'
import { hit, type Judgements, mean, ndcg, quantile, recall, reciprocalRank } from './metrics.ts'

/** One engine's figures on one set. Shares lie in [0, 1]; null where there is nothing to measure. */
export type Figures = {
  readonly set: string
  /** All passages together, or each article by itself. */
  readonly library: 'one' | 'by-article'
  readonly engine: EngineName
  readonly articles: number
  readonly passages: number
  /** Questions asked that have an answer in the library, and that have none (without near misses). */
  readonly answerable: number
  readonly unanswerable: number
  readonly 'hit@1': number | null
  readonly 'hit@3': number | null
  readonly 'hit@5': number | null
  readonly 'MRR@10': number | null
  readonly 'nDCG@10': number | null
  readonly 'recall@100': number | null
  /**
   * Of questions with answer strings: the first excerpt, any of three, holds one. A refusal shows
   * nothing and counts as a miss. Meant for short answers; whole paragraphs are hardly ever held.
   */
  readonly 'answer@1': number | null
  readonly 'answer@3': number | null
  /** Excerpts shown unasked where the question was answered, on average; at most three. */
  readonly excerpts: number | null
  /** The same where one sentence is shown and no more. */
  readonly 'sentence@1': number | null
  /** Answerable questions refused, and unanswerable ones refused. */
  readonly falseRefusals: number | null
  readonly rightRefusals: number | null
  /** By article: questions marked unanswerable refused by the very article that they are about. */
  readonly nearMissRefusals: number | null
  /**
   * By article: answerable questions asked of their article without its gold passages (see
   * `withoutGold`): how many there are, the share refused, the area under the ROC curve against the
   * answerable ones, and the share refused by the threshold that refuses 3 % of those.
   */
  readonly nearQuestions: number
  readonly nearRefusals: number | null
  readonly nearRocArea: number | null
  readonly 'nearRefused@3%': number | null
  /** Of the confidence, answerable against unanswerable questions. */
  readonly rocArea: number | null
  /** Unanswerable questions refused by the threshold that refuses 3 % of the answerable ones. */
  readonly 'refused@3%': number | null
  /** Expected calibration error of the confidence against "the passage ranked first is gold". */
  readonly ece: number | null
  /** The same against "the library has an answer". */
  readonly eceAnswerable: number | null
  /** Ten bins for `ece`; empty without a judge. */
  readonly reliability: readonly Bin[]
  /** Milliseconds a question, warmed up: of `ask`, or of the ranking in an engine that only ranks. */
  readonly msMedian: number
  readonly msP99: number
}

/** What came of one question asked of one library. */
type Asked = {
  readonly answers: readonly string[]
  /** Empty where this library has no answer. */
  readonly judgements: Judgements
  readonly ranking: readonly string[]
  readonly shown: Shown | undefined
  readonly ms: number
  /** About this very article, and yet marked as without an answer in it. */
  readonly nearMiss: boolean
}

const warmUp = 50
const none: Judgements = new Map()

/** Asks every question of one library that holds all the passages. */
export function evaluateTogether(
  dataset: Dataset,
  engine: EngineName,
  step: () => void = () => {},
): Figures {
  const open = engines[engine](dataset.passages)
  for (const { text } of dataset.questions.slice(0, warmUp)) open.answer(text)
  const asked = dataset.questions.map((question) => {
    step()
    return ask(open, question, question.judgements)
  })
  return summarize(dataset, 'one', engine, asked)
}

/**
 * Asks every question of a library that holds its own article alone, and again of another article,
 * which has no answer to it: the next one in the order of the articles' names, the first after the
 * last. A question marked unanswerable is asked of its own article alone, if it names one. Near
 * misses are made by taking the gold passages out of the article.
 */
export function evaluateByArticle(
  dataset: Dataset,
  engine: EngineName,
  step: () => void = () => {},
): Figures {
  const asked: Asked[] = []
  const near: Shown[] = []
  for (const { passages, own, foreign } of articleByArticle(dataset)) {
    const open = engines[engine](passages)
    for (const { text } of own.slice(0, warmUp)) open.answer(text)
    for (const question of own) {
      const nearMiss = question.judgements.size === 0
      asked.push({ ...ask(open, question, question.judgements), nearMiss })
      step()
    }
    for (const question of foreign) asked.push(ask(open, question, none))
    if (!open.show) continue
    for (const [rest, left] of withoutGold(passages, own)) {
      const without = engines[engine](rest)
      for (const { text } of left) near.push(...[without.show?.(text) ?? []].flat())
    }
  }
  return summarize(dataset, 'by-article', engine, asked, near)
}

/** Each article with its own questions and the foreign ones that it is asked as well. */
export function articleByArticle(dataset: Dataset): readonly {
  readonly doc: string
  readonly passages: readonly DatasetPassage[]
  readonly own: readonly DatasetQuestion[]
  readonly foreign: readonly DatasetQuestion[]
}[] {
  const passages = byDoc(dataset.passages)
  const questions = new Map<string, DatasetQuestion[]>()
  for (const question of dataset.questions) {
    if (question.doc === undefined) continue
    const group = questions.get(question.doc)
    if (group) group.push(question)
    else questions.set(question.doc, [question])
  }
  const answered = (doc: string) =>
    (questions.get(doc) ?? []).filter(({ judgements }) => judgements.size > 0)
  const docs = [...passages.keys()].sort()
  return docs.map((doc, index) => ({
    doc,
    passages: passages.get(doc) ?? [],
    own: questions.get(doc) ?? [],
    foreign: docs.length < 2 ? [] : answered(docs.at(index - 1) ?? ''),
  }))
}

function ask(open: OpenEngine, question: DatasetQuestion, judgements: Judgements): Asked {
  const start = performance.now()
  open.answer(question.text)
  const ms = performance.now() - start
  const ranking = judgements.size > 0 || open.show ? open.rank(question.text) : []
  const shown = open.show?.(question.text)
  return { answers: question.answers, judgements, ranking, shown, ms, nearMiss: false }
}

function summarize(
  dataset: Dataset,
  library: Figures['library'],
  engine: EngineName,
  asked: readonly Asked[],
  near: readonly Shown[] = [],
): Figures {
  const answerable = asked.filter(({ judgements }) => judgements.size > 0)
  const nearMisses = asked.filter(({ nearMiss }) => nearMiss)
  const unanswerable = asked.filter(
    ({ judgements, nearMiss }) => judgements.size === 0 && !nearMiss,
  )
  const over = (measure: (ranking: readonly string[], judgements: Judgements) => number) =>
    share(answerable.map(({ ranking, judgements }) => measure(ranking, judgements)))

  const shown = answerable.flatMap(({ answers, shown }) =>
    shown && answers.length > 0 ? [{ answers, shown }] : [],
  )
  const holding = (texts: (shown: Shown) => readonly string[]) =>
    share(
      shown.map(({ answers, shown }) =>
        texts(shown).some((text) => holdsAnswer(text, answers)) ? 1 : 0,
      ),
    )

  const refused = (group: readonly Asked[]) =>
    share(
      group.flatMap(({ shown }) =>
        shown?.confidence === undefined ? [] : [shown.refused ? 1 : 0],
      ),
    )
  const nearConfidence = near.flatMap(({ confidence }) => confidence ?? [])
  const confidence = (group: readonly Asked[]) =>
    group.flatMap(({ shown }) => shown?.confidence ?? [])
  const verdicts = (right: (one: Asked) => boolean) =>
    asked.flatMap((one) =>
      one.shown?.confidence === undefined
        ? []
        : [{ confidence: one.shown.confidence, right: right(one) }],
    )
  const goldFirst = verdicts(({ ranking, judgements }) => hit(ranking, judgements, 1) === 1)
  const hasAnswer = verdicts(({ judgements }) => judgements.size > 0)

  return {
    set: dataset.name,
    library,
    engine,
    articles: new Set(dataset.passages.map(({ doc }) => doc)).size,
    passages: dataset.passages.length,
    answerable: answerable.length,
    unanswerable: unanswerable.length,
    'hit@1': over((ranking, judgements) => hit(ranking, judgements, 1)),
    'hit@3': over((ranking, judgements) => hit(ranking, judgements, 3)),
    'hit@5': over((ranking, judgements) => hit(ranking, judgements, 5)),
    'MRR@10': over((ranking, judgements) => reciprocalRank(ranking, judgements, 10)),
    'nDCG@10': over((ranking, judgements) => ndcg(ranking, judgements, 10)),
    'recall@100': over((ranking, judgements) => recall(ranking, judgements, depth)),
    'answer@1': holding(({ excerpts }) => excerpts.slice(0, 1)),
    'answer@3': holding(({ excerpts }) => excerpts.slice(0, 3)),
    excerpts: share(
      answerable.flatMap(({ shown }) => (shown && !shown.refused ? [shown.excerpts.length] : [])),
    ),
    'sentence@1': holding(({ sentence }) => [sentence]),
    falseRefusals: refused(answerable),
    rightRefusals: refused(unanswerable),
    nearMissRefusals: refused(nearMisses),
    nearQuestions: nearConfidence.length,
    nearRefusals: share(
      near.flatMap(({ confidence, refused }) =>
        confidence === undefined ? [] : [refused ? 1 : 0],
      ),
    ),
    nearRocArea: measured(rocArea(confidence(answerable), nearConfidence)),
    'nearRefused@3%': measured(refusedAt(0.03, confidence(answerable), nearConfidence)),
    rocArea: measured(rocArea(confidence(answerable), confidence(unanswerable))),
    'refused@3%': measured(refusedAt(0.03, confidence(answerable), confidence(unanswerable))),
    ece: measured(calibrationError(goldFirst)),
    eceAnswerable: measured(calibrationError(hasAnswer)),
    reliability: goldFirst.length === 0 ? [] : reliability(goldFirst),
    msMedian: quantile(
      asked.map(({ ms }) => ms),
      0.5,
    ),
    msP99: quantile(
      asked.map(({ ms }) => ms),
      0.99,
    ),
  }
}

function share(values: readonly number[]): number | null {
  return measured(mean(values))
}

function measured(value: number): number | null {
  return Number.isNaN(value) ? null : value
}
