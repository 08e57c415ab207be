import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { Worker } from 'node:worker_threads'
import { projectRoot } from '../config.ts'
import { MemberError } from '../problem.ts'
import { type Document, type ReadOptions, standardLimits } from './document.ts'
import { megabytes } from './parse.ts'
import type { Report, Task } from './worker.ts'

/** How often the memory of the process is looked at, in milliseconds. */
const BETWEEN_LOOKS = 100

let turn: Promise<unknown> = Promise.resolve()

/**
 * Reads a document in a thread of its own, under limits of time, memory and size. One document is
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
  const before = turn
  const mine = (async () => {
    await before
    options.signal?.throwIfAborted()
    const { charset } = options
    // A copy, which the thread takes over: a Buffer may be a part of memory that others use.
    const copy = new Uint8Array(bytes)
    return readInThread({ bytes: copy, name, limits, ...(charset && { charset }) }, options)
  })()
  turn = mine.catch(() => undefined)
  return mine
}

function readInThread(
  task: Task,
  { progress, signal }: Pick<ReadOptions, 'progress' | 'signal'>,
): Promise<Document> {
  const { name, limits } = task
  return new Promise((resolve, reject) => {
    const worker = new Worker(workerFile(), {
      workerData: task,
      transferList: [task.bytes.buffer as ArrayBuffer],
      resourceLimits: { maxOldGenerationSizeMb: limits.megabytes, stackSizeMb: 4 },
      // What a library prints about a member's file is nobody's concern.
      stdout: true,
      stderr: true,
      env: {},
    })
    worker.stdout.resume()
    worker.stderr.resume()
    let settled = false
    const settle = (end: () => void) => {
      if (settled) return
      settled = true
      clearTimeout(clock)
      clearInterval(watch)
      signal?.removeEventListener('abort', abort)
      // The next document waits until this one's memory is free.
      void worker.terminate().finally(end)
    }
    const refuse = (sentence: string, detail?: unknown) =>
      settle(() => reject(new MemberError(sentence, { cause: detail })))
    const tooLarge = () =>
      refuse(`${name} takes too much memory to read: upload a smaller or simpler document.`)

    const clock = setTimeout(
      () =>
        refuse(`${name} takes longer than ${limits.seconds} seconds to read: upload it in parts.`),
      limits.seconds * 1000,
    )
    const atStart = process.memoryUsage.rss()
    const allowed = limits.megabytes * 2_000_000
    // A thread's limits count no buffers, and unpacking makes those: so the process is watched too.
    const watch = setInterval(() => {
      if (process.memoryUsage.rss() - atStart > allowed) tooLarge()
    }, BETWEEN_LOOKS)
    const abort = () => settle(() => reject(signal?.reason))
    signal?.addEventListener('abort', abort)

    worker.on('message', (report: Report) => {
      if (settled) return
      if ('progress' in report) progress?.(report.progress)
      else if ('document' in report) settle(() => resolve(report.document))
      else if ('mistake' in report) refuse(report.mistake, report.detail)
      else refuse(`${name} cannot be read: the file ${report.fault}.`, report.detail)
    })
    worker.on('error', (error: NodeJS.ErrnoException) => {
      if (error.code === 'ERR_WORKER_OUT_OF_MEMORY') tooLarge()
      else settle(() => reject(error))
    })
    worker.on('exit', () => refuse(`${name} cannot be read: the reading broke off.`))
  })
}

/** Node 20 runs no TypeScript in a thread: from the sources, the built file is taken. */
function workerFile(): string {
  const beside = join(import.meta.dirname, 'worker.js')
  const built = existsSync(beside) ? beside : join(projectRoot, 'dist/src/documents/worker.js')
  if (!existsSync(built)) throw new Error(`${built} is missing: run npm run build.`)
  return built
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
