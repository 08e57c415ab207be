import { fork } from 'node:child_process'
import { builtFile } from '../built-file.ts'
import type { Report, Task } from './engine-process.ts'
import type { EngineFigures, NotMeasured } from './figures.ts'

/** Megabytes of JavaScript heap that an engine may have, the passages included. */
const heapMegabytes = 8_192

/**
 * Measures one engine in a process of its own, so that its memory is its own too.
 * @param phase is told what the process is doing
 */
export function measureApart(
  task: Task,
  phase: (phase: string) => void,
): Promise<EngineFigures | NotMeasured> {
  const { engine, passages, seconds } = task
  return new Promise((resolve) => {
    const child = fork(builtFile('bench/engine-process.js'), {
      execArgv: ['--expose-gc', `--max-old-space-size=${heapMegabytes}`],
      stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
    })
    let figures: EngineFigures | undefined
    let reason: string | undefined
    let clock: NodeJS.Timeout | undefined
    let said = ''
    child.stderr?.on('data', (data) => {
      said = (said + data).slice(-2_000)
    })
    child.on('message', (report: Report) => {
      if ('figures' in report) {
        figures = report.figures
        return
      }
      phase(report.phase)
      if (report.phase !== 'indexing') return
      clock = setTimeout(() => {
        reason = 'too slow'
        child.kill('SIGKILL')
      }, seconds * 1000)
    })
    child.on('error', (error) => {
      reason = error.message
    })
    child.on('close', (code, signal) => {
      clearTimeout(clock)
      if (figures) resolve(figures)
      else resolve({ engine, passages, reason: reason ?? reasonOf(code, signal, said) })
    })
    child.send(task)
  })
}

/** V8 aborts where its heap is full; the system kills where there is no memory at all. */
function reasonOf(code: number | null, signal: string | null, said: string): string {
  if (signal === 'SIGABRT' || signal === 'SIGKILL' || code === 134) return 'out of memory'
  return `failed: ${said.match(/^\w*Error: .*$/m)?.[0] ?? said.trim().split('\n').at(-1) ?? code}`
}
