import { parseArgs } from 'node:util'
import { config as readEnvFile } from 'dotenv'
import { cite } from './citation/citation.ts'
import { citationStyles, isCitationStyle, styledCitation } from './citation/style.ts'
import { readConfig } from './config.ts'
import { readKnowledge } from './knowledge/read.ts'
import { MemberError, runProgram } from './problem.ts'
import { openLibrary } from './search/library.ts'

const usage = `Cites a paragraph of the texts in knowledge/ (or KNOWLEDGE_DIR).

  npm run cite -- PASSAGE [--style STYLE]

  PASSAGE   for example after-hanoi:4
  --style   ${Object.keys(citationStyles).join(', ')}; all but the last three unless told
`

const records = ['bibtex', 'ris', 'csl-json']

async function main(): Promise<void> {
  readEnvFile({ quiet: true })
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: { style: { type: 'string' }, help: { type: 'boolean', short: 'h', default: false } },
  })
  const [id] = positionals
  if (values.help || !id) {
    console.log(usage)
    if (!values.help) process.exitCode = 2
    return
  }
  if (values.style !== undefined && !isCitationStyle(values.style)) {
    throw new MemberError(
      `--style ${values.style}: choose of ${Object.keys(citationStyles).join(', ')}.`,
    )
  }
  const library = openLibrary(await readKnowledge(readConfig(process.env).knowledgeDir))
  const passage = library.passages.get(id)
  if (!passage) throw new MemberError(`There is no passage "${id}": give article:paragraph.`)
  const place = { passage, start: 0, end: passage.text.length }
  const { label, url, hash } = cite(library, place)
  console.log([label, url, `${id} ${hash}`].filter(Boolean).join('\n'))
  const styles = Object.keys(citationStyles).filter((style) =>
    values.style ? style === values.style : !records.includes(style),
  )
  for (const style of styles.filter(isCitationStyle)) {
    const { entry, inText } = await styledCitation(library, place, style)
    console.log(
      ['', citationStyles[style], entry, inText].filter((line) => line !== undefined).join('\n'),
    )
  }
}

await runProgram(main)
