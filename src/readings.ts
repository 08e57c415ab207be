import { join } from 'node:path'
import type { Command, Topic } from './commands/command.ts'
import { loadCommands } from './commands/load.ts'
import { checkTopics, readTopics, type TopicFile, topicCommand } from './commands/topics.ts'
import type { Config } from './config.ts'
import type { Knowledge } from './knowledge/article.ts'
import { readKnowledge } from './knowledge/read.ts'
import { watchFolder, watchKnowledge } from './knowledge/watch.ts'
import type { Log } from './log.ts'
import { OperatorError } from './problem.ts'
import { type Library, openLibrary } from './search/library.ts'

/** What the bot knows and what it can be asked, as it is now. */
export type Readings = {
  readonly library: () => Library
  /** What the library was made of. */
  readonly knowledge: () => Knowledge
  readonly commands: () => readonly Command[]
  readonly topics: () => readonly Topic[]
  /** What is wrong with the files as they are now, in sentences; what was good before is in force. */
  readonly mistakes: () => readonly string[]
  /**
   * Follows changes in both folders until it is closed. A mistake is logged, and what was good
   * before stays in force.
   * @param commandsChanged called when topics came, went or changed
   * @param anythingChanged called when anything that is read has changed, or has a mistake
   */
  watch(
    commandsChanged: () => void | Promise<void>,
    anythingChanged?: () => void,
  ): Promise<() => Promise<void>>
}

/**
 * Reads the knowledge and the commands.
 * @throws OperatorError with file and line for the first mistake
 */
export async function openReadings(
  config: Pick<Config, 'knowledgeDir' | 'commandsDir'>,
  log: Log,
): Promise<Readings> {
  const topicsDir = join(config.commandsDir, 'topics')
  const coded = await loadCommands()
  const taken = new Set(coded.map(({ name }) => name))
  let knowledge = await readKnowledge(config.knowledgeDir)
  let library = openLibrary(knowledge)
  let files = await readTopics(topicsDir)
  checkTopics(files, taken, library)
  let commands = together(coded, files)
  warm(library, files)

  const mistakes: { knowledge?: string | undefined; topics?: string | undefined } = {}

  return {
    library: () => library,
    knowledge: () => knowledge,
    commands: () => commands,
    topics: () => files.map(({ topic }) => topic),
    mistakes: () => [mistakes.knowledge, mistakes.topics].filter((one) => one !== undefined),
    async watch(commandsChanged, anythingChanged) {
      const failedIn = (folder: keyof typeof mistakes) => (error: unknown) => {
        if (!(error instanceof OperatorError)) {
          log.error({ err: error }, 'not read again')
          return
        }
        log.error(`${error.message} Until it is mended, what was read before stays in force.`)
        mistakes[folder] = error.message
        anythingChanged?.()
      }
      const closers = await Promise.all([
        watchKnowledge(config.knowledgeDir, {
          changed(read) {
            const next = openLibrary(read)
            warm(next, files)
            knowledge = read
            library = next
            mistakes.knowledge = undefined
            log.info({ articles: library.articles.size }, 'knowledge read again')
            anythingChanged?.()
            try {
              checkTopics(files, taken, library)
            } catch (error) {
              log.warn(`${(error as Error).message} Until then the topic goes without it.`)
            }
          },
          failed: failedIn('knowledge'),
        }),
        watchFolder(
          topicsDir,
          async () => {
            const read = await readTopics(topicsDir)
            checkTopics(read, taken, library)
            files = read
            commands = together(coded, files)
            mistakes.topics = undefined
            log.info({ topics: files.length }, 'topics read again')
            anythingChanged?.()
            await commandsChanged()
          },
          failedIn('topics'),
        ),
      ])
      return async () => {
        await Promise.all(closers.map((close) => close()))
      }
    },
  }
}

/** The first question of all takes longest: it is asked here, before anybody waits for it. */
function warm(library: Library, files: readonly TopicFile[]): void {
  library.ask(files[0]?.topic.question ?? 'What is this about?')
}

function together(coded: readonly Command[], files: readonly TopicFile[]): readonly Command[] {
  return [...coded, ...files.map(({ topic }) => topicCommand(topic))]
}
