import { parentPort, workerData } from 'node:worker_threads'
import { MemberError } from '../problem.ts'
import type { Document, DocumentLimits } from './document.ts'
import { parseDocument } from './parse.ts'

/** What `readDocument` hands to its thread. */
export type Task = {
  readonly bytes: Uint8Array
  readonly name: string
  readonly charset?: string
  readonly limits: DocumentLimits
}

/** What the thread says: any number of `progress`, then one of the others. */
export type Report =
  | { readonly progress: string }
  | { readonly document: Document }
  | { readonly mistake: string; readonly detail?: string }
  | { readonly fault: string; readonly detail: string }

const BETWEEN_REPORTS = 200

const task = workerData as Task
const report = (message: Report) => parentPort?.postMessage(message)
let last = 0

try {
  const document = await parseDocument({
    ...task,
    progress: (message) => {
      const now = Date.now()
      if (now - last < BETWEEN_REPORTS) return
      last = now
      report({ progress: message })
    },
  })
  report({ document })
} catch (error) {
  const cause = error instanceof Error ? (error.cause ?? error) : error
  const detail = cause instanceof Error ? (cause.stack ?? cause.message) : String(cause)
  if (error instanceof MemberError) report({ mistake: error.message, detail })
  else if (error instanceof RangeError) report({ fault: 'is nested too deeply', detail })
  else report({ fault: 'is damaged', detail })
}
