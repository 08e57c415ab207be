import { join } from 'node:path'
import { config as readEnvFile } from 'dotenv'
import { loadCommands } from './commands/load.ts'
import {
  checkTopic,
  readTopicFile,
  type TopicFile,
  topicCommand,
  topicPaths,
} from './commands/topics.ts'
import { readConfig } from './config.ts'
import { definitionsOf } from './discord/registration.ts'
import { readKnowledge } from './knowledge/read.ts'
import { OperatorError, runProgram } from './problem.ts'
import { sizeOf } from './reply/article-size.ts'
import { openLibrary } from './search/library.ts'

/** What is wrong, a sentence each; said last, where it is seen. */
const mistakes: string[] = []

/** Checks every article and every command; prints a line for each, then what is wrong with the others. */
async function main() {
  readEnvFile({ quiet: true })
  const config = readConfig(process.env)

  const knowledge = await attempt(() => readKnowledge(config.knowledgeDir))
  for (const article of knowledge?.articles ?? []) {
    console.log(`ok     article ${article.id}: ${sizeOf(article)}`)
  }
  const coded = (await attempt(() => loadCommands())) ?? []
  for (const { kind, name } of coded) console.log(`ok     ${kind} command ${name}`)

  const files: TopicFile[] = []
  const sound: TopicFile[] = []
  for (const path of await topicPaths(join(config.commandsDir, 'topics'))) {
    const file = await attempt(() => readTopicFile(path))
    if (file) files.push(file)
  }
  const library = knowledge && openLibrary(knowledge)
  const taken = new Set(coded.map(({ name }) => name))
  for (const [index, file] of files.entries()) {
    const checked = await attempt(() => {
      checkTopic(file, files.slice(0, index), taken, library)
      return file
    })
    if (!checked) continue
    sound.push(checked)
    const { name, question, passages: pinned } = file.topic
    const answered = pinned.length > 0 || library?.ask(question).kind !== 'refusal'
    console.log(
      answered
        ? `ok     topic ${name}`
        : `note   topic ${name}: the readings do not answer "${question}"; ask in their words, or pin passages.`,
    )
  }
  await attempt(() => definitionsOf([...coded, ...sound.map(({ topic }) => topicCommand(topic))]))

  for (const mistake of mistakes) console.log(`wrong  ${mistake}`)
  if (mistakes.length > 0) process.exitCode = 1
}

async function attempt<T>(task: () => T | Promise<T>): Promise<T | undefined> {
  try {
    return await task()
  } catch (error) {
    if (!(error instanceof OperatorError)) throw error
    mistakes.push(error.message)
    return undefined
  }
}

await runProgram(main)
