import { isUtf8 } from 'node:buffer'

export type Decoded = {
  readonly text: string
  /** What to tell the member of the decoding. */
  readonly warnings: readonly string[]
}

/**
 * The text of bytes in UTF-8, UTF-16 or Windows-1252, with `\n` line ends. A byte order mark goes
 * before the declared character set, and valid UTF-8 before a declaration, as in browsers.
 * @param charset a label of the WHATWG Encoding Standard; unknown ones are passed over
 */
export function decodeText(bytes: Uint8Array, charset?: string): Decoded {
  const marked = markOf(bytes)
  const encoding =
    marked ?? utf16Of(bytes) ?? (endsInUtf8(bytes) ? 'utf-8' : (knownCharset(charset) ?? undefined))
  const text = new TextDecoder(encoding ?? 'windows-1252').decode(bytes)
  const warnings: string[] = []
  if (encoding === undefined)
    warnings.push(
      'The text is not UTF-8 and was read as Windows-1252: look at its accented letters.',
    )
  if (text.includes('\0')) warnings.push('NUL characters were taken out.')
  return { text: text.replaceAll('\0', '').replace(/\r\n?/g, '\n'), warnings }
}

/** Whether the bytes have too many control characters for a text. */
export function looksBinary(bytes: Uint8Array): boolean {
  if (markOf(bytes) ?? utf16Of(bytes)) return false
  const sample = bytes.subarray(0, 65_536)
  let controls = 0
  for (const byte of sample)
    if (byte < 9 || (byte > 13 && byte < 32 && byte !== 27) || byte === 127) controls += 1
  return controls > sample.length / 20
}

function markOf(bytes: Uint8Array): string | undefined {
  if (bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf) return 'utf-8'
  if (bytes[0] === 0xff && bytes[1] === 0xfe) return 'utf-16le'
  if (bytes[0] === 0xfe && bytes[1] === 0xff) return 'utf-16be'
  return undefined
}

/** UTF-16 without a mark: in Latin text every other byte is zero. */
function utf16Of(bytes: Uint8Array): string | undefined {
  const sample = bytes.subarray(0, 4096)
  if (sample.length < 8) return undefined
  const zeros = [0, 0]
  sample.forEach((byte, index) => {
    if (byte === 0) zeros[index % 2] = (zeros[index % 2] ?? 0) + 1
  })
  const [even = 0, odd = 0] = zeros
  const many = sample.length / 5
  if (odd > many && even < many / 10) return 'utf-16le'
  if (even > many && odd < many / 10) return 'utf-16be'
  return undefined
}

/** Valid UTF-8, but for a last character that the end of a sample may cut. */
function endsInUtf8(bytes: Uint8Array): boolean {
  for (let cut = 0; cut < 4 && cut <= bytes.length; cut += 1)
    if (isUtf8(bytes.subarray(0, bytes.length - cut))) return true
  return false
}

function knownCharset(charset: string | undefined): string | undefined {
  try {
    return charset && new TextDecoder(charset).encoding
  } catch {
    return undefined
  }
}
