import {
  type APIApplication,
  type APIChannel,
  type APIGuild,
  type APIGuildMember,
  type APIRole,
  type APIUser,
  ApplicationIntegrationType,
  ChannelType,
  PermissionFlagsBits,
} from 'discord-api-types/v10'

/** A person who uses Discord. */
export type Member = {
  readonly id: string
  readonly username: string
  readonly displayName: string
  /** One of Discord's locales, for example `en-GB`. */
  readonly locale: string
}

export type Server = {
  readonly id: string
  readonly name: string
  readonly locale: string
  /** Whether the bot was added to the server; if not, only its user installation reaches there. */
  readonly hasBot: boolean
  readonly members: readonly string[]
  /** Members who may manage the server. */
  readonly managers: readonly string[]
  readonly roles: readonly { readonly id: string; readonly name: string }[]
}

export type Channel = {
  readonly id: string
  readonly name: string
} & (
  | { readonly kind: 'text'; readonly server: string }
  /** A direct message between one member and the bot. */
  | { readonly kind: 'bot-dm'; readonly member: string }
  /** A conversation of members that the bot is not part of. */
  | { readonly kind: 'private'; readonly members: readonly string[] }
)

/** Everything that exists on this Discord, as plain data. */
export type World = {
  readonly application: { readonly id: string; readonly name: string }
  readonly bot: { readonly id: string; readonly username: string }
  readonly members: readonly Member[]
  readonly servers: readonly Server[]
  readonly channels: readonly Channel[]
}

/**
 * Two readers and a manager in a reading group; a second server; a third without the bot; a direct
 * message for each, and a private conversation of the two readers.
 */
export function readingGroup(): World {
  const [mara, jonas, ines] = [
    '1100000000000000011',
    '1100000000000000012',
    '1100000000000000013',
  ] as const
  const [group, evening, elsewhere] = [
    '1100000000000000021',
    '1100000000000000022',
    '1100000000000000023',
  ] as const
  return {
    application: { id: '1100000000000000001', name: 'Footnote' },
    bot: { id: '1100000000000000001', username: 'Footnote' },
    members: [
      { id: mara, username: 'mara', displayName: 'Mara', locale: 'en-GB' },
      { id: jonas, username: 'jonas', displayName: 'Jonas', locale: 'de' },
      { id: ines, username: 'ines', displayName: 'Ines', locale: 'en-US' },
    ],
    servers: [
      {
        id: group,
        name: 'Reading group',
        locale: 'en-US',
        hasBot: true,
        members: [mara, jonas, ines],
        managers: [ines],
        roles: [{ id: '1100000000000000041', name: 'Hosts' }],
      },
      {
        id: evening,
        name: 'Evening class',
        locale: 'en-GB',
        hasBot: true,
        members: [mara, jonas, ines],
        managers: [ines],
        roles: [],
      },
      {
        id: elsewhere,
        name: 'Elsewhere',
        locale: 'en-US',
        hasBot: false,
        members: [mara, ines],
        managers: [],
        roles: [],
      },
    ],
    channels: [
      { id: '1100000000000000031', name: 'readings', kind: 'text', server: group },
      { id: '1100000000000000032', name: 'seminar', kind: 'text', server: group },
      { id: '1100000000000000033', name: 'general', kind: 'text', server: evening },
      { id: '1100000000000000034', name: 'general', kind: 'text', server: elsewhere },
      { id: '1100000000000000035', name: 'Footnote', kind: 'bot-dm', member: mara },
      { id: '1100000000000000036', name: 'Footnote', kind: 'bot-dm', member: jonas },
      { id: '1100000000000000037', name: 'Footnote', kind: 'bot-dm', member: ines },
      { id: '1100000000000000038', name: 'Mara, Jonas', kind: 'private', members: [mara, jonas] },
    ],
  }
}

export function memberOf(world: World, id: string): Member | undefined {
  return world.members.find((member) => member.id === id)
}

export function serverOf(world: World, id: string): Server | undefined {
  return world.servers.find((server) => server.id === id)
}

export function channelOf(world: World, id: string): Channel | undefined {
  return world.channels.find((channel) => channel.id === id)
}

/** Whether a member sees a channel. */
export function mayEnter(world: World, channel: Channel, member: string): boolean {
  if (channel.kind === 'text')
    return serverOf(world, channel.server)?.members.includes(member) ?? false
  if (channel.kind === 'bot-dm') return channel.member === member
  return channel.members.includes(member)
}

/** Whether the bot itself is in a channel and may post there. */
export function botMayEnter(world: World, channel: Channel): boolean {
  if (channel.kind === 'text') return serverOf(world, channel.server)?.hasBot ?? false
  return channel.kind === 'bot-dm'
}

const everything = Object.values(PermissionFlagsBits).reduce((all, bit) => all | bit, 0n)

const ordinary =
  PermissionFlagsBits.ViewChannel |
  PermissionFlagsBits.SendMessages |
  PermissionFlagsBits.ReadMessageHistory |
  PermissionFlagsBits.UseApplicationCommands |
  PermissionFlagsBits.UseExternalApps |
  PermissionFlagsBits.AttachFiles |
  PermissionFlagsBits.EmbedLinks |
  PermissionFlagsBits.AddReactions

/** A member's permissions in a channel as Discord's bit field. */
export function permissionsOf(world: World, channel: Channel, member: string): bigint {
  const manages =
    channel.kind === 'text' && serverOf(world, channel.server)?.managers.includes(member)
  return manages ? everything : ordinary
}

export const botPermissions = ordinary

export function userObject(member: Member): APIUser {
  return {
    id: member.id,
    username: member.username,
    global_name: member.displayName,
    discriminator: '0',
    avatar: null,
  }
}

export function botObject(world: World): APIUser {
  return {
    id: world.bot.id,
    username: world.bot.username,
    global_name: null,
    discriminator: '0001',
    avatar: null,
    bot: true,
  }
}

/** The user with this id, be it a member or the bot. */
export function anyUserObject(world: World, id: string): APIUser | undefined {
  if (id === world.bot.id) return botObject(world)
  const member = memberOf(world, id)
  return member && userObject(member)
}

/** @param publicKey with which an endpoint verifies what this Discord sends, in hex */
export function applicationObject(world: World, publicKey: string): APIApplication {
  return {
    id: world.application.id,
    name: world.application.name,
    icon: null,
    description: '',
    summary: '',
    bot_public: true,
    bot_require_code_grant: false,
    verify_key: publicKey,
    team: null,
    flags: 0,
    bot: botObject(world),
    integration_types_config: {
      [ApplicationIntegrationType.GuildInstall]: {},
      [ApplicationIntegrationType.UserInstall]: {},
    },
  } as unknown as APIApplication
}

export function memberObject(server: Server, user: APIUser): APIGuildMember {
  const host = server.managers.includes(user.id)
  return {
    user,
    nick: null,
    avatar: null,
    banner: null,
    roles: host ? server.roles.map((role) => role.id) : [],
    joined_at: '2026-01-01T00:00:00.000000+00:00',
    premium_since: null,
    deaf: false,
    mute: false,
    pending: false,
    flags: 0,
    communication_disabled_until: null,
  } as unknown as APIGuildMember
}

export function channelObject(world: World, channel: Channel): APIChannel {
  if (channel.kind === 'text') {
    return {
      id: channel.id,
      type: ChannelType.GuildText,
      guild_id: channel.server,
      name: channel.name,
      position: 0,
      permission_overwrites: [],
      parent_id: null,
      nsfw: false,
      topic: null,
      last_message_id: null,
      rate_limit_per_user: 0,
      flags: 0,
    } as unknown as APIChannel
  }
  const ids = channel.kind === 'bot-dm' ? [channel.member] : channel.members
  return {
    id: channel.id,
    type: channel.kind === 'bot-dm' ? ChannelType.DM : ChannelType.GroupDM,
    last_message_id: null,
    recipients: ids.flatMap((id) => anyUserObject(world, id) ?? []),
    flags: 0,
  } as unknown as APIChannel
}

export function roleObject(id: string, name: string): APIRole {
  return {
    id,
    name,
    color: 0,
    colors: { primary_color: 0, secondary_color: null, tertiary_color: null },
    hoist: false,
    icon: null,
    unicode_emoji: null,
    position: 0,
    permissions: ordinary.toString(),
    managed: false,
    mentionable: true,
    flags: 0,
  } as unknown as APIRole
}

/** A server as GUILD_CREATE carries it to a bot without privileged intents: its only member is itself. */
export function guildObject(world: World, server: Server): APIGuild {
  return {
    id: server.id,
    name: server.name,
    icon: null,
    icon_hash: null,
    splash: null,
    discovery_splash: null,
    banner: null,
    description: null,
    owner_id: server.managers[0] ?? server.members[0] ?? world.bot.id,
    region: 'local',
    afk_channel_id: null,
    afk_timeout: 300,
    verification_level: 0,
    default_message_notifications: 0,
    explicit_content_filter: 0,
    mfa_level: 0,
    nsfw_level: 0,
    premium_tier: 0,
    premium_progress_bar_enabled: false,
    preferred_locale: server.locale,
    system_channel_id: null,
    system_channel_flags: 0,
    rules_channel_id: null,
    public_updates_channel_id: null,
    safety_alerts_channel_id: null,
    application_id: null,
    vanity_url_code: null,
    hub_type: null,
    roles: [
      roleObject(server.id, '@everyone'),
      ...server.roles.map((role) => roleObject(role.id, role.name)),
    ],
    emojis: [],
    stickers: [],
    features: [],
    joined_at: '2026-01-01T00:00:00.000000+00:00',
    large: false,
    unavailable: false,
    member_count: server.members.length + 1,
    members: [memberObject(server, botObject(world))],
    channels: world.channels
      .filter((channel) => channel.kind === 'text' && channel.server === server.id)
      .map((channel) => channelObject(world, channel)),
    threads: [],
    presences: [],
    voice_states: [],
    stage_instances: [],
    guild_scheduled_events: [],
    soundboard_sounds: [],
  } as unknown as APIGuild
}
