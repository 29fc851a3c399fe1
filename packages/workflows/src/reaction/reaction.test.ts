import { expect, expectTypeOf, it } from 'vitest'
import type { Instant } from '@guichet/domain'
import {
  accept,
  createDesk,
  defineAggregate,
  defineCommand,
  defineEvent,
  guichetEvents,
  id,
  inMemoryStore,
  instant,
  parseStream,
  senders,
} from '@guichet/domain'
import { z } from 'zod'
import { reaction, reactionToMany } from './reaction.ts'

type Visit = { readonly status: 'absent' } | { readonly status: 'planned' | 'confirmed'; readonly updatedAt: Instant }

const commands = {
  plan: defineCommand({
    description: 'Plans a visit.',
    schema: z.strictObject({ type: z.literal('plan'), address: z.string() }),
    sentBy: senders.anyone,
  }),
  confirm: defineCommand({
    description: 'Confirms a visit.',
    schema: z.strictObject({ type: z.literal('confirm') }),
    sentBy: senders.anyone,
  }),
}

const events = {
  VisitPlanned: defineEvent({ schema: z.object({ address: z.string() }), personal: {} }),
  VisitConfirmed: defineEvent({ schema: z.object({}), personal: {} }),
}

const visit = defineAggregate({
  category: 'visit',
  id,
  commands,
  events,
  initial: { status: 'absent' },
  begunBy: ['plan'],
  notFound: 'visit.not_found',
  evolve: (_: Visit, { type, at }): Visit => ({
    status: type === 'VisitPlanned' ? 'planned' : 'confirmed',
    updatedAt: at,
  }),
  rules: {
    plan: ({ at, by, address }) => accept([{ type: 'VisitPlanned', at, by, address }]),
    confirm: ({ at, by }, { status }) => accept(status === 'confirmed' ? [] : [{ type: 'VisitConfirmed', at, by }]),
  },
})

const by = { kind: 'agent', id: 'ana' } as const

it('takes events of aggregates of one’s own, beside those of the product, with a desk that has them', async () => {
  const addresses: string[] = []
  const confirmVisits = reaction({
    name: 'confirm_visits',
    aggregates: { visit },
    on: ['VisitPlanned', 'TicketClosed'],
    react: async ({ event, stream, id: causationId }, desk) => {
      if (event.type === 'TicketClosed') return
      expectTypeOf(event.address).toEqualTypeOf<string>()
      addresses.push(event.address)
      const sender = { by, commandId: `confirm/${causationId}`, causationId }
      await desk.execute('visit', parseStream(stream).id, { type: 'confirm' }, sender)
    },
  })
  let ids = 0
  const desk = createDesk({
    store: inMemoryStore({ catalogue: { ...guichetEvents, ...visit.events } }),
    now: () => instant('2026-03-02T09:00:00Z'),
    newId: () => `id-${++ids}`,
    aggregates: { visit },
  })
  await desk.execute('visit', 'a', { type: 'plan', address: 'Paris' }, { by })
  const planned = await desk.store.readStream('visit-a')
  for (let delivery = 1; delivery <= 2; delivery++) await confirmVisits.react(planned, desk)
  expect((await desk.read('visit', 'a')).state.status).toBe('confirmed')
  expect(addresses).toEqual(['Paris', 'Paris'])
  expect(confirmVisits).toMatchObject({ name: 'confirm_visits', on: ['VisitPlanned', 'TicketClosed'], among: 1 })
})

it('takes the events of the aggregates that it names, and no others', () => {
  const react = async (): Promise<void> => undefined
  const many = reactionToMany({ name: 'many', aggregates: { visit }, on: ['VisitConfirmed'], among: 10, react })
  expect(many).toMatchObject({ name: 'many', on: ['VisitConfirmed'], among: 10 })
  // @ts-expect-error There is no such event.
  expect(reaction({ name: 'one', aggregates: { visit }, on: ['VisitMoved'], react })).toBeDefined()
  // @ts-expect-error The product has no such event.
  expect(reaction({ name: 'one', on: ['VisitPlanned'], react })).toBeDefined()
})
