import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { projectRoot } from './config.ts'
import { OperatorError } from './problem.ts'

/**
 * A built file for a process or thread of its own: Node 20 runs no TypeScript, so the sources have
 * it taken from what was built.
 * @param path below `src/`, for example `main.js`
 * @throws OperatorError if it is not there
 */
export function builtFile(path: string): string {
  const beside = join(import.meta.dirname, path)
  const file = existsSync(beside) ? beside : join(projectRoot, 'dist/src', path)
  if (!existsSync(file)) throw new OperatorError(`${file} is missing: run npm run build.`)
  return file
}
