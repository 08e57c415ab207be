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
  readonly seconds?: number
  readonly signal?: AbortSignal
  /**
   * Origins that are reached as they are, also on http and at private addresses, for a rehearsal on
   * this machine: `http://127.0.0.1:4321`.
   */
  readonly trustedOrigins?: readonly string[]
}

export type AttachmentOptions = FetchOptions & {
  /** The size that Discord declares for the attachment. */
  readonly declaredSize: number
}

/**
 * Fetches the document behind a link: https only, no private address, each redirect checked again.
 * @throws MemberError with one sentence
 */
export async function fetchDocument(_url: string, _options: FetchOptions = {}): Promise<Fetched> {
  throw new Error('not yet')
}

/**
 * Fetches an attachment from Discord's own hosts (`cdn.discordapp.com`, `media.discordapp.net`) or
 * a trusted origin; no redirect is followed.
 * @throws MemberError with one sentence
 */
export async function fetchAttachment(_url: string, _options: AttachmentOptions): Promise<Fetched> {
  throw new Error('not yet')
}
