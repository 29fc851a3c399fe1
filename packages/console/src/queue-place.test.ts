import { expect, it } from 'vitest'
import type { Chat } from './documents.ts'
import { createQueuePlace } from './queue-place.ts'
import type { Transport } from './transport.ts'
import { wordsFor } from './words.ts'

const waiting = (id: string, status = 'WAITING') => ({ id, status }) as Chat

/** What is followed now, and how to say where a chat stands. */
const desk = () => {
  const followed = new Map<unknown, (position: number) => void>()
  const follow = ((_, variables, { next }) => {
    const { chatId } = variables() as { readonly chatId: string }
    followed.set(chatId, (position) => next({ chatPlaceChanged: { position, expectedWait: null } } as never))
    return () => void followed.delete(chatId)
  }) as Transport['follow']
  return { followed, transport: { follow } as Transport }
}

it('follows the place of the chat that waits now, and of no earlier one', () => {
  const { followed, transport } = desk()
  const place = createQueuePlace(wordsFor('en').words, () => undefined)
  place.follow(transport, waiting('Chat~1'))
  followed.get('Chat~1')?.(3)
  expect(place.text()).toContain('number 3')
  place.follow(transport, waiting('Chat~2'))
  expect([[...followed.keys()], place.text()]).toEqual([['Chat~2'], 'An agent will answer you.'])
  followed.get('Chat~2')?.(1)
  place.follow(transport, waiting('Chat~2'))
  expect(place.text()).toContain('number 1')
  place.follow(transport, waiting('Chat~2', 'ACTIVE'))
  expect([...followed.keys()]).toEqual([])
})
