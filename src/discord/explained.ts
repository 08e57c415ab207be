import { DiscordAPIError, GatewayCloseCodes } from 'discord.js'
import { OperatorError } from '../problem.ts'

const refusedToken =
  'DISCORD_TOKEN is refused by Discord: copy it again from your application\'s page, "Bot", into .env.'

/** Why Discord has ended a connection for good. */
export function explainedClosing(code: number): Error {
  switch (code) {
    case GatewayCloseCodes.AuthenticationFailed:
      return new OperatorError(refusedToken)
    case GatewayCloseCodes.ShardingRequired:
      return new OperatorError(
        'The bot is in more servers than Discord sends over one connection: run it in shards (SHARDS=auto).',
      )
    case GatewayCloseCodes.DisallowedIntents:
    case GatewayCloseCodes.InvalidIntents:
      return new OperatorError(
        'Discord refuses the intents of this bot: set MENTIONS to off, or look for a newer version of the bot.',
      )
    default:
      return new Error(`Discord has ended the connection for good (${code}).`)
  }
}

/** What the operator can mend, in one sentence; anything else as it is. */
export function explained(
  error: unknown,
  config: { readonly guildId?: string | undefined; readonly discordApi: string },
): unknown {
  const code = (error as { code?: unknown } | null)?.code
  if (code === 'TokenInvalid' || (error instanceof DiscordAPIError && error.status === 401)) {
    return new OperatorError(refusedToken)
  }
  if (code === 50001 || code === 10004) {
    return new OperatorError(
      `DISCORD_GUILD_ID="${config.guildId}" is a server that the bot is not in, or was invited to without the scope applications.commands: invite it again, or correct the id.`,
    )
  }
  if (code === 'ECONNREFUSED' || code === 'ENOTFOUND') {
    return new OperatorError(
      `Discord cannot be reached at ${config.discordApi} (${code}): check the network and DISCORD_API.`,
    )
  }
  return error
}
