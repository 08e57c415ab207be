import { type Document, isMap, isNode, isScalar, LineCounter, parseDocument } from 'yaml'
import { mistake, type SourceFile } from './source-file.ts'

/** What a YAML text says, and where in its file it says so. */
export type YamlText = {
  readonly value: unknown
  /** The line in the file of what a path leads to, or of the nearest thing around it. */
  lineOf(path: readonly PropertyKey[]): number
}

/**
 * Parses a YAML text that begins after line `offset` of a file.
 * @throws OperatorError with file and line where it is not YAML
 */
export function parseYaml(file: SourceFile, text: string, offset = 0): YamlText {
  const counter = new LineCounter()
  const last = text.split('\n').length
  const lineAt = (position: number) =>
    Math.max(1, Math.min(counter.linePos(position).line, last)) + offset
  const fault = (line: number, message: string) =>
    mistake(
      file,
      line,
      `this is not YAML (${message.replace(/\.$/, '')}); put text that holds signs such as : # " * & in quotation marks.`,
    )

  const document = parseDocument(text, {
    lineCounter: counter,
    prettyErrors: false,
    stringKeys: true,
    logLevel: 'error',
  })
  const error = document.errors[0]
  if (error?.code === 'DUPLICATE_KEY')
    throw mistake(
      file,
      lineAt(error.pos[0]),
      'this field stands here twice; take one of them away.',
    )
  if (error) throw fault(lineAt(error.pos[0]), error.message)
  try {
    return { value: document.toJS(), lineOf: (path) => lineAt(positionOf(document, path)) }
  } catch (unresolved) {
    // An alias (*name) that leads nowhere, or to more and more aliases.
    const at = text.search(/(?<=^|[\s[{,:-])\*/m)
    throw fault(lineAt(Math.max(at, 0)), (unresolved as Error).message)
  }
}

function positionOf(document: Document, path: readonly PropertyKey[]): number {
  if (path.length === 0) return 0
  const parent = path.length === 1 ? document.contents : document.getIn(path.slice(0, -1), true)
  const pair = isMap(parent)
    ? parent.items.find(({ key }) => isScalar(key) && key.value === path.at(-1))
    : undefined
  const node = pair?.key ?? document.getIn(path, true)
  return (isNode(node) && node.range?.[0]) || positionOf(document, path.slice(0, -1))
}
