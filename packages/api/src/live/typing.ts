import { z } from 'zod'
import type { EphemeralBus } from '@guichet/domain'
import { createTyping } from '@guichet/domain'

/** Who types in which conversation, in all processes of the desk. Conversations and persons are keys of at most 300 characters. */
export type LiveTyping = {
  /** A person types: call it with each change of a draft, as often as that happens. */
  typed(conversation: string, person: string): void
  /** A person has sent the message or discarded the draft. */
  ended(conversation: string, person: string): void
  /** Calls the listener with the persons who type, each time that they change, until the returned function is called. */
  follow(conversation: string, listener: (persons: readonly string[]) => void): () => void
  close(): void
}

const messageSchema = z.object({ person: z.string().max(300), types: z.boolean() })

type Room = {
  readonly typing: ReturnType<typeof createTyping>
  readonly listeners: Set<(persons: readonly string[]) => void>
  readonly leave: () => void
  persons: readonly string[]
  timer: NodeJS.Timeout | undefined
}

const topicOf = (conversation: string): string => `typing ${conversation}`

/** Publishes typing over a bus. Keeps a conversation in memory while somebody types in it or follows it. `now` is in milliseconds. */
export function liveTyping(
  bus: Pick<EphemeralBus, 'publish' | 'subscribe'>,
  now = () => performance.now(),
): LiveTyping {
  const rooms = new Map<string, Room>()

  const refresh = (conversation: string, room: Room): void => {
    const at = now()
    const persons = room.typing.persons(at)
    clearTimeout(room.timer)
    const changesAt = room.typing.changesAt(at)
    room.timer = changesAt === undefined ? undefined : setTimeout(() => refresh(conversation, room), changesAt - at)
    const isNew = persons.join('\n') !== room.persons.join('\n')
    room.persons = persons
    if (isNew) for (const listener of room.listeners) listener(persons)
    if (room.listeners.size > 0 || persons.length > 0) return
    room.leave()
    rooms.delete(conversation)
  }
  const roomOf = (conversation: string): Room => {
    const openRoom = rooms.get(conversation)
    if (openRoom) return openRoom
    const typing = createTyping()
    const leave = bus.subscribe(topicOf(conversation), (payload) => {
      const { success, data } = messageSchema.safeParse(payload)
      if (!success) return
      typing.received(data.person, data.types, now())
      refresh(conversation, room)
    })
    const room: Room = { typing, listeners: new Set(), leave, persons: [], timer: undefined }
    rooms.set(conversation, room)
    return room
  }
  const publish = (conversation: string, person: string, types: boolean): void =>
    bus.publish(topicOf(conversation), { person, types }, person)

  return {
    typed: (conversation, person) => {
      const room = roomOf(conversation)
      if (room.typing.typed(person, now())) publish(conversation, person, true)
      refresh(conversation, room)
    },
    ended: (conversation, person) => {
      const room = roomOf(conversation)
      if (room.typing.ended(person, now())) publish(conversation, person, false)
      refresh(conversation, room)
    },
    follow: (conversation, listener) => {
      const deliver = (persons: readonly string[]): void => listener(persons)
      const room = roomOf(conversation)
      room.listeners.add(deliver)
      if (room.persons.length > 0) deliver(room.persons)
      return () => {
        if (room.listeners.delete(deliver) && rooms.get(conversation) === room) refresh(conversation, room)
      }
    },
    close: () => {
      for (const { timer, leave } of rooms.values()) {
        clearTimeout(timer)
        leave()
      }
      rooms.clear()
    },
  }
}
