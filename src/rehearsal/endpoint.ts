import { generateKeyPairSync, randomBytes, sign } from 'node:crypto'
import { InteractionResponseType, InteractionType } from 'discord-api-types/v10'
import { snowflake } from './snowflake.ts'

/**
 * Delivery of interactions by signed HTTP requests:
 * https://discord.com/developers/docs/interactions/overview#preparing-for-interactions
 */
export type Endpoint = {
  /** 32 bytes in hex. */
  readonly publicKey: string
  readonly url: () => string | undefined
  /**
   * Takes the address of an endpoint once it has answered a ping and refused a false signature.
   * @throws saying what it did instead
   */
  use(url: string): Promise<void>
  /** What the endpoint answers; nothing if it does not answer in time or the connection breaks. */
  deliver(interaction: unknown): Promise<Answer | undefined>
}

type Answer = { readonly status: number; readonly body: unknown }

export function openEndpoint(options: {
  readonly applicationId: string
  /** Milliseconds in which it has to answer. */
  readonly within: number
}): Endpoint {
  const { publicKey, privateKey } = generateKeyPairSync('ed25519')
  let address: string | undefined

  async function post(url: string, body: string, signed = body): Promise<Answer | undefined> {
    const timestamp = String(Math.floor(Date.now() / 1000))
    try {
      const response = await fetch(url, {
        method: 'POST',
        body,
        redirect: 'error',
        signal: AbortSignal.timeout(options.within),
        headers: {
          'content-type': 'application/json',
          'user-agent': 'Discord-Interactions/1.0 (+https://discord.com)',
          'x-signature-ed25519': sign(null, Buffer.from(timestamp + signed), privateKey).toString(
            'hex',
          ),
          'x-signature-timestamp': timestamp,
        },
      })
      return { status: response.status, body: json(await response.text()) }
    } catch {
      return undefined
    }
  }

  return {
    publicKey: Buffer.from(publicKey.export({ format: 'jwk' }).x ?? '', 'base64url').toString(
      'hex',
    ),
    url: () => address,
    async use(url) {
      const ping = JSON.stringify({
        id: snowflake(),
        application_id: options.applicationId,
        type: InteractionType.Ping,
        token: randomBytes(48).toString('base64url'),
        version: 1,
      })
      const answer = await post(url, ping)
      const { type } = (answer?.body ?? {}) as { type?: unknown }
      if (answer?.status !== 200 || type !== InteractionResponseType.Pong) {
        throw new Error(`${url} did not answer a ping: ${JSON.stringify(answer)}.`)
      }
      const refusal = await post(url, ping, `${ping} `)
      if (refusal?.status !== 401) {
        throw new Error(`${url} took a false signature: ${JSON.stringify(refusal)}.`)
      }
      address = url
    },
    deliver: (interaction) =>
      address === undefined
        ? Promise.resolve(undefined)
        : post(address, JSON.stringify(interaction)),
  }
}

function json(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
