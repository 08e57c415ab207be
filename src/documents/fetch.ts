import { isIP } from 'node:net'
import { rootCertificates } from 'node:tls'
import { Agent, request } from 'undici'
import { MemberError } from '../problem.ts'
import { internet, lookupAllowed, type Network, notPublic } from './address.ts'
import { standardLimits } from './document.ts'
import { megabytes } from './parse.ts'

/** A document as it came over the network. */
export type Fetched = {
  readonly bytes: Uint8Array
  /** The last part of the address, to show and to hand to `readDocument`. */
  readonly name: string
  /** The address after all redirects. */
  readonly url: string
  /** The character set of the `content-type`, if it names one. */
  readonly charset?: string
}

export type FetchOptions = {
  /** The most bytes that are taken. */
  readonly bytes?: number
  /** The most time for everything, redirects too. */
  readonly seconds?: number
  readonly signal?: AbortSignal
  /**
   * Origins that are reached as they are, also on http and at private addresses, for a rehearsal on
   * this machine: `http://127.0.0.1:4321`.
   */
  readonly trustedOrigins?: readonly string[]
  /** The Internet unless told. */
  readonly network?: Network
}

export type AttachmentOptions = FetchOptions & {
  /** The size in bytes that Discord declares for the attachment. */
  readonly declaredSize: number
}

/** https://discord.com/developers/docs/reference#cdn-formatting and signed attachment addresses */
const ATTACHMENT_HOSTS = new Set(['cdn.discordapp.com', 'media.discordapp.net'])
const MOST_REDIRECTS = 5

/**
 * Fetches the document behind a link: https only, no private address, each redirect checked again.
 * @throws MemberError with one sentence
 */
export async function fetchDocument(url: string, options: FetchOptions = {}): Promise<Fetched> {
  if (!URL.canParse(url.trim()))
    throw new MemberError('This is not a link: give an address that begins with https://.')
  return fetchWithin(new URL(url.trim()), options, MOST_REDIRECTS)
}

/**
 * Fetches an attachment from Discord's own hosts (`cdn.discordapp.com`, `media.discordapp.net`) or
 * a trusted origin; no redirect is followed.
 * @throws MemberError with one sentence
 */
export async function fetchAttachment(url: string, options: AttachmentOptions): Promise<Fetched> {
  const { declaredSize, bytes = standardLimits.bytes, trustedOrigins = [] } = options
  const address = URL.canParse(url) ? new URL(url) : undefined
  const isDiscords = address?.protocol === 'https:' && ATTACHMENT_HOSTS.has(address.host)
  if (!address || !(isDiscords || trustedOrigins.includes(address.origin)))
    throw new MemberError('This file is not an attachment on Discord: upload it there.')
  if (declaredSize > bytes) throw tooLarge(bytes)
  return fetchWithin(address, options, 0)
}

async function fetchWithin(
  start: URL,
  {
    bytes = standardLimits.bytes,
    seconds = 30,
    signal,
    trustedOrigins = [],
    network = internet,
  }: FetchOptions,
  redirects: number,
): Promise<Fetched> {
  const clock = AbortSignal.timeout(seconds * 1000)
  const either = signal ? AbortSignal.any([signal, clock]) : clock
  let url = start
  try {
    for (let hop = 0; ; hop += 1) {
      const trusted = trustedOrigins.includes(url.origin)
      if (!trusted) check(url, network)
      const answer = await get(url, { bytes, signal: either, trusted, network })
      if ('bytes' in answer) return { ...answer, name: nameOf(url), url: url.href }
      if (hop === redirects)
        throw new MemberError(
          redirects === 0
            ? 'This file has moved: upload it again.'
            : 'This link leads from one address to the next without end: give the last one.',
        )
      if (!URL.canParse(answer.location, url.href))
        throw new MemberError('This link leads to an address that is none.')
      url = new URL(answer.location, url)
    }
  } catch (cause) {
    if (cause instanceof MemberError) throw cause
    signal?.throwIfAborted()
    throw new MemberError(
      clock.aborted
        ? `${url.host} took longer than ${seconds} seconds: try again later.`
        : `${url.host} could not be reached: check the link, or try again later.`,
      { cause },
    )
  }
}

/** @throws MemberError where the link is not https, carries a password or names a private address */
function check(url: URL, { isAllowed }: Network): void {
  if (url.protocol !== 'https:')
    throw new MemberError('Only links that begin with https:// are followed.')
  if (url.username || url.password)
    throw new MemberError('This link carries a name or password: give one without.')
  // An address in numbers is connected to without asking a resolver.
  const host = url.hostname.replace(/^\[|\]$/g, '')
  if (isIP(host) && !isAllowed(host)) throw notPublic()
}

async function get(
  url: URL,
  {
    bytes,
    signal,
    trusted,
    network,
  }: { bytes: number; signal: AbortSignal; trusted: boolean; network: Network },
): Promise<{ bytes: Uint8Array; charset?: string } | { location: string }> {
  // A connection pool for this request alone: no other request shares what was checked.
  const { authorities } = network
  const connect = {
    lookup: lookupAllowed(network),
    ...(authorities && { ca: [...rootCertificates, ...authorities] }),
  }
  const agent = new Agent({ connect: trusted ? {} : connect })
  try {
    const { statusCode, headers, body } = await request(url, {
      dispatcher: agent,
      signal,
      headers: {
        accept: 'text/html, application/pdf, application/epub+zip, text/*;q=0.9, */*;q=0.5',
        // Packed answers could unpack to any size.
        'accept-encoding': 'identity',
        'user-agent': 'Footnote (a Discord bot that quotes texts)',
      },
    })
    const location = single(headers.location)
    if (statusCode >= 300 && statusCode < 400 && location) return { location }
    if (statusCode !== 200)
      throw new MemberError(
        `${url.host} answered with error ${statusCode}: check that anyone can open this link.`,
      )
    if (!/^(?:identity)?$/i.test(single(headers['content-encoding']) ?? ''))
      throw new MemberError(`${url.host} sends this packed: download it and upload the file.`)
    if (Number(single(headers['content-length'])) > bytes) throw tooLarge(bytes)

    const chunks: Uint8Array[] = []
    let size = 0
    for await (const chunk of body as AsyncIterable<Buffer>) {
      size += chunk.length
      if (size > bytes) throw tooLarge(bytes)
      chunks.push(chunk)
    }
    const charset = /charset\s*=\s*"?([\w:.-]+)/i.exec(single(headers['content-type']) ?? '')?.[1]
    return { bytes: Buffer.concat(chunks), ...(charset && { charset }) }
  } finally {
    await agent.destroy()
  }
}

function single(header: string | string[] | undefined): string | undefined {
  return Array.isArray(header) ? header[0] : header
}

function tooLarge(bytes: number): MemberError {
  return new MemberError(`This file has more than ${megabytes(bytes)} MB: give a smaller one.`)
}

function nameOf(url: URL): string {
  const last = url.pathname.split('/').findLast((part) => part !== '')
  try {
    return decodeURIComponent(last ?? url.hostname)
  } catch {
    return last ?? url.hostname
  }
}
