import { readConfig } from '../config.ts'
import { readKnowledge } from '../knowledge/read.ts'
import { openLibraries } from '../libraries/libraries.ts'
import { createLog } from '../log.ts'
import { openLibrary } from '../search/library.ts'
import type { OpeningFigures } from './figures.ts'

export type OpeningTask = {
  readonly dataDir: string
  readonly server: string
  readonly questions: readonly string[]
}

export type Opened = Pick<
  OpeningFigures,
  'readySeconds' | 'processorSeconds' | 'firstAnswerSeconds' | 'peakMegabytes'
> & {
  /** The id of the passage that comes first, for each question. */
  readonly firstPassages: readonly string[]
}

async function open({ dataDir, server, questions }: OpeningTask): Promise<Opened> {
  const config = readConfig({ DATA_DIR: dataDir, LIBRARY_MEMORY: '4000' })
  const knowledge = await readKnowledge(config.knowledgeDir)
  const bundled = openLibrary(knowledge)
  const libraries = await openLibraries(config, createLog({ level: 'warn' }), {
    library: () => bundled,
    knowledge: () => knowledge,
  })
  const library = await libraries.libraryFor({ server, member: server })
  // Since the process was started.
  const readySeconds = performance.now() / 1000
  const { user, system } = process.cpuUsage()
  library.ask(questions[0] ?? 'What is this about?')
  const firstAnswerSeconds = performance.now() / 1000
  const peakMegabytes = process.resourceUsage().maxRSS / 1024
  const firstPassages = questions.map((text) => library.rank(text, { limit: 1 })[0]?.id ?? '')
  await libraries.close()
  return {
    readySeconds,
    processorSeconds: (user + system) / 1e6,
    firstAnswerSeconds,
    peakMegabytes,
    firstPassages,
  }
}

process.once('message', async (task: OpeningTask) => {
  process.send?.(await open(task))
  process.disconnect()
})
