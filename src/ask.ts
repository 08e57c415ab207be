import { parseArgs, styleText } from 'node:util'
import { config as readEnvFile } from 'dotenv'
import { cite } from './citation/citation.ts'
import { readConfig } from './config.ts'
import { readKnowledge } from './knowledge/read.ts'
import { MemberError, runProgram } from './problem.ts'
import { detailSentence } from './reply/detail-reply.ts'
import type { Answer, Excerpt, Refusal } from './search/answer.ts'
import { detailAsked } from './search/detail-asked.ts'
import { type Library, openLibrary } from './search/library.ts'

const usage = `Answers a question from the texts in knowledge/ (or KNOWLEDGE_DIR).

  npm run ask -- "QUESTION" [--article ID] [--limit N] [--json]

  --article   ask one article alone, by its id
  --limit     how many excerpts, 1 to 25; up to 3 unless told, without those that add little
  --json      for machines: { question, answer, refusal }, one of the last two null
`

const LONGEST_QUESTION = 300

async function main(): Promise<void> {
  readEnvFile({ quiet: true })
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      article: { type: 'string' },
      limit: { type: 'string' },
      json: { type: 'boolean', default: false },
      help: { type: 'boolean', short: 'h', default: false },
    },
  })
  const question = positionals.join(' ').trim()
  if (values.help || question === '') {
    console.log(usage)
    if (!values.help) process.exitCode = 2
    return
  }
  if (question.length > LONGEST_QUESTION) {
    throw new MemberError(`Ask in at most ${LONGEST_QUESTION} characters.`)
  }
  const limit = Number(values.limit ?? 3)
  if (!Number.isInteger(limit) || limit < 1 || limit > 25) {
    throw new MemberError(`--limit ${values.limit} is not a whole number from 1 to 25.`)
  }
  const library = openLibrary(await readKnowledge(readConfig(process.env).knowledgeDir))
  if (values.article !== undefined && !library.articles.has(values.article)) {
    const ids = [...library.articles.keys()].join(', ')
    throw new MemberError(`There is no article "${values.article}"; there are: ${ids}.`)
  }
  const within = { limit, ...(values.article !== undefined && { article: values.article }) }
  const asked = detailAsked(question, library.articles.values())
  if (asked && !values.json) {
    const only = asked.article ?? values.article
    for (const article of library.articles.values()) {
      if (only === undefined || article.id === only)
        console.log(detailSentence(article, asked.detail))
    }
    return
  }
  const found = library.ask(question, within)
  const result =
    found.kind === 'answer' && values.limit === undefined
      ? { ...found, excerpts: found.excerpts.slice(0, found.telling) }
      : found
  console.log(
    values.json ? JSON.stringify(plain(library, result), null, 2) : readable(library, result),
  )
}

function plain(library: Library, result: Answer | Refusal): unknown {
  const { question } = result
  if (result.kind === 'refusal') {
    return {
      question,
      answer: null,
      refusal: { headings: result.nearest.map(({ heading }) => heading) },
    }
  }
  const excerpts = result.excerpts.map((excerpt) => {
    const { passage, start, end } = excerpt
    return {
      passage: passage.id,
      article: passage.articleId,
      section: passage.heading,
      paragraph: passage.paragraph,
      start,
      end,
      text: passage.text.slice(start, end),
      hash: passage.hash,
      citation: cite(library, excerpt).label,
    }
  })
  return { question, answer: { excerpts, confidence: result.confidence }, refusal: null }
}

function readable(library: Library, result: Answer | Refusal): string {
  if (result.kind === 'refusal') {
    const headings = result.nearest.map(({ heading }) => `  ${heading}`)
    const near = headings.length > 0 ? ['Nearest sections:', ...headings] : []
    return ['The texts do not answer this.', ...near].join('\n')
  }
  return result.excerpts
    .map((excerpt) => `“${marked(excerpt)}”\n  ${cite(library, excerpt).label}`)
    .join('\n\n')
}

/** The excerpt's text; on a terminal, with the words that matched in bold. */
function marked({ passage, start, end, marks }: Excerpt): string {
  let text = ''
  let from = start
  for (const mark of marks) {
    text += passage.text.slice(from, mark.start)
    text += styleText('bold', passage.text.slice(mark.start, mark.end))
    from = mark.end
  }
  return process.stdout.isTTY
    ? text + passage.text.slice(from, end)
    : passage.text.slice(start, end)
}

await runProgram(main)
