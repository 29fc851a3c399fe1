import { expect, it } from 'vitest'
import type { TicketEvent } from '../ticket/events.ts'
import { withoutRedacted } from '../ticket/redaction.ts'
import { deskInMemory } from '../testing/desk.ts'
import { alex } from '../testing/examples.ts'
import { removeFormerSubjects } from './former-subjects.ts'
import type { Desk } from './port.ts'

const zoe = { kind: 'customer', id: 'zoe' } as const

const open = (desk: Desk, subject: string, body: string) =>
  desk.execute('ticket', 't', { type: 'open', messageId: 'first', subject, body, customer: { id: 'zoe' } }, { by: zoe })

async function shown(desk: Desk): Promise<string> {
  const history = (await desk.store.readStream('ticket-t')) as readonly { readonly event: TicketEvent }[]
  return JSON.stringify(withoutRedacted(history))
}

it('takes removed subjects out of the messages that quote them, and out of nothing else', async () => {
  const desk = deskInMemory()
  await open(desk, 'Card 4970 (Visa)?', 'My card.')
  await desk.execute('ticket', 't', { type: 'rename', subject: 'Visa 4970' }, { by: alex })
  const quote = 'You wrote “Card 4970 (Visa)?”, then Visa 4970. XVisa 4970 stays.'
  await desk.execute('ticket', 't', { type: 'agentReply', messageId: 'quote', body: quote }, { by: alex })
  await desk.execute('ticket', 't', { type: 'addNote', messageId: 'note', body: 'Nothing of it' }, { by: alex })
  await desk.execute('ticket', 't', { type: 'redactMessage', messageId: 'first', subject: '$& paid' }, { by: alex })
  await removeFormerSubjects(desk, 't')
  const text = await shown(desk)
  expect(text).toContain('You wrote “$& paid”, then $& paid. XVisa 4970 stays.')
  expect(text).toContain('Nothing of it')
  expect(text.replaceAll('XVisa 4970', '')).not.toContain('4970')
  const { version } = await desk.read('ticket', 't')
  await removeFormerSubjects(desk, 't')
  expect((await desk.read('ticket', 't')).version).toBe(version)
})

it('leaves a subject that says next to nothing where it is quoted', async () => {
  const desk = deskInMemory()
  await open(desk, 'Hi?', 'Hi?')
  await desk.execute('ticket', 't', { type: 'addNote', messageId: 'note', body: 'Hi? he said' }, { by: alex })
  await desk.execute('ticket', 't', { type: 'redactMessage', messageId: 'first', subject: 'A greeting' }, { by: alex })
  await removeFormerSubjects(desk, 't')
  expect(await shown(desk)).toContain('Hi? he said')
})
