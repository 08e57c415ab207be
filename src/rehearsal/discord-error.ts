/** One thing wrong with one field of a body. */
export type FieldError = {
  readonly path: readonly (string | number)[]
  readonly code: string
  readonly message: string
}

/** Discord's nested form: the path as objects, `_errors` at its end. */
type ErrorTree = {
  readonly [key: string]: ErrorTree | readonly { readonly code: string; readonly message: string }[]
}

/** An error as Discord's REST API answers it. */
export type DiscordError = {
  readonly status: number
  readonly code: number
  readonly message: string
  readonly errors?: ErrorTree
}

/** Codes: https://discord.com/developers/docs/topics/opcodes-and-status-codes#json */
export const discordErrors = {
  unauthorized: { status: 401, code: 0, message: '401: Unauthorized' },
  notFound: { status: 404, code: 0, message: '404: Not Found' },
  unknownApplication: { status: 404, code: 10002, message: 'Unknown Application' },
  unknownChannel: { status: 404, code: 10003, message: 'Unknown Channel' },
  unknownGuild: { status: 404, code: 10004, message: 'Unknown Guild' },
  unknownMember: { status: 404, code: 10007, message: 'Unknown Member' },
  unknownMessage: { status: 404, code: 10008, message: 'Unknown Message' },
  unknownUser: { status: 404, code: 10013, message: 'Unknown User' },
  unknownWebhook: { status: 404, code: 10015, message: 'Unknown Webhook' },
  unknownInteraction: { status: 404, code: 10062, message: 'Unknown interaction' },
  unknownCommand: { status: 404, code: 10063, message: 'Unknown application command' },
  tooLarge: { status: 413, code: 40005, message: 'Request entity too large' },
  alreadyAcknowledged: {
    status: 400,
    code: 40060,
    message: 'Interaction has already been acknowledged.',
  },
  missingAccess: { status: 403, code: 50001, message: 'Missing Access' },
  notTheAuthor: {
    status: 403,
    code: 50005,
    message: 'Cannot edit a message authored by another user',
  },
  emptyMessage: { status: 400, code: 50006, message: 'Cannot send an empty message' },
  invalidToken: { status: 401, code: 50027, message: 'Invalid Webhook Token' },
  notJson: {
    status: 400,
    code: 50109,
    message: 'The request body contains invalid JSON.',
  },
} as const satisfies Record<string, DiscordError>

/** Code 50035, the errors nested by field. */
export function invalidForm(errors: readonly FieldError[]): DiscordError {
  return { status: 400, code: 50035, message: 'Invalid Form Body', errors: nest(errors) }
}

function nest(errors: readonly FieldError[]): ErrorTree {
  type Node = { [key: string]: Node | { code: string; message: string }[] }
  const root: Node = {}
  for (const { path, code, message } of errors) {
    let node = root
    for (const key of path) {
      const next = node[String(key)]
      if (next && !Array.isArray(next)) node = next
      else {
        const made: Node = {}
        node[String(key)] = made
        node = made
      }
    }
    const list = Array.isArray(node._errors) ? node._errors : []
    node._errors = [...list, { code, message }]
  }
  return root
}

/** The body of the answer. */
export function errorBody({ code, message, errors }: DiscordError) {
  return errors ? { message, code, errors } : { message, code }
}
