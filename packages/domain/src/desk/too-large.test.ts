import { describe, expect, it } from 'vitest'
import type { EventStore } from '../kernel/event-store.ts'
import { inMemoryStore } from '../kernel/memory-store.ts'
import { deskInMemory } from '../testing/desk.ts'
import { alex, camille } from '../testing/examples.ts'
import { guichetEvents } from './categories.ts'
import type { Outcome } from './port.ts'
import type { Desk } from './processes.ts'

const customer = { id: 'camille' }
const opening = { type: 'open', subject: 'Facture', body: 'Où est-elle ?', customer } as const
const by = { by: alex }

/** A desk with two tickets and a chat of one customer, whose store takes nothing any more. */
async function fullDesk(): Promise<Desk> {
  const store = inMemoryStore({ catalogue: guichetEvents })
  let isFull = false
  const append: EventStore['append'] = async (given) =>
    isFull ? { kind: 'too_large', limit: 1_000 } : store.append(given)
  const desk = deskInMemory({ store: { ...store, append } })
  for (const id of ['a', 'b']) await desk.execute('ticket', id, opening, { by: camille })
  for (const id of ['camille', 'zoe']) await desk.execute('customer', id, { type: 'register', name: id }, by)
  await desk.startChat('one', { customer }, { by: camille })
  isFull = true
  return desk
}

const ways: Readonly<Record<string, (desk: Desk) => Promise<Outcome>>> = {
  'a command': (desk) => desk.execute('ticket', 'a', { type: 'agentReply', body: 'La voici.' }, by),
  'the steps of a macro': (desk) =>
    desk.executeTogether(
      'ticket',
      'a',
      [{ command: { type: 'addNote', body: 'Vu' } }, { command: { type: 'resolve' } }],
      by,
    ),
  'a configuration': (desk) =>
    desk.execute('configuration', 'desk', { type: 'apply', configuration: { plans: ['gold'] } }, by),
  'a merge of tickets': (desk) => desk.mergeTickets('a', 'b', by),
  'a merge of customers': (desk) => desk.mergeCustomers('zoe', 'camille', by),
  'the start of a chat': (desk) =>
    desk.startChat('two', { customer: { id: 'zoe' } }, { by: { kind: 'customer', id: 'zoe' } }),
  'the conversion of a chat': (desk) => desk.convertChat('one', 'Facture', by),
  'an incident': (desk) => desk.declareIncident('i', { title: 'Panne', customer }, by),
}

describe('what is larger than the store takes at once', () => {
  it.each(Object.entries(ways))('is refused with the limit: %s', async (_, send) => {
    expect(await send(await fullDesk())).toMatchObject({
      ok: false,
      refusal: { code: 'command_too_large', message: expect.stringContaining('1000 bytes at most') as string },
    })
  })
})
