import { assert, describe, expect, expectTypeOf, it } from 'vitest'
import { z } from 'zod'
import { clockActor } from '../kernel/actor.ts'
import { defineAggregate } from '../kernel/aggregate.ts'
import { defineCommand, fireSchema, senders } from '../kernel/command.ts'
import { defineEvent } from '../kernel/event.ts'
import { inMemoryStore } from '../kernel/memory-store.ts'
import { accept, deny, refusal } from '../kernel/refusal.ts'
import type { Instant } from '../kernel/time.ts'
import { instant, instantSchema, storedInstantSchema } from '../kernel/time.ts'
import { id } from '../kernel/values.ts'
import { nothing, refused, specify } from '../testing/specification.ts'
import { guichetEvents } from './categories.ts'
import { createDesk } from './desk.ts'

type Callback =
  | { readonly status: 'absent' }
  | { readonly status: 'scheduled' | 'missed' | 'completed'; readonly dueAt: Instant; readonly updatedAt: Instant }

const statusAfter = { CallbackMissed: 'missed', CallbackCompleted: 'completed' } as const

const callbackEvents = {
  CallbackScheduled: defineEvent({ schema: z.object({ dueAt: storedInstantSchema }), personal: {} }),
  CallbackCompleted: defineEvent({ schema: z.object({}), personal: {} }),
  CallbackMissed: defineEvent({ schema: z.object({}), personal: {} }),
}

const callbackCommands = {
  schedule: defineCommand({
    description: 'Promises a customer a call.',
    schema: z.strictObject({ type: z.literal('schedule'), dueAt: instantSchema }),
    sentBy: senders.desk,
  }),
  complete: defineCommand({
    description: 'Records that the call was made.',
    schema: z.strictObject({ type: z.literal('complete') }),
    sentBy: senders.desk,
  }),
  fire: defineCommand({
    description: 'Fires a deadline that fell due.',
    schema: fireSchema,
    sentBy: senders.system,
  }),
}

const callbackAggregate = defineAggregate({
  category: 'callback',
  id,
  commands: callbackCommands,
  events: callbackEvents,
  initial: { status: 'absent' },
  begunBy: ['schedule'],
  notFound: 'callback.not_found',
  evolve: (state: Callback, event): Callback => {
    if (event.type === 'CallbackScheduled') return { status: 'scheduled', dueAt: event.dueAt, updatedAt: event.at }
    return state.status === 'absent' ? state : { ...state, status: statusAfter[event.type], updatedAt: event.at }
  },
  rules: {
    schedule: ({ at, by, dueAt }, state) =>
      state.status === 'absent'
        ? accept([{ type: 'CallbackScheduled', at, by, dueAt }])
        : deny(refusal('callback.already_scheduled', { message: 'the call is scheduled already' })),
    complete: ({ at, by }, { status }) => accept(status === 'completed' ? [] : [{ type: 'CallbackCompleted', at, by }]),
    fire: ({ at, by }) => accept([{ type: 'CallbackMissed', at, by }]),
  },
  deadlines: (state) => (state.status === 'scheduled' ? [{ kind: 'callback_due', dueAt: state.dueAt, cycle: 1 }] : []),
  labels: ({ status }) =>
    status === 'absent' ? undefined : { status, late: status === 'missed', outstanding: status === 'missed' },
})

const nine = instant('2026-03-02T09:00:00Z')
const ten = instant('2026-03-02T10:00:00Z')
const schedule = { type: 'schedule', dueAt: ten } as const
const fire = { type: 'fire', kind: 'callback_due', cycle: 1, dueAt: ten } as const

const ana = { kind: 'agent', id: 'ana' } as const

describe('an aggregate of one’s own', () => {
  const issued = { by: ana, at: nine, aggregateId: 'c1', commandId: 'c' }
  const { given, when } = specify(callbackAggregate, issued)
  const scheduled = { type: 'CallbackScheduled', at: nine, by: ana, dueAt: ten } as const
  const missed = { type: 'CallbackMissed', at: ten, by: clockActor } as const

  it('is decided by who may send a command, by whether its stream has begun, and by its rule', () => {
    when(schedule).then({ type: 'CallbackScheduled', dueAt: ten })
    when(schedule, { by: { kind: 'customer', id: 'zoe' } }).then(refused('not_for_this_actor', 'by'))
    when({ type: 'complete' }).then(refused('callback.not_found'))
    given(scheduled).when(schedule).then(refused('callback.already_scheduled'))
  })

  it('never runs backwards in time', () => {
    given({ ...scheduled, at: ten })
      .when({ type: 'complete' })
      .then({ type: 'CallbackCompleted', at: ten })
  })

  it.each([
    ['too early', fire, nine],
    ['of another cycle', { ...fire, cycle: 2 }, ten],
    ['of another kind', { ...fire, kind: 'chase' }, ten],
    ['of another instant', { ...fire, dueAt: nine }, ten],
  ])('does nothing for a deadline that is %s', (_, command, at) => {
    given(scheduled).when(command, { by: clockActor, at }).then(nothing)
  })

  it('misses a call whose deadline was reached, once', () => {
    given(scheduled).when(fire, { by: clockActor, at: ten }).then({ type: 'CallbackMissed' })
    given(scheduled, missed).when(fire, { by: clockActor, at: ten }).then(nothing)
  })
})

describe('a desk with an aggregate of one’s own', () => {
  const catalogue = { ...guichetEvents, ...callbackAggregate.events }
  const open = () => {
    let ids = 0
    return createDesk({
      store: inMemoryStore({ catalogue }),
      now: () => nine,
      newId: () => `id-${++ids}`,
      aggregates: { callback: callbackAggregate },
    })
  }

  it('takes its commands and reads its streams like those of the product', async () => {
    const desk = open()
    const outcome = await desk.execute('callback', 'c1', schedule, { by: ana, commandId: 'once' })
    assert(outcome.ok)
    expectTypeOf(outcome.value.events).toExtend<readonly { readonly type: `Callback${string}` }[]>()
    expect(outcome.value).toMatchObject({ stream: 'callback-c1', version: 1, state: { status: 'scheduled' } })
    expect(await desk.execute('callback', 'c1', schedule, { by: ana, commandId: 'once' })).toMatchObject({
      value: { repeated: true, version: 1 },
    })
    const { state } = await desk.read('callback', 'c1')
    expectTypeOf(state).toEqualTypeOf<Callback>()
    expect(state).toEqual({ status: 'scheduled', dueAt: ten, updatedAt: nine })
    const commands = [{ command: schedule }, { command: { type: 'complete' } }] as const
    expect(await desk.executeTogether('callback', 'c2', commands, { by: ana })).toMatchObject({ value: { version: 2 } })
    expect(await desk.execute('ticket', 'nowhere', { type: 'resolve' }, { by: ana })).toMatchObject({
      refusal: { code: 'ticket_not_found' },
    })
  })

  it('checks what its senders write, and refuses with its codes', async () => {
    const desk = open()
    const malformed = { ...schedule, dueAt: 'tomorrow' as Instant }
    expect(await desk.execute('callback', 'c1', malformed, { by: ana })).toMatchObject({
      refusal: { code: 'invalid_command', field: 'dueAt' },
    })
    expect(await desk.execute('callback', 'c1', { type: 'complete' }, { by: ana })).toMatchObject({
      refusal: { code: 'callback.not_found' },
    })
  })

  it('has its deadlines, which its clock fires', async () => {
    const desk = open()
    await desk.execute('callback', 'c1', { ...schedule, dueAt: nine }, { by: ana })
    const { deadlines, labels } = await desk.clockState('callback-c1')
    expect([deadlines, labels]).toEqual([
      [{ kind: 'callback_due', dueAt: nine, cycle: 1 }],
      { status: 'scheduled', late: false, outstanding: false },
    ])
    const fired = await desk.engine.execute('callback', 'c1', { ...fire, dueAt: nine }, { by: clockActor })
    expect(fired).toMatchObject({ value: { events: [{ type: 'CallbackMissed' }] } })
  })

  it.each([
    ['under another category', { call: callbackAggregate }, 'is defined for the category callback'],
    ['under a category of the product', { ticket: { ...callbackAggregate, category: 'ticket' } }, 'the product has'],
    ['under a name with a hyphen', { 'call-back': { ...callbackAggregate, category: 'call-back' } }, 'small letter'],
    [
      'with an event of the product',
      { callback: { ...callbackAggregate, events: { TicketOpened: callbackAggregate.events.CallbackMissed } } },
      'TicketOpened is an event of ticket',
    ],
  ])('is not made with one %s', (_, aggregates, why) => {
    const store = inMemoryStore({ catalogue })
    expect(() => createDesk({ store, now: () => nine, newId: () => 'id', aggregates })).toThrow(why)
  })
})

it.each([
  ['a command has no rule', { rules: {} }, 'callback: the command schedule has no rule'],
  ['a command that begins streams is unknown', { begunBy: ['plan'] }, 'callback: there is no command plan'],
  ['deadlines cannot fire', { commands: {}, rules: {}, begunBy: [] }, 'callback: deadlines need the command fire'],
])('an aggregate is not defined where %s', (_, changes, why) => {
  const { category, events, initial, evolve, deadlines } = callbackAggregate
  const rule = () => accept([])
  const rules = { schedule: rule, complete: rule, fire: rule }
  const parts = { category, id, commands: callbackCommands, events, initial, evolve, begunBy: [], rules, deadlines }
  expect((): unknown => Reflect.apply(defineAggregate, undefined, [{ ...parts, ...changes }])).toThrow(why)
})
