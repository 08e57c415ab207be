import { createPublicKey, type KeyObject, verify } from 'node:crypto'

/** Milliseconds by which the time of a request may differ from ours, either way. */
const tolerance = 5 * 60 * 1000

/** An application's public key, from the 64 hex digits on its page. */
export function publicKeyOf(hex: string): KeyObject {
  const x = Buffer.from(hex, 'hex').toString('base64url')
  return createPublicKey({ key: { kty: 'OKP', crv: 'Ed25519', x }, format: 'jwk' })
}

/**
 * Whether a request is from Discord, and not an old one sent again: Ed25519 over the timestamp and
 * the body as it came.
 * https://discord.com/developers/docs/interactions/overview#setting-up-an-endpoint-validating-security-request-headers
 * @param now milliseconds since 1970
 */
export function isFromDiscord(
  request: {
    /** `X-Signature-Ed25519`: 128 hex digits. */
    readonly signature: string | undefined
    /** `X-Signature-Timestamp`: seconds since 1970. */
    readonly timestamp: string | undefined
    readonly body: Uint8Array
  },
  key: KeyObject,
  now: number,
): boolean {
  const { signature = '', timestamp = '', body } = request
  if (!/^[0-9a-f]{128}$/i.test(signature) || !/^\d{1,12}$/.test(timestamp)) return false
  if (Math.abs(now - Number(timestamp) * 1000) > tolerance) return false
  const signed = Buffer.concat([Buffer.from(timestamp), body])
  return verify(null, signed, key, Buffer.from(signature, 'hex'))
}
