import { z } from 'zod'
import type { EphemeralBus, Heartbeat, HeartbeatTimes } from '@guichet/domain'
import { createHeartbeats } from '@guichet/domain'

/**
 * Who does something now, and about what, in all processes of the desk: who types in a conversation, who edits an article. Subjects and
 * persons are keys of at most 300 characters.
 */
export type LiveHeartbeats = {
  /** A person does it: call it with each change of a draft, as often as that happens. */
  beat(subject: string, person: string, name?: string): void
  /** A person has sent, saved or discarded it. */
  end(subject: string, person: string): void
  /** Who does it now, as far as this process knows. */
  current(subject: string): readonly Heartbeat[]
  /** Calls the listener with those who do it, each time that they change, until the returned function is called. */
  follow(subject: string, listener: (heartbeats: readonly Heartbeat[]) => void): () => void
  close(): void
}

/** What is published, and how. */
type Options = {
  /** The topic of the bus. */
  readonly topic: string
  readonly times: HeartbeatTimes
  /** Whether a process keeps what it is told of subjects that nobody follows there, for `current`. */
  readonly keepsAll?: boolean
}

const key = z.string().max(300)
const messageSchema = z.object({
  subject: key,
  person: key,
  name: z.string().max(1_000).nullable(),
  /** For how long already, in milliseconds; null when it has ended. */
  lastedMs: z.number().min(0).nullable(),
})

type Room = {
  readonly heartbeats: ReturnType<typeof createHeartbeats>
  readonly listeners: Set<(heartbeats: readonly Heartbeat[]) => void>
  current: readonly Heartbeat[]
  timer: NodeJS.Timeout | undefined
}

const personsOf = (heartbeats: readonly Heartbeat[]): string => heartbeats.map(({ person }) => person).join('\n')

/** Publishes heartbeats over a bus. Keeps a subject in memory while somebody has a heartbeat there or follows it. `now` is in milliseconds. */
export function liveHeartbeats(
  bus: Pick<EphemeralBus, 'publish' | 'subscribe'>,
  { topic, times, keepsAll = false }: Options,
  now = () => performance.now(),
): LiveHeartbeats {
  const rooms = new Map<string, Room>()

  const refresh = (subject: string, room: Room): void => {
    const at = now()
    const current = room.heartbeats.current(at)
    clearTimeout(room.timer)
    const changesAt = room.heartbeats.changesAt(at)
    room.timer = changesAt === undefined ? undefined : setTimeout(() => refresh(subject, room), changesAt - at)
    const isNew = personsOf(current) !== personsOf(room.current)
    room.current = current
    if (isNew) for (const listener of room.listeners) listener(current)
    if (room.listeners.size === 0 && current.length === 0) rooms.delete(subject)
  }
  const roomOf = (subject: string): Room => {
    const openRoom = rooms.get(subject)
    if (openRoom) return openRoom
    const room: Room = { heartbeats: createHeartbeats(times), listeners: new Set(), current: [], timer: undefined }
    rooms.set(subject, room)
    return room
  }
  const publish = (subject: string, person: string, name: string | undefined, lastedMs: number | null): void =>
    bus.publish(topic, { subject, person, name: name ?? null, lastedMs }, JSON.stringify([subject, person]))

  const leave = bus.subscribe(topic, (payload) => {
    const { success, data } = messageSchema.safeParse(payload)
    if (!success) return
    const { subject, person, name, lastedMs } = data
    if (!rooms.has(subject) && (!keepsAll || lastedMs === null)) return
    const room = roomOf(subject)
    if (lastedMs === null) room.heartbeats.end(person, now())
    else room.heartbeats.receive({ person, name: name ?? undefined, lastedMs }, now())
    refresh(subject, room)
  })

  return {
    beat: (subject, person, name) => {
      const room = roomOf(subject)
      const sent = room.heartbeats.beat(person, name, now())
      if (sent) publish(subject, person, name, sent.lastedMs)
      refresh(subject, room)
    },
    end: (subject, person) => {
      const room = roomOf(subject)
      if (room.heartbeats.end(person, now())) publish(subject, person, undefined, null)
      refresh(subject, room)
    },
    current: (subject) => rooms.get(subject)?.current ?? [],
    follow: (subject, listener) => {
      const deliver = (heartbeats: readonly Heartbeat[]): void => listener(heartbeats)
      const room = roomOf(subject)
      room.listeners.add(deliver)
      if (room.current.length > 0) deliver(room.current)
      return () => {
        if (room.listeners.delete(deliver) && rooms.get(subject) === room) refresh(subject, room)
      }
    },
    close: () => {
      leave()
      for (const { timer } of rooms.values()) clearTimeout(timer)
      rooms.clear()
    },
  }
}
