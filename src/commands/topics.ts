import { existsSync } from 'node:fs'
import { readdir, readFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { isMap, isNode, LineCounter, parseDocument } from 'yaml'
import { z } from 'zod'
import { decode, mistake } from '../knowledge/source-file.ts'
import { OperatorError } from '../problem.ts'
import { excerptsPerReply, excerptsReply, wholePassage } from '../reply/answer-reply.ts'
import type { Reply } from '../reply/reply.ts'
import type { Excerpt, Refusal } from '../search/answer.ts'
import type { Library } from '../search/library.ts'
import { actionId } from './action-id.ts'
import { answered, unchanged } from './answering.ts'
import { type ChatCommand, command, type Topic } from './command.ts'
import { locales } from './locales.ts'

const largestFile = 100_000

const name = z
  .string()
  .regex(
    /^[-_'\p{Ll}\p{Lm}\p{Lo}\p{N}\p{sc=Deva}\p{sc=Thai}]{1,32}$/u,
    'must be 1 to 32 small letters, digits, hyphens or underscores, without spaces',
  )
const description = z
  .string()
  .trim()
  .min(1, 'must not be empty')
  .max(100, 'must have at most 100 characters')

function localised(value: z.ZodString) {
  return z
    .record(z.string(), value)
    .default({})
    .superRefine((given, context) => {
      for (const locale of Object.keys(given)) {
        if (!locales.has(locale)) {
          context.addIssue({
            code: 'custom',
            path: [locale],
            message: `is no language that Discord has; it has ${[...locales].join(', ')}`,
          })
        }
      }
    })
}

/** What a file of `commands/topics/` holds. */
const topicFile = z.strictObject({
  name,
  description,
  question: z.string().trim().min(3).max(300, 'must have at most 300 characters'),
  passages: z.array(z.string()).max(10, 'must be at most 10 passages').default([]),
  note: z.string().trim().min(1).max(250, 'must have at most 250 characters').optional(),
  names: localised(name),
  descriptions: localised(description),
})

/** A topic and where it stands, so that a later check can point to its line. */
export type TopicFile = {
  readonly path: string
  readonly topic: Topic
  /** The line of a field, or of an item of it, from 1. */
  lineOf(...path: readonly (string | number)[]): number
}

/**
 * Reads one topic file.
 * @throws OperatorError with file and line
 */
export function readTopic(path: string, text: string): TopicFile {
  const counter = new LineCounter()
  const document = parseDocument(text, { lineCounter: counter, prettyErrors: false })
  const lineAt = (offset: number) => Math.max(counter.linePos(offset).line, 1)
  const fault = document.errors[0]
  if (fault)
    throw mistake(
      { path },
      lineAt(fault.pos[0]),
      `this is not YAML: ${fault.message.replace(/\.?$/, '.')}`,
    )
  if (!isMap(document.contents)) {
    throw mistake({ path }, 1, 'a topic must have the fields name, description and question.')
  }
  const lineOf = (...parts: readonly (string | number)[]): number => {
    for (let length = parts.length; length > 0; length--) {
      const node = document.getIn(parts.slice(0, length), true)
      if (isNode(node) && node.range) return lineAt(node.range[0])
    }
    return 1
  }
  const parsed = topicFile.safeParse(document.toJS())
  if (!parsed.success) {
    const issue = parsed.error.issues[0]
    const unknown = issue?.code === 'unrecognized_keys' ? issue.keys[0] : undefined
    const where = unknown ? [unknown] : (issue?.path ?? []).map((part) => part as string | number)
    const missing = document.getIn(where) === undefined && !unknown
    const what = unknown
      ? `is no field of a topic; it has ${Object.keys(topicFile.shape).join(', ')}`
      : missing
        ? 'is missing; write it down'
        : issue?.message
    throw mistake({ path }, lineOf(...where), `${where.join('.')} ${what}.`)
  }
  const { note, ...rest } = parsed.data
  return { path, lineOf, topic: note ? { ...rest, note } : rest }
}

/**
 * The topic files of a folder, `*.yaml`, in the order of their names. Where the folder
 * is missing there are none, as long as the folder that it would be in exists.
 * @throws OperatorError for a folder that cannot be read, and for a file ending in .yml
 */
export async function topicPaths(folder: string): Promise<readonly string[]> {
  const names = await readdir(folder).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT' && existsSync(dirname(folder))) return []
    if (error.code === 'ENOENT')
      throw new OperatorError(
        `${dirname(folder)}: there is no such folder; make it, or set COMMANDS_DIR to the folder whose topics/ holds the topic commands.`,
      )
    throw new OperatorError(`${folder}: the folder cannot be read (${error.code}).`)
  })
  const visible = names.filter((entry) => !entry.startsWith('.')).sort()
  const wrong = visible.find((entry) => entry.endsWith('.yml'))
  if (wrong) {
    throw mistake({ path: join(folder, wrong) }, 1, 'this file is not read; name it .yaml.')
  }
  return visible.filter((entry) => entry.endsWith('.yaml')).map((entry) => join(folder, entry))
}

/** @throws OperatorError with file and line */
export async function readTopicFile(path: string): Promise<TopicFile> {
  const bytes = await readFile(path).catch((error: NodeJS.ErrnoException) => {
    throw mistake({ path }, 1, `the file cannot be read (${error.code}).`)
  })
  if (bytes.length > largestFile) {
    throw mistake({ path }, 1, `the file is larger than ${largestFile / 1_000} kB; shorten it.`)
  }
  return readTopic(path, decode(path, bytes))
}

/** Reads all topics of a folder. @throws OperatorError with file and line for the first mistake */
export async function readTopics(folder: string): Promise<readonly TopicFile[]> {
  return Promise.all((await topicPaths(folder)).map(readTopicFile))
}

/**
 * Checks what a topic alone cannot know: that its name is free and its passages exist (where the
 * readings are at hand).
 * @param others the topics before it
 * @throws OperatorError with file and line
 */
export function checkTopic(
  file: TopicFile,
  others: readonly TopicFile[],
  taken: ReadonlySet<string>,
  library?: Pick<Library, 'passages'>,
): void {
  const { name, passages } = file.topic
  const line = file.lineOf('name')
  const other = others.find(({ topic }) => topic.name === name)
  if (other)
    throw mistake(file, line, `the name ${name} is taken by ${other.path}; choose another.`)
  if (taken.has(name)) {
    throw mistake(file, line, `the name ${name} is taken by a built-in command; choose another.`)
  }
  for (const [index, id] of passages.entries()) {
    if (!library || library.passages.has(id)) continue
    throw mistake(
      file,
      file.lineOf('passages', index),
      `there is no passage ${id} in the readings; correct it, take it out, or set COMMANDS_DIR to a folder with topics for these readings.`,
    )
  }
}

/** Checks all topics together. @throws OperatorError with file and line for the first mistake */
export function checkTopics(
  files: readonly TopicFile[],
  taken: ReadonlySet<string>,
  library: Library,
): void {
  for (const [index, file] of files.entries()) {
    checkTopic(file, files.slice(0, index), taken, library)
  }
}

/** A topic as a slash command. */
export function topicCommand(topic: Topic): ChatCommand {
  const reply = (library: Library, offset: number, hidden: boolean): Reply => {
    const outcome = topicOutcome(library, topic)
    if (outcome.kind === 'refusal') return answered(library, outcome, { private: hidden })
    const pinned = outcome.pinned
    return excerptsReply(library, topic.question, outcome.excerpts, {
      links: {
        more: (next) => actionId(topic.name, 'more', String(next)),
        share: (from, hash) => actionId(topic.name, 'share', String(from), hash),
      },
      offset,
      ...(offset === 0 && { count: pinned || Math.min(excerptsPerReply, outcome.telling) }),
      private: hidden,
      ...(topic.note && { note: topic.note }),
    })
  }
  return command({
    name: topic.name,
    description: topic.description,
    names: topic.names,
    descriptions: topic.descriptions,
    options: {
      private: z.boolean().optional().describe('Show the answer to you alone'),
    },
    run: ({ library, options }) => reply(library, 0, options.private ?? false),
    actions: {
      open: ({ library }) => reply(library, 0, true),
      more: ({ library, args }) => reply(library, Number(args[0]) || 0, true),
      share: ({ library, args }) => {
        const offset = Number(args[0]) || 0
        const outcome = topicOutcome(library, topic)
        unchanged(
          outcome.kind === 'answer' ? outcome.excerpts[offset]?.passage : undefined,
          args[1],
        )
        return reply(library, offset, false)
      },
    },
  })
}

/** The pinned passages, then what else answers the topic's question. */
function topicOutcome(
  library: Library,
  topic: Topic,
): { kind: 'answer'; excerpts: readonly Excerpt[]; pinned: number; telling: number } | Refusal {
  const outcome = library.ask(topic.question, { limit: 25 })
  const found = outcome.kind === 'answer' ? outcome.excerpts : []
  const pinned = topic.passages.flatMap((id) => {
    const passage = library.passages.get(id)
    const marks = found.filter((excerpt) => excerpt.passage.id === id).flatMap(({ marks }) => marks)
    return passage ? [{ ...wholePassage(passage), marks }] : []
  })
  if (pinned.length === 0 && outcome.kind === 'refusal') return outcome
  const others = found.filter((excerpt) => !topic.passages.includes(excerpt.passage.id))
  const telling = outcome.kind === 'answer' ? outcome.telling : 0
  return { kind: 'answer', excerpts: [...pinned, ...others], pinned: pinned.length, telling }
}
