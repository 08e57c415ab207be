import { REST, Routes } from 'discord.js'
import type { APIApplication } from 'discord-api-types/v10'
import type { Command } from '../commands/command.ts'
import type { Config } from '../config.ts'
import { explained } from './explained.ts'
import { register } from './registration.ts'

/**
 * Registers the commands over the REST API alone, without logging in.
 * @returns the names that changed
 */
export async function registerOnce(
  config: Pick<Config, 'token' | 'applicationId' | 'discordApi'>,
  commands: readonly Command[],
  options: { readonly guildId: string | undefined; readonly dryRun: boolean },
): Promise<readonly string[]> {
  const rest = new REST({ api: config.discordApi }).setToken(config.token ?? '')
  try {
    const applicationId =
      config.applicationId ?? ((await rest.get(Routes.currentApplication())) as APIApplication).id
    return (await register(rest, applicationId, commands, options)).changed
  } catch (error) {
    throw explained(error, { ...config, guildId: options.guildId })
  }
}
