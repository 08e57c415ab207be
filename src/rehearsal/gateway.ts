import { randomBytes } from 'node:crypto'
import type { Server as HttpServer } from 'node:http'
import {
  GatewayCloseCodes,
  GatewayDispatchEvents,
  GatewayIntentBits,
  GatewayOpcodes,
} from 'discord-api-types/v10'
import { type WebSocket, WebSocketServer } from 'ws'
import { z } from 'zod'
import { botObject, guildObject, type World } from './world.ts'

/**
 * Discord's gateway: https://discord.com/developers/docs/events/gateway
 * A session outlives its connection: what is dispatched meanwhile is kept for a resume.
 */
export type Gateway = {
  /**
   * Sends an event to the sessions whose intents it fits, of the shard that has the server. What
   * belongs to no server goes to shard 0.
   */
  dispatch(event: string, data: (intents: number) => unknown, server: string | undefined): void
  readonly online: () => boolean
  readonly sessions: () => readonly {
    readonly id: string
    readonly connected: boolean
    readonly shard: Shard
  }[]
  /** Cuts the connections without a word, as a broken network does. */
  dropConnections(): void
  /** Opcode 7. */
  askToReconnect(): void
  /** Opcode 9; a session that is not resumable is forgotten. */
  invalidateSessions(resumable: boolean): void
  /** While on, every resume is answered with opcode 9, not resumable. */
  refuseResumes(on: boolean): void
  /** While on, heartbeats are not acknowledged. */
  ignoreHeartbeats(on: boolean): void
  /** Cuts the next connections, so many, when they have come so far. */
  cutAt(stage: CutStage, times: number): void
  /** Sends the next dispatches, so many, twice. */
  repeatDispatches(times: number): void
  /** Sends the next dispatches, so many, each after the one that follows it. */
  swapDispatches(times: number): void
  /** Ends every connection with 4004 and every session; no token is taken any more. */
  revokeToken(): void
  /** Ends the faults that wait for their time, but for a revoked token. */
  clearFaults(): void
  close(): void
}

/**
 * Where a connection is cut: before HELLO, after IDENTIFY and before READY, after RESUME and before
 * anything is replayed, or in the middle of the frame of a dispatch.
 */
export type CutStage = 'hello' | 'identify' | 'resume' | 'dispatch'

/** The number of a shard, and how many there are. */
export type Shard = readonly [number: number, of: number]

/** https://discord.com/developers/docs/events/gateway#sharding-sharding-formula */
function hasServer([number, of]: Shard, server: string | undefined): boolean {
  return server === undefined
    ? number === 0
    : (BigInt(server) >> 22n) % BigInt(of) === BigInt(number)
}

type Session = {
  readonly id: string
  readonly shard: Shard
  readonly intents: number
  sequence: number
  /** The last events, for a resume. */
  kept: { readonly sequence: number; readonly frame: string }[]
  socket: WebSocket | undefined
  /** A frame that waits for the next one to go before it. */
  held?: string | undefined
}

const keptEvents = 1000
const privileged =
  GatewayIntentBits.GuildMembers |
  GatewayIntentBits.GuildPresences |
  GatewayIntentBits.MessageContent

const frame = z.object({ op: z.int(), d: z.unknown() })
const identify = z.object({
  token: z.string(),
  intents: z.int().min(0),
  properties: z.record(z.string(), z.unknown()),
  shard: z.tuple([z.int().min(0), z.int().min(1)]).default([0, 1]),
})
const resume = z.object({ token: z.string(), session_id: z.string(), seq: z.int().min(0) })

export function openGateway(
  server: HttpServer,
  options: {
    readonly path: string
    readonly url: () => string
    readonly world: World
    readonly token: string
    /** Milliseconds between the heartbeats that the client is asked for. */
    readonly heartbeatInterval: number
    readonly onlineChanged: (online: boolean) => void
  },
): Gateway {
  const { world } = options
  const sockets = new WebSocketServer({ server, path: options.path, maxPayload: 4096 })
  const sessions = new Map<string, Session>()
  let resumesRefused = false
  let heartbeatsIgnored = false
  let wasOnline = false
  let revoked = false
  const cuts: Record<CutStage, number> = { hello: 0, identify: 0, resume: 0, dispatch: 0 }
  let repeats = 0
  let swaps = 0

  /** Milliseconds after which a held dispatch is sent though no other has come. */
  const heldFor = 200

  const isDue = (stage: CutStage) => {
    if (cuts[stage] === 0) return false
    cuts[stage] -= 1
    return true
  }

  const connected = () => [...sessions.values()].filter((session) => session.socket)

  function noteOnline(): void {
    const now = connected().length > 0
    if (now === wasOnline) return
    wasOnline = now
    options.onlineChanged(now)
  }

  const isToken = (given: string) => !revoked && given.replace(/^Bot /, '') === options.token

  function emit(session: Session, event: string, data: unknown): void {
    session.socket?.send(keep(session, event, data))
  }

  /** Emits what happens, with the faults that are wanted. */
  function emitFaultily(session: Session, event: string, data: unknown): void {
    const text = keep(session, event, data)
    const { socket, held } = session
    if (!socket) return
    if (isDue('dispatch')) {
      session.socket = undefined
      socket.send(text.slice(0, text.length / 2), { fin: false }, () => socket.terminate())
      noteOnline()
      return
    }
    if (swaps > 0 && held === undefined) {
      swaps -= 1
      session.held = text
      setTimeout(() => release(session, socket), heldFor).unref()
      return
    }
    socket.send(text)
    release(session, socket)
    if (repeats === 0) return
    repeats -= 1
    socket.send(text)
  }

  function release(session: Session, socket: WebSocket): void {
    if (session.held !== undefined && session.socket === socket) socket.send(session.held)
    session.held = undefined
  }

  /** Numbers an event and keeps it for a resume. Returns its frame. */
  function keep(session: Session, event: string, data: unknown): string {
    session.sequence += 1
    const text = JSON.stringify({
      op: GatewayOpcodes.Dispatch,
      t: event,
      s: session.sequence,
      d: data,
    })
    session.kept.push({ sequence: session.sequence, frame: text })
    if (session.kept.length > 2 * keptEvents) session.kept = session.kept.slice(-keptEvents)
    return text
  }

  function forget(session: Session): void {
    sessions.delete(session.id)
    noteOnline()
  }

  sockets.on('connection', (socket, request) => {
    let session: Session | undefined
    const send = (op: number, d: unknown) =>
      socket.send(JSON.stringify({ op, d, s: null, t: null }))

    function begin(given: unknown) {
      const parsed = identify.safeParse(given)
      if (!parsed.success)
        return socket.close(GatewayCloseCodes.DecodeError, 'Error while decoding')
      if (!isToken(parsed.data.token)) {
        return socket.close(GatewayCloseCodes.AuthenticationFailed, 'Authentication failed.')
      }
      if ((parsed.data.intents & privileged) !== 0) {
        return socket.close(GatewayCloseCodes.DisallowedIntents, 'Disallowed intent(s).')
      }
      const { shard } = parsed.data
      if (shard[0] >= shard[1]) return socket.close(GatewayCloseCodes.InvalidShard, 'Invalid shard')
      if (isDue('identify')) return socket.terminate()
      session = {
        id: randomBytes(16).toString('hex'),
        shard,
        intents: parsed.data.intents,
        sequence: 0,
        kept: [],
        socket,
      }
      sessions.set(session.id, session)
      const servers = world.servers.filter((one) => one.hasBot && hasServer(shard, one.id))
      emit(session, GatewayDispatchEvents.Ready, {
        v: 10,
        user: { ...botObject(world), verified: true, mfa_enabled: false, email: null, flags: 0 },
        guilds: servers.map(({ id }) => ({ id, unavailable: true })),
        session_id: session.id,
        session_type: 'normal',
        resume_gateway_url: options.url(),
        shard,
        application: { id: world.application.id, flags: 0 },
        private_channels: [],
        relationships: [],
        user_settings: {},
        presences: [],
        guild_join_requests: [],
        geo_ordered_rtc_regions: [],
        _trace: [],
      })
      if ((session.intents & GatewayIntentBits.Guilds) !== 0) {
        for (const one of servers) {
          emit(session, GatewayDispatchEvents.GuildCreate, guildObject(world, one))
        }
      }
      noteOnline()
    }

    function goOn(given: unknown) {
      const parsed = resume.safeParse(given)
      if (!parsed.success)
        return socket.close(GatewayCloseCodes.DecodeError, 'Error while decoding')
      const { token, session_id, seq } = parsed.data
      if (!isToken(token)) {
        return socket.close(GatewayCloseCodes.AuthenticationFailed, 'Authentication failed.')
      }
      if (isDue('resume')) return socket.terminate()
      const known = sessions.get(session_id)
      const first = known?.kept[0]?.sequence ?? 1
      if (!known || resumesRefused || seq + 1 < first) {
        if (known) forget(known)
        return send(GatewayOpcodes.InvalidSession, false)
      }
      if (seq > known.sequence) {
        forget(known)
        return socket.close(GatewayCloseCodes.InvalidSeq, 'Invalid seq')
      }
      if (known.socket !== socket) known.socket?.terminate()
      known.socket = socket
      session = known
      for (const event of known.kept.filter((one) => one.sequence > seq)) socket.send(event.frame)
      emit(known, GatewayDispatchEvents.Resumed, { _trace: [] })
      noteOnline()
    }

    function receive(text: string) {
      const parsed = frame.safeParse(json(text))
      if (!parsed.success)
        return socket.close(GatewayCloseCodes.DecodeError, 'Error while decoding')
      const { op, d } = parsed.data
      if (op === GatewayOpcodes.Heartbeat) {
        if (!heartbeatsIgnored) send(GatewayOpcodes.HeartbeatAck, null)
      } else if (op === GatewayOpcodes.Identify) {
        if (session) {
          return socket.close(GatewayCloseCodes.AlreadyAuthenticated, 'Already authenticated.')
        }
        begin(d)
      } else if (op === GatewayOpcodes.Resume) goOn(d)
      else if (!session) socket.close(GatewayCloseCodes.NotAuthenticated, 'Not authenticated.')
      else if (
        op !== GatewayOpcodes.PresenceUpdate &&
        op !== GatewayOpcodes.VoiceStateUpdate &&
        op !== GatewayOpcodes.RequestGuildMembers
      ) {
        socket.close(GatewayCloseCodes.UnknownOpcode, 'Unknown opcode')
      }
    }

    if (new URL(request.url ?? '', 'ws://loopback').searchParams.get('v') !== '10') {
      return socket.close(GatewayCloseCodes.InvalidAPIVersion, 'Invalid API version')
    }
    if (isDue('hello')) return socket.terminate()
    socket.on('error', () => socket.terminate())
    socket.on('message', (data) => receive(data.toString()))
    socket.on('close', (code) => {
      if (session?.socket !== socket) return
      session.socket = undefined
      // A client that closes with 1000 or 1001 gives its session up.
      if (code === 1000 || code === 1001) sessions.delete(session.id)
      noteOnline()
    })
    send(GatewayOpcodes.Hello, { heartbeat_interval: options.heartbeatInterval, _trace: [] })
  })

  return {
    dispatch(event, data, server) {
      for (const session of sessions.values()) {
        if (!hasServer(session.shard, server)) continue
        const fitting = data(session.intents)
        if (fitting !== undefined) emitFaultily(session, event, fitting)
      }
    },
    online: () => connected().length > 0,
    sessions: () =>
      [...sessions.values()].map(({ id, socket, shard }) => ({
        id,
        connected: socket !== undefined,
        shard,
      })),
    dropConnections() {
      for (const socket of sockets.clients) socket.terminate()
    },
    askToReconnect() {
      for (const { socket } of connected()) {
        socket?.send(JSON.stringify({ op: GatewayOpcodes.Reconnect, d: null, s: null, t: null }))
      }
    },
    invalidateSessions(resumable) {
      for (const session of connected()) {
        session.socket?.send(
          JSON.stringify({ op: GatewayOpcodes.InvalidSession, d: resumable, s: null, t: null }),
        )
        if (!resumable) {
          session.socket = undefined
          forget(session)
        }
      }
    },
    refuseResumes(on) {
      resumesRefused = on
    },
    ignoreHeartbeats(on) {
      heartbeatsIgnored = on
    },
    cutAt(stage, times) {
      cuts[stage] += times
    },
    repeatDispatches(times) {
      repeats += times
    },
    swapDispatches(times) {
      swaps += times
    },
    revokeToken() {
      revoked = true
      for (const socket of sockets.clients) {
        socket.close(GatewayCloseCodes.AuthenticationFailed, 'Authentication failed.')
      }
      sessions.clear()
      noteOnline()
    },
    clearFaults() {
      resumesRefused = false
      heartbeatsIgnored = false
      for (const stage of Object.keys(cuts) as CutStage[]) cuts[stage] = 0
      repeats = 0
      swaps = 0
    },
    close() {
      for (const socket of sockets.clients) socket.terminate()
      sockets.close()
    },
  }
}

function json(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
