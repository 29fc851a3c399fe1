import { expect, it } from 'vitest'
import type { Chat } from '../connection/documents.ts'
import { createQueuePlace } from './queue-place.ts'
import type { Transport } from '../connection/transport.ts'
import { createFormats } from '../page/formats.ts'
import { words } from '../words/english.ts'

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

const formats = createFormats('en-GB')
const open = { isOpen: () => true, takesMessages: () => true, text: () => 'Closed until Monday.' }
const placeAt = (hours: typeof open, closedMeanwhile: (isSo: boolean) => void = () => undefined) =>
  createQueuePlace({ words, formats, desk: hours, changed: () => undefined, closedMeanwhile })

it('says that the desk has closed to who waits, and offers to leave a message where it takes any', () => {
  const said: boolean[] = []
  const hours = { ...open, isOpen: () => isOpen, takesMessages: () => takesMessages }
  let [isOpen, takesMessages] = [true, true]
  const place = placeAt(hours, (isSo) => said.push(isSo))
  const { transport } = desk()
  place.follow(transport, waiting('Chat~1'))
  expect(place.text()).toBe('An agent will answer you.')
  isOpen = false
  place.follow(transport, waiting('Chat~1'))
  expect(place.text()).toContain('Closed until Monday.')
  takesMessages = false
  place.follow(transport, waiting('Chat~1'))
  takesMessages = true
  place.follow(transport, waiting('Chat~1', 'ACTIVE'))
  expect(said).toEqual([false, true, false, false])
})

it('follows the place of the chat that waits now, and of no earlier one', () => {
  const { followed, transport } = desk()
  const place = placeAt(open)
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
