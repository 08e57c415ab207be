import { type DestinationStream, destination, type Logger, pino } from 'pino'
import { PinoPretty } from 'pino-pretty'

export type Log = Logger

/** Bot tokens as Discord makes them: https://discord.com/developers/docs/reference#authentication */
const botToken = /[\w-]{23,30}\.[\w-]{6,7}\.[\w-]{27,}/g
/** The token of an interaction stands in the path of every address that answers it. */
const interactionToken = /(\/(?:webhooks|interactions)\/\d+\/)[\w.%-]{20,}/g
const authorization = /\b(Bot|Bearer)( +)[\w.-]{20,}/g

/** `text` with `[token]` in the place of every token, those of `secrets` and those that look like one. */
export function withoutTokens(text: string, secrets: readonly string[] = []): string {
  return secrets
    .filter((secret) => secret.length > 0)
    .reduce((rest, secret) => rest.replaceAll(secret, '[token]'), text)
    .replace(botToken, '[token]')
    .replace(interactionToken, '$1[token]')
    .replace(authorization, '$1$2[token]')
}

/**
 * A log of JSON lines, or of readable ones on a terminal. Tokens are taken out of the finished line,
 * wherever they stand: in a field, an address, a message or an error's stack.
 */
export function createLog(options: {
  level: string
  secrets?: readonly string[]
  to?: DestinationStream
}): Log {
  const out = options.to ?? (process.stdout.isTTY ? readable() : destination({ fd: 1, sync: true }))
  return pino(
    {
      level: options.level,
      base: null,
      timestamp: pino.stdTimeFunctions.isoTime,
      serializers: { err: withoutContent },
      formatters: { level: (label) => ({ level: label }) },
    },
    { write: (line) => void out.write(withoutTokens(line, options.secrets)) },
  )
}

/** An error without the request that it came from, which would hold what somebody asked. */
function withoutContent(error: unknown): unknown {
  if (!(error instanceof Error)) return error
  const { type, message, stack, code, status, method, url } = pino.stdSerializers.err(error)
  return { type, message, stack, code, status, method, url }
}

function readable(): DestinationStream {
  return PinoPretty({ sync: true, translateTime: 'SYS:HH:MM:ss', singleLine: true })
}
