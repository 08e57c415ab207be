import { Worker } from 'node:worker_threads'
import { MemberError } from '../problem.ts'
import type { Document, DocumentLimits } from './document.ts'
import { parseDocument } from './parse.ts'

/** What `readDocument` hands to the process that reads. */
export type Task = {
  readonly bytes: Uint8Array
  readonly name: string
  readonly charset?: string
  readonly limits: DocumentLimits
}

/** What the process says: any number of `progress`, then one of the others. */
export type Report =
  | { readonly progress: string }
  | { readonly document: Document }
  | { readonly mistake: string; readonly detail: string }
  | { readonly fault: string; readonly detail: string }

/** Milliseconds. */
const BETWEEN_REPORTS = 200

process.once('message', async (task: Task) => {
  new Worker(new URL('./memory-watch.js', import.meta.url), {
    workerData: { megabytes: task.limits.megabytes * 2 },
  }).unref()
  // The process is ended from outside: if it left by itself, the report could be cut off.
  process.send?.(await read(task))
})

async function read(task: Task): Promise<Report> {
  let last = 0
  const progress = (message: string) => {
    const now = Date.now()
    if (now - last < BETWEEN_REPORTS) return
    last = now
    process.send?.({ progress: message } satisfies Report)
  }
  try {
    return { document: await parseDocument({ ...task, progress }) }
  } catch (error) {
    const cause = error instanceof MemberError ? (error.cause ?? '') : error
    const detail = cause instanceof Error ? (cause.stack ?? cause.message) : String(cause)
    if (error instanceof MemberError) return { mistake: error.message, detail }
    return { fault: error instanceof RangeError ? 'is nested too deeply' : 'is damaged', detail }
  }
}
