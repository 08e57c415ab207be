import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { projectRoot } from '../src/config.ts'

const read = (path: string) => readFileSync(join(projectRoot, path), 'utf8')
const { scripts } = JSON.parse(read('package.json'))

const pages = ['.', 'docs'].flatMap((folder) =>
  readdirSync(join(projectRoot, folder))
    .filter((name) => name.endsWith('.md'))
    .map((name) => join(folder, name)),
)

/** What a reader makes after the example of a page, or the program when it runs. */
const madeLater = [/^knowledge\/on-harbours\.md$/, /^dist\//, /^data\/$/]

describe.each(pages)('%s', (page) => {
  const text = read(page)

  test('links to files and headings that are there', () => {
    const links = [...withoutCode(text).matchAll(/\]\(([^)\s]+)\)/g)].map(([, to = '']) => to)
    const broken = links
      .filter((to) => !/^[a-z]+:/.test(to))
      .filter((to) => {
        const [file = '', anchor] = to.split('#')
        const target = file ? join(dirname(page), file) : page
        if (!existsSync(join(projectRoot, target))) return true
        return anchor !== undefined && !anchorsOf(read(target)).includes(anchor)
      })
    expect(broken).toEqual([])
  })

  test('names scripts that package.json has', () => {
    const named = [...text.matchAll(/npm run ([\w:]+)/g)].map(([, name = '']) => name)
    expect(named.filter((name) => !Object.hasOwn(scripts, name))).toEqual([])
  })

  test('names files and folders of the project that are there', () => {
    const named = text.match(
      /(?<![\w/.:-])(?:src|test|docs|commands|knowledge|data|dist)\/[\w./-]*/g,
    )
    const missing = (named ?? [])
      .map((path) => path.replace(/\.$/, ''))
      .filter((path) => !madeLater.some((form) => form.test(path)))
      .filter((path) => !existsSync(join(projectRoot, path)))
    expect(missing).toEqual([])
  })
})

/** The anchors of a page's headings, as GitHub and GitLab make them. */
function anchorsOf(markdown: string): string[] {
  const seen = new Map<string, number>()
  return [...withoutCode(markdown).matchAll(/^#+ (.+)$/gm)].map(([, heading = '']) => {
    const slug = heading
      .trim()
      .toLowerCase()
      .replace(/[^\p{L}\p{N}\s_-]/gu, '')
      .replace(/\s/g, '-')
    const before = seen.get(slug) ?? 0
    seen.set(slug, before + 1)
    return before === 0 ? slug : `${slug}-${before}`
  })
}

function withoutCode(markdown: string): string {
  return markdown.replace(/^```[\s\S]*?^```$/gm, '')
}
