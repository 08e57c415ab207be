import { type ChildProcess, fork } from 'node:child_process'
import { constants, setPriority } from 'node:os'
import { builtFile } from '../built-file.ts'
import { MemberError } from '../problem.ts'
import { type Document, type ReadOptions, standardLimits } from './document.ts'
import { megabytes } from './parse.ts'
import type { Report, Task } from './reading-process.ts'

let turn: Promise<unknown> = Promise.resolve()

/**
 * Reads a document in a process of its own, under limits of time, memory and size. One document is
 * read at a time; others wait for their turn.
 * @throws MemberError with one sentence where the document cannot be read; its `cause` is for the log
 */
export async function readDocument(bytes: Uint8Array, options: ReadOptions): Promise<Document> {
  const limits = { ...standardLimits, ...options.limits }
  const name = nameOf(options.name)
  if (bytes.length > limits.bytes)
    throw new MemberError(
      `${name} has ${megabytes(bytes.length)} MB; the limit is ${megabytes(limits.bytes)} MB.`,
    )
  const { charset } = options
  const before = turn
  const mine = before.then(() => {
    options.signal?.throwIfAborted()
    return readApart({ bytes, name, limits, ...(charset && { charset }) }, options)
  })
  turn = mine.catch(() => undefined)
  return mine
}

/** Whoever waits for an answer goes first, where the system lets us say so. */
function goesLast({ pid }: ChildProcess): void {
  if (pid === undefined) return
  try {
    setPriority(pid, constants.priority.PRIORITY_BELOW_NORMAL)
  } catch {
    // It is read all the same.
  }
}

/**
 * A process and not a thread: where a thread runs out of memory, V8 may end the whole process with
 * it (24 MB of empty lines did), and with it the bot.
 */
function readApart(
  task: Task,
  { progress, signal }: Pick<ReadOptions, 'progress' | 'signal'>,
): Promise<Document> {
  const { name, limits } = task
  return new Promise((resolve, reject) => {
    const child = fork(builtFile('documents/reading-process.js'), {
      // The process sees no token and no setting, and what a library prints is nobody's concern.
      env: {},
      stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
      execArgv: [`--max-old-space-size=${limits.megabytes}`],
      serialization: 'advanced',
    })
    goesLast(child)
    let end: (() => void) | undefined
    /** The next document waits until this one's process is gone. */
    const settle = (how: () => void) => {
      if (end) return
      end = how
      clearTimeout(clock)
      signal?.removeEventListener('abort', abort)
      child.kill('SIGKILL')
    }
    const refuse = (sentence: string, cause?: unknown) =>
      settle(() => reject(new MemberError(sentence, { cause })))
    const clock = setTimeout(
      () =>
        refuse(`${name} takes longer than ${limits.seconds} seconds to read: upload it in parts.`),
      limits.seconds * 1000,
    )
    const abort = () => settle(() => reject(signal?.reason))
    signal?.addEventListener('abort', abort)

    child.on('message', (report: Report) => {
      if (end) return
      if ('progress' in report) progress?.(report.progress)
      else if ('document' in report) settle(() => resolve(report.document))
      else if ('mistake' in report) refuse(report.mistake, report.detail)
      else refuse(`${name} cannot be read: the file ${report.fault}.`, report.detail)
    })
    child.on('error', (error) => {
      settle(() => reject(error))
      if (child.pid === undefined) end?.()
    })
    child.on('exit', (code, by) => {
      // V8 aborts where its heap is full; the watch within the process kills it.
      if (by === 'SIGABRT' || by === 'SIGKILL' || code === 134)
        refuse(`${name} takes too much memory to read: upload a smaller or simpler document.`)
      else refuse(`${name} cannot be read: the reading broke off.`, { code, signal: by })
      end?.()
    })
    child.send(task, (error) => error && !end && settle(() => reject(error)))
  })
}

/** A file's name as messages show it: one line, without quotes that it could break out of. */
function nameOf(name: string): string {
  const shown = name
    .replace(/[\p{C}\p{Z}"“”]+/gu, ' ')
    .trim()
    .slice(0, 60)
    .replace(/\p{Surrogate}$/u, '')
  return `"${shown || 'The file'}"`
}
