import type { Chat, Place } from '../connection/documents.ts'
import { documents } from '../connection/documents.ts'
import type { Transport } from '../connection/transport.ts'
import type { Formats } from '../page/formats.ts'
import type { Words } from '../page/words.ts'
import { fill } from '../page/words.ts'

/** What a visitor who waits is shown of the queue, and when the desk closes meanwhile. */
type QueuePlace = {
  text(): string
  /** Follows the place while the chat waits, and stops when it does not. */
  follow(transport: Transport, chat: Chat): void
  stop(): void
}

type Options = {
  readonly words: Words
  readonly formats: Pick<Formats, 'number' | 'minutes'>
  /** The hours of the desk. */
  readonly desk: { isOpen(): boolean; takesMessages(): boolean; text(): string }
  /** Called when the place moves. */
  readonly changed: () => void
  /** Receives whether a chat waits for a desk that has closed, and takes messages instead. */
  readonly closedMeanwhile: (isSo: boolean) => void
}

/** The place of a chat in the queue, in words. */
export function createQueuePlace({ words, formats, desk, changed, closedMeanwhile }: Options): QueuePlace {
  let place: Place | null = null
  let leave: (() => void) | undefined
  /** The chat that is followed. */
  let chatId: string | undefined
  const stop = (): void => {
    leave?.()
    leave = chatId = undefined
    place = null
  }
  return {
    text: () => {
      if (!desk.isOpen()) return `${desk.text()} ${words.waitingShut}`
      if (!place) return words.waiting
      const wait = place.expectedWait
      return [
        words.waiting,
        ...(place.position === null ? [] : [fill(words.place, formats.number(place.position))]),
        ...(wait ? [fill(words.wait, formats.number(minutes(wait.from)), formats.minutes(minutes(wait.to)))] : []),
      ].join(' ')
    },
    follow: (transport, { id, status }) => {
      closedMeanwhile(status === 'WAITING' && !desk.isOpen() && desk.takesMessages())
      if (status !== 'WAITING' || id !== chatId) stop()
      if (status !== 'WAITING') return
      chatId = id
      leave ??= transport.follow<{ readonly chatPlaceChanged: Place | null }>(
        documents.chatPlaceChanged,
        () => ({ chatId: id }),
        {
          next: ({ chatPlaceChanged }) => {
            place = chatPlaceChanged
            changed()
          },
          // Then the visitor reads that somebody will answer, and no place.
          refused: stop,
          brief: true,
        },
      )
    },
    stop,
  }
}

const minutes = (ms: number): number => Math.max(1, Math.round(ms / 60_000))
