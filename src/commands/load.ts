import { existsSync } from 'node:fs'
import { readdir } from 'node:fs/promises'
import { extname, join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { z } from 'zod'
import { OperatorError } from '../problem.ts'
import type { Command } from './command.ts'

/** `.ts` in the tests, `.js` in the built program: the ending of the file that this is. */
const ending = extname(import.meta.filename)

/** The coded commands, beside the folder that this program runs from. */
const codedCommands = join(import.meta.dirname, '../../commands')

const isFunction = z.custom<CallableFunction>((value) => typeof value === 'function')
const chat = z.object({
  kind: z.literal('chat'),
  name: z.string(),
  description: z.string(),
  options: z.record(
    z.string(),
    z.custom<z.ZodType>((value) => value instanceof z.ZodType),
  ),
  run: isFunction,
})
const shape = z.discriminatedUnion('kind', [
  chat,
  z.object({
    kind: z.literal('group'),
    name: z.string(),
    description: z.string(),
    subcommands: z.array(chat).min(1),
  }),
  z.object({ kind: z.literal('message'), name: z.string(), run: isFunction }),
])

/**
 * Loads every command of a folder, in the order of the files' names.
 * @throws OperatorError naming the file that is not a command, or two files with one name
 */
export async function loadCommands(folder = codedCommands): Promise<readonly Command[]> {
  const files = (await readdir(folder))
    .filter((file) => extname(file) === ending && !file.endsWith('.d.ts'))
    .filter((file) => hasSource(folder, file))
  const commands: Command[] = []
  const places = new Map<string, string>()
  for (const file of files.sort()) {
    const path = join(folder, file)
    const loaded = await load(path)
    const other = places.get(loaded.name)
    if (other) throw new OperatorError(`${path}: the name ${loaded.name} is taken by ${other}.`)
    places.set(loaded.name, path)
    commands.push(loaded)
  }
  return commands
}

async function load(path: string): Promise<Command> {
  const module: Record<string, unknown> = await import(pathToFileURL(path).href).catch((error) => {
    throw new OperatorError(`${path}: the file cannot be loaded: ${error}`)
  })
  const checked = shape.safeParse(module.default)
  if (!checked.success) {
    throw new OperatorError(
      `${path}: the file is not a command; let its default export be command({ … }), groupCommand({ … }) or messageCommand({ … }).`,
    )
  }
  return module.default as Command
}

/** The compiler leaves the output of a file that was taken away: such a command is gone too. */
function hasSource(folder: string, file: string): boolean {
  const sources = join(folder, '../../commands')
  if (ending !== '.js' || !existsSync(join(sources, 'ask.ts'))) return true
  return existsSync(join(sources, file.replace(/\.js$/, '.ts')))
}
