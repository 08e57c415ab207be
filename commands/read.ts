import { z } from 'zod'
import { actionId } from '../src/commands/action-id.ts'
import { knownArticle, unchanged } from '../src/commands/answering.ts'
import { command } from '../src/commands/command.ts'
import { cut, suggest, suggestArticles } from '../src/commands/suggest.ts'
import {
  type Article,
  type Passage,
  passagesOf,
  type Range,
  type Section,
} from '../src/knowledge/article.ts'
import { MemberError } from '../src/problem.ts'
import { sizeOf } from '../src/reply/article-size.ts'
import type { Block, Button, Reply } from '../src/reply/reply.ts'
import type { Library } from '../src/search/library.ts'

/** Characters of text on one page: fits a message in any script, and a telephone's screen or two. */
const pageLength = 1_800

export default command({
  name: 'read',
  description: 'Read an article here: its outline, then its text',
  private: true,
  options: {
    article: z.string().min(1).max(200).describe('The article'),
    section: z.string().max(200).optional().describe('Where to begin (the outline without it)'),
  },
  autocomplete: {
    article: suggestArticles,
    section: (typed, { library, options }) =>
      suggest(
        typed,
        sectionsOf(library, options.article).flatMap(({ heading, passages }) =>
          passages[0] ? [{ name: cut(heading) || 'Beginning', value: passages[0].id }] : [],
        ),
      ),
  },
  run({ library, options }) {
    const article = articleOf(library, knownArticle(library, options.article))
    if (options.section === undefined) return outline(article)
    return textFrom(article, unitAt(article, sectionStart(article, options.section).id))
  },
  actions: {
    open({ library, args }) {
      const passage = unchanged(library.passages.get(args[0] ?? ''), args[1])
      const article = articleOf(library, passage.articleId)
      return textFrom(article, unitAt(article, passage.id))
    },
    section({ library, values }) {
      const [id = '', hash] = (values[0] ?? '').split(' ')
      const passage = unchanged(library.passages.get(id), hash)
      const article = articleOf(library, passage.articleId)
      return textFrom(article, unitAt(article, passage.id))
    },
    page({ library, args }) {
      const [id = '', start] = args
      const passage = library.passages.get(id)
      if (!passage)
        throw new MemberError('This paragraph is gone. Open the article again with /read.')
      const article = articleOf(library, passage.articleId)
      return { ...textFrom(article, unitAt(article, id, Number(start) || 0)), replaces: true }
    },
  },
})

function articleOf(library: Library, id: string | undefined): Article {
  const article = id === undefined ? undefined : library.articles.get(id)
  if (!article) throw new MemberError('There is no such article. Choose one from the list.')
  return article
}

function sectionsOf(library: Library, given: unknown): readonly Section[] {
  const article = typeof given === 'string' ? library.articles.get(given) : undefined
  if (article) return article.sections
  return [...library.articles.values()].flatMap(({ sections }) => sections)
}

/** @throws MemberError if no section goes by what was typed or chosen */
function sectionStart(article: Article, given: string): Passage {
  const wanted = given.trim().toLowerCase()
  const headed = (fits: (heading: string) => boolean) =>
    article.sections.find(({ heading }) => fits(heading.toLowerCase()))?.passages[0]
  const found =
    passagesOf(article).find(({ id }) => id === given) ??
    headed((heading) => heading === wanted) ??
    headed((heading) => wanted !== '' && heading.includes(wanted))
  if (!found) {
    throw new MemberError(
      `"${article.title}" has no such section. Leave it out to see the outline.`,
    )
  }
  return found
}

function outline(article: Article): Reply {
  const sections = article.sections.flatMap(({ heading, passages }) =>
    passages[0] ? [{ heading: heading || 'Beginning', first: passages[0] }] : [],
  )
  const choices = sections.map(({ heading, first }) => ({
    label: heading,
    value: `${first.id} ${first.hash}`,
    description: `from ¶${first.paragraph}`,
  }))
  const menus = [choices.slice(0, 25), choices.slice(25, 50)].filter(({ length }) => length > 0)
  return {
    title: article.title,
    blocks: [
      {
        kind: 'list',
        items: sections.map(({ heading, first }) => `${heading} (¶${first.paragraph})`),
      },
    ],
    notes: [sizeOf(article)],
    selects: menus.map((menu, index) => ({
      placeholder: index === 0 ? 'Open a section' : 'Open a later section',
      id: actionId('read', 'section', String(index)),
      choices: menu,
    })),
    private: true,
  }
}

/** A paragraph, or some sentences of one that is too long for a page. */
type Unit = { readonly passage: Passage; readonly start: number; readonly end: number }

function unitsOf(article: Article): readonly Unit[] {
  return passagesOf(article).flatMap((passage) => {
    const units: { passage: Passage; start: number; end: number }[] = []
    for (const { start, end } of passage.sentences.flatMap((one) => pieces(passage.text, one))) {
      const last = units.at(-1)
      if (last && end - last.start <= pageLength) last.end = end
      else units.push({ passage, start, end })
    }
    return units
  })
}

/** A sentence longer than a page, in pages. */
function pieces(text: string, { start, end }: Range): readonly Range[] {
  const count = Math.ceil((end - start) / pageLength)
  const cuts = Array.from({ length: count - 1 }, (_, index) => start + (index + 1) * pageLength)
  const ends = [...cuts.map((at) => (/[\uDC00-\uDFFF]/.test(text.charAt(at)) ? at + 1 : at)), end]
  return ends.map((at, index) => ({ start: ends[index - 1] ?? start, end: at }))
}

function unitAt(article: Article, id: string, start = 0): number {
  const units = unitsOf(article)
  const exact = units.findIndex((unit) => unit.passage.id === id && unit.start === start)
  return exact >= 0 ? exact : units.findIndex((unit) => unit.passage.id === id)
}

/** The page of an article that begins with a unit, counted from 0. */
function textFrom(article: Article, from: number): Reply {
  const units = unitsOf(article)
  const first = Math.max(0, from)
  const until = first + fitting(units.slice(first))
  const shown = units.slice(first, until)
  const blocks = shown.flatMap((unit, index): Block[] => {
    const { heading } = unit.passage
    const begins = index === 0 || shown[index - 1]?.passage.heading !== heading
    const text: Block = { kind: 'text', text: unit.passage.text.slice(unit.start, unit.end) }
    return begins && heading ? [{ kind: 'heading', text: heading }, text] : [text]
  })
  const before = first - fitting(units.slice(0, first).reverse())
  const paragraphs = [shown[0], shown.at(-1)].map((unit) => unit?.passage.paragraph ?? 0)
  return {
    title: article.title,
    blocks,
    notes: [`¶${[...new Set(paragraphs)].join('–')} of ${passagesOf(article).length}`],
    buttons: [
      ...(first > 0 ? turn('Previous page', units[before]) : []),
      ...turn('Next page', units[until]),
    ],
    private: true,
  }
}

/** How many of the units fit on a page, at least one of any. */
function fitting(units: readonly Unit[]): number {
  let room = pageLength
  const over = units.findIndex(({ start, end }) => {
    room -= end - start
    return room < 0
  })
  return over < 0 ? units.length : Math.max(1, over)
}

function turn(label: string, unit: Unit | undefined): Button[] {
  return unit ? [{ label, id: actionId('read', 'page', unit.passage.id, String(unit.start)) }] : []
}
