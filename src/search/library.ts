import type { Article, Knowledge, Passage } from '../knowledge/article.ts'
import { atOnce, inSlices, type Steps } from '../slices.ts'
import type { Answer, Hit, Refusal } from './answer.ts'
import { type Candidates, candidateSteps, openCandidates, type Sought } from './candidates.ts'
import { buildCorpus, type Corpus } from './corpus.ts'
import { COLUMN, type Evidence, FEATURES } from './evidence.ts'
import { chooseExcerpts, marksIn } from './excerpts.ts'
import { confidenceIn, THRESHOLD } from './judge.ts'
import { analyse, indexSynonyms, type Question } from './question.ts'
import { type Ranked, rank } from './ranking.ts'

/** Knowledge made ready for questions. Immutable: new knowledge makes a new library. */
export type Library = {
  readonly articles: ReadonlyMap<string, Article>
  readonly passages: ReadonlyMap<string, Passage>
  /**
   * Answers `question` from one article, or from all of them.
   * @param limit how many excerpts at most, 1 to 25; 3 unless told
   * @param sentences how many sentences an excerpt has at most, 1 to 3; 3 unless told
   */
  ask(
    question: string,
    within?: { article?: string; limit?: number; sentences?: number },
  ): Answer | Refusal
  /**
   * The passages that may answer, best first.
   * @param limit how many at most; 100 unless told
   */
  rank(question: string, within?: { article?: string; limit?: number }): readonly Passage[]
  /** All passages that hold any of the words, most words and rarest words first. */
  find(words: string, within?: { article?: string }): readonly Hit[]
}

const NEAREST = 5
/**
 * A refusal names a section only if a passage of it meets this share of the question's weight, and
 * so many of its words. One in eleven questions on something else finds such a passage, and seven in
 * ten on the article's own subject (SQuAD, own questions without their gold passages).
 */
const NEAR = 0.4
const NEAR_WORDS = 2
/** A word counts as met by a word at least so alike. */
const MET = 0.5

export function openLibrary({ articles, synonyms }: Knowledge): Library {
  return atOnce(librarySteps(buildCorpus(articles), synonyms))
}

/** As `openLibrary`, of articles that were put together; others have their turn meanwhile. */
export function openLibraryOf(corpus: Corpus, synonyms: Knowledge['synonyms']): Promise<Library> {
  return inSlices(librarySteps(corpus, synonyms))
}

function* librarySteps(corpus: Corpus, synonymGroups: Knowledge['synonyms']): Steps<Library> {
  const synonyms = indexSynonyms(synonymGroups)
  const articleIndex = new Map(corpus.articles.map(({ id }, index) => [id, index]))
  const candidates = new Map<string, Candidates>()
  candidates.set('', yield* candidateSteps(corpus, 0, corpus.passages.length))

  const candidatesWithin = (article: string | undefined): Candidates => {
    const name = article ?? ''
    let found = candidates.get(name)
    if (!found) {
      const [from, to] = rangeOf(article)
      found = openCandidates(corpus, from, to)
      candidates.set(name, found)
    }
    return found
  }
  const rangeOf = (article: string | undefined): readonly [number, number] => {
    if (article === undefined) return [0, corpus.passages.length]
    const index = articleIndex.get(article)
    if (index === undefined) return [0, 0]
    return [corpus.articleAt[index] ?? 0, corpus.articleAt[index + 1] ?? 0]
  }
  const rankFor = (text: string, article: string | undefined) => {
    const question = analyse(text, corpus, synonyms)
    return {
      question,
      ...rank(corpus, question, candidatesWithin(article).find(keysToSeek(question))),
    }
  }

  return {
    articles: new Map(corpus.articles.map((article) => [article.id, article])),
    passages: new Map(corpus.passages.map((passage) => [passage.id, passage])),
    ask(text, { article, limit = 3, sentences = 3 } = {}) {
      const { question, ranked, evidence } = rankFor(text, article)
      const speaking = ranked.filter(({ sentences: [best] }) => speaks(evidence, best?.row ?? 0))
      const confidence = confidenceIn(corpus, question, speaking, evidence)
      if (confidence < THRESHOLD) {
        return {
          kind: 'refusal',
          question: text,
          confidence,
          nearest: nearest(corpus, question, ranked, evidence),
        }
      }
      const chosen = chooseExcerpts(corpus, question, speaking, limit, sentences)
      return { kind: 'answer', question: text, ...chosen, confidence }
    },
    rank(text, { article, limit = 100 } = {}) {
      const { ranked, evidence } = rankFor(text, article)
      const found = [...ranked.map(({ passage }) => passage), ...evidence.rest]
      return found.slice(0, limit).flatMap((index) => corpus.passages[index] ?? [])
    },
    find(words, { article } = {}) {
      const [from, to] = rangeOf(article)
      return findWords(corpus, analyse(words, corpus, synonyms), from, to)
    },
  }
}

/** Whether a passage shares anything with the question: without that it is no answer to show. */
function speaks({ values }: Evidence, row: number): boolean {
  const at = row * FEATURES.length
  return (values[at + COLUMN.passageCover] ?? 0) > 0 || (values[at + COLUMN.hints] ?? 0) > 0
}

/** The question's words, and what stands for those that the library does not know; weightiest first. */
export function keysToSeek({ terms, matches }: Question): readonly Sought[] {
  return matches
    .flatMap(({ ids, terms: of, likeness }) => {
      const term = terms[of[0] ?? 0]
      if (!term || ids.length > 1 || of.length > 1) return []
      // Words kindred to one that the library knows bring in more passages than they are worth.
      if (term.id >= 0 && likeness < 1) return []
      return [{ id: ids[0] ?? 0, weight: term.weight * likeness }]
    })
    .sort((a, b) => b.weight - a.weight)
}

/** The sections of the passages that share enough with a question to be worth a look. */
function nearest(
  corpus: Corpus,
  question: Question,
  ranked: readonly Ranked[],
  evidence: Evidence,
): Refusal['nearest'] {
  const named = new Map<string, { articleId: string; heading: string }>()
  for (const { passage, sentences } of ranked) {
    const found = corpus.passages[passage]
    if (!found || found.heading === '') continue
    const row = (sentences[0]?.row ?? 0) * FEATURES.length
    if ((evidence.values[row + COLUMN.passageCover] ?? 0) < NEAR) continue
    const words = evidence.met(passage).filter((met) => met >= MET).length
    if (words < Math.min(NEAR_WORDS, question.terms.length)) continue
    const { articleId, heading } = found
    named.set(`${articleId} ${heading}`, { articleId, heading })
    if (named.size === NEAREST) break
  }
  return [...named.values()]
}

function findWords(corpus: Corpus, question: Question, from: number, to: number): readonly Hit[] {
  const ids = new Map(question.terms.map(({ id, weight }) => [id, weight]))
  const found: { hit: Hit; words: number; weight: number }[] = []
  for (let p = from; p < to; p++) {
    const passage = corpus.passages[p]
    const start = corpus.sentenceAt[corpus.passageAt[p] ?? 0] ?? 0
    const end = corpus.sentenceAt[corpus.passageAt[p + 1] ?? 0] ?? 0
    const held = new Set<number>()
    for (let t = start; t < end; t++) {
      const id = corpus.tokens[t] ?? 0
      if (ids.has(id)) held.add(id)
    }
    if (!passage || held.size === 0) continue
    let weight = 0
    for (const id of held) weight += ids.get(id) ?? 0
    const marks = marksIn(
      corpus,
      { ...question, matches: question.matches.filter(({ likeness }) => likeness === 1) },
      passage,
      { start: 0, end: passage.text.length },
    )
    found.push({ hit: { passage, marks }, words: held.size, weight })
  }
  return found.sort((a, b) => b.words - a.words || b.weight - a.weight).map(({ hit }) => hit)
}
