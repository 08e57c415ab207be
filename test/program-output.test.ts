import { execFile } from 'node:child_process'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { expect, onTestFinished, test } from 'vitest'
import { projectRoot } from '../src/config.ts'
import { built } from './end-to-end/program.ts'

/** What one of the built programs prints, run in a folder with this `.env`. */
async function printed(program: string, args: readonly string[], env = ''): Promise<string> {
  const cwd = await mkdtemp(join(tmpdir(), 'footnote-'))
  onTestFinished(() => rm(cwd, { recursive: true, force: true }))
  await writeFile(join(cwd, '.env'), env)
  const file = join(projectRoot, `dist/src/${program}.js`)
  const { stdout } = await promisify(execFile)(process.execPath, [file, ...args], {
    cwd,
    env: { PATH: process.env.PATH },
  })
  return stdout
}

test.skipIf(!built)('the first answer in README.md is what npm run ask prints', async () => {
  const readme = await readFile(join(projectRoot, 'README.md'), 'utf8')
  const [, question = '', answer] = /^```\n> (.+)\n\n([\s\S]+?)```$/m.exec(readme) ?? []
  expect(await printed('ask', [question])).toBe(answer)
})

test.skipIf(!built)(
  'npm run ask and npm run cite read the folder of articles from .env',
  async () => {
    const texts = await mkdtemp(join(tmpdir(), 'footnote-texts-'))
    onTestFinished(() => rm(texts, { recursive: true, force: true }))
    const article =
      '---\nid: kettles\ntitle: Kettles\n---\nAldous Finch hid seven copper kettles.\n'
    await writeFile(join(texts, 'kettles.md'), article)
    const env = `KNOWLEDGE_DIR=${texts}\n`
    expect(await printed('ask', ['Who hid the copper kettles?'], env)).toContain(
      '“Aldous Finch hid seven copper kettles.”',
    )
    expect(await printed('cite', ['kettles:1', '--style', 'apa'], env)).toContain('Kettles')
  },
)
