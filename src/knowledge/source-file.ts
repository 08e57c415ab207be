import { isUtf8 } from 'node:buffer'
import { OperatorError } from '../problem.ts'

/** One file of the folder `knowledge/`, as text with `\n` line ends. */
export type SourceFile = {
  /** The path to show to the operator. */
  readonly path: string
  /** The file's name without its ending. */
  readonly name: string
  readonly text: string
}

/** The mistake in line `line` (from 1) of a file; `message` says what is wrong and the mend. */
export function mistake(file: { readonly path: string }, line: number, message: string) {
  return new OperatorError(`${file.path}:${line}: ${message}`)
}

/**
 * The text of a file's bytes. Byte order mark and Windows line ends are taken off.
 * @throws OperatorError where the bytes are not UTF-8 text
 */
export function decode(path: string, bytes: Buffer): string {
  if (bytes[0] === 0xff && bytes[1] === 0xfe)
    throw mistake({ path }, 1, 'the file is UTF-16, not UTF-8; save it again as UTF-8.')
  const zero = bytes.indexOf(0)
  if (zero >= 0) {
    const line = lineOfByte(bytes, zero)
    throw mistake(
      { path },
      line,
      'the line holds a NUL byte, so this is not a text file; save the text as UTF-8.',
    )
  }
  if (!isUtf8(bytes)) {
    throw mistake(
      { path },
      firstBadLine(bytes),
      'the line is not UTF-8; save the file again as UTF-8.',
    )
  }
  return bytes
    .toString('utf8')
    .replace(/^\ufeff/, '')
    .replace(/\r\n?/g, '\n')
}

function lineOfByte(bytes: Buffer, at: number): number {
  let line = 1
  for (let i = bytes.indexOf(10); i >= 0 && i < at; i = bytes.indexOf(10, i + 1)) line += 1
  return line
}

function firstBadLine(bytes: Buffer): number {
  let from = 0
  for (let line = 1; ; line += 1) {
    const end = bytes.indexOf(10, from)
    if (end < 0 || !isUtf8(bytes.subarray(from, end))) return line
    from = end + 1
  }
}
