import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { importCorrelation, importIdOf } from '../history-import.ts'
import type { IncidentEventOf } from '../incident/events.ts'
import {
  clockActor,
  commandIdPattern,
  derivedCommandId,
  engineCommandId,
  engineNamespaces,
  importActor,
  isEngineActor,
  isEngineCommandId,
  routingActor,
} from '../kernel/actor.ts'
import type { Append, EventStore } from '../kernel/event-store.ts'
import type { EventEnvelope } from '../kernel/event.ts'
import { inMemoryStore } from '../kernel/memory-store.ts'
import { derivedMessageId } from '../kernel/message-id.ts'
import { hours } from '../kernel/time.ts'
import { deskInMemory } from '../testing/desk.ts'
import { after, alex, camille, monday } from '../testing/examples.ts'
import { splitTicketId } from '../ticket/vocabulary.ts'
import { guichetEvents } from './categories.ts'
import { declareIncident, relayUpdate } from './incidents.ts'
import type { Desk } from './processes.ts'

const service = { kind: 'system', id: 'monitor' } as const
const customer = { id: camille.id }
const opening = { type: 'open', subject: 'Printer', body: 'It smokes.', customer } as const

/** Parts of ids with hostile characters. */
const part = fc.oneof(
  fc.string({ maxLength: 20 }),
  fc.constantFrom('clock', 'derived', 'merge', 'complete', '#', '/', '%2F', '%', 'a/b', 'a', 'b'),
  fc.string({ minLength: 150, maxLength: 250 }),
)
const parts = fc.array(part, { minLength: 1, maxLength: 4 })
const engineIds = fc.oneof(
  fc
    .tuple(fc.constantFrom(...engineNamespaces), parts)
    .map(([namespace, given]) => engineCommandId(namespace, ...given)),
  fc.tuple(fc.string({ minLength: 1 }), parts).map(([commandId, name]) => derivedCommandId(commandId, ...name)),
)

describe('the ids of the engine’s own commands', () => {
  it('are refused to every sender, whatever their kind', async () => {
    const desk = deskInMemory()
    await desk.execute('ticket', 'T1', opening, { by: alex })
    await fc.assert(
      fc.asyncProperty(engineIds, fc.constantFrom(alex, camille, service), async (commandId, by) => {
        expect(commandId).toMatch(commandIdPattern)
        const outcome = await desk.execute('ticket', 'T1', { type: 'tag', tag: 'x' }, { by, commandId })
        expect(outcome).toMatchObject({ ok: false, refusal: { code: 'invalid_command', field: 'commandId' } })
      }),
    )
  })

  it('differ when their parts do', () => {
    fc.assert(
      fc.property(fc.constantFrom(...engineNamespaces), parts, parts, (namespace, one, other) => {
        const same = engineCommandId(namespace, ...one) === engineCommandId(namespace, ...other)
        expect(same).toBe(JSON.stringify(one) === JSON.stringify(other))
      }),
    )
  })

  it('are the ids of all that a desk stores besides the commands of senders', async () => {
    const appended: Append[] = []
    const desk = deskInMemory({ store: noting(appended) })
    const sent = new Set<string>()
    const by = (commandId: string) => (sent.add(commandId), { by: alex, commandId })
    for (const id of ['T1', 'T2', 'T3', 'T4']) {
      await desk.execute('ticket', id, opening, { by: camille, commandId: 'open' })
    }
    sent.add('open')
    expect(await desk.mergeTickets('T1', 'T2', by('m/1'))).toMatchObject({ ok: true })
    expect(await desk.splitTicket({ source: 'T3', messageId: 'open', subject: 'Two' }, by('s/1'))).toMatchObject({
      ok: true,
    })
    expect(await declareIncident(desk, 'I1', { title: 'Down', customer }, by('d/1'))).toMatchObject({ ok: true })
    const posted = await desk.execute('incident', 'I1', { type: 'postUpdate', message: 'Soon' }, by('p/1'))
    expect(posted).toMatchObject({ ok: true })
    const [update] = (await desk.store.readStream('incident-I1')).filter(({ commandId }) => commandId === 'p/1')
    await relayUpdate(desk, update as EventEnvelope<IncidentEventOf<'IncidentUpdatePosted'>>)
    const others = appended.map(({ commandId }) => commandId).filter((id) => !sent.has(id))
    expect(others.length).toBeGreaterThanOrEqual(5)
    expect(others.filter((id) => !isEngineCommandId(id))).toEqual([])
  })
})

describe('a service’s token', () => {
  it('cannot keep a deadline of an incident from taking effect', async () => {
    const desk = deskInMemory()
    await desk.declareIncident('I1', { title: 'Down', customer }, { by: alex, commandId: 'declare' })
    const { deadlines } = await desk.clockState('incident-I1')
    const [due] = deadlines
    if (!due) throw new Error('nothing falls due')
    const commandId = engineCommandId('clock', 'incident-I1', due.kind, String(due.cycle), due.dueAt)
    await desk.execute('incident', 'I1', { type: 'postUpdate', message: 'Calm' }, { by: service, commandId })
    const fire = { type: 'fire', ...due } as const
    const fired = await desk.engine.execute('incident', 'I1', fire, { by: clockActor, at: due.dueAt, commandId })
    expect(fired).toMatchObject({ ok: true, value: { repeated: false } })
    expect((await desk.clockState('incident-I1')).deadlines).not.toContainEqual(due)
  })

  it.each(['clock', ' clock ', 'ｃｌｏｃｋ', 'clo\u034fck\ufe0f', 'c\u00a0lock\u2800\u3164'])(
    'is not called %j',
    (name) => {
      expect(isEngineActor({ kind: 'system', id: 'shop', name })).toBe(true)
      expect(isEngineActor({ kind: 'system', id: name })).toBe(true)
      expect(isEngineActor({ kind: 'agent', id: 'ana', name })).toBe(false)
    },
  )

  it.each(['clock', 'Routing', 'classifier', 'classification', 'incident', 'import', 'command-line'])(
    'does not act as %s',
    async (id) => {
      const desk = deskInMemory()
      const by = { kind: 'system', id } as const
      expect(isEngineActor(by)).toBe(true)
      const refused = { ok: false, refusal: { code: 'invalid_command', field: 'by.id' } }
      expect(await desk.execute('ticket', 'T1', opening, { by })).toMatchObject(refused)
      expect(await desk.mergeTickets('T1', 'T2', { by, commandId: 'm' })).toMatchObject(refused)
      const steps = [{ command: opening, by }]
      expect(await desk.executeTogether('ticket', 'T1', steps, { by: service })).toMatchObject(refused)
    },
  )

  it.each(['agent', 'customer'] as const)(
    'nor is a name of the engine the id of an %s, who may be called so',
    async (kind) => {
      const refused = { ok: false, refusal: { code: 'invalid_command', field: 'by.id' } }
      expect(await deskInMemory().execute('ticket', 'T1', opening, { by: { kind, id: 'clock' } })).toMatchObject(
        refused,
      )
      const by = { kind: 'agent', id: 'ana', name: 'Clock' } as const
      expect(await deskInMemory().execute('ticket', 'T1', opening, { by })).toMatchObject({ ok: true })
    },
  )

  it.each(['a\u200db', 'routing', 'classifier', 'clock', 'command-line', 'import'])(
    'nor can %j be registered, get a ticket or open one: no token stands for such an id',
    async (id) => {
      const desk = deskInMemory()
      await desk.execute('ticket', 'T1', opening, { by: alex })
      const profile = { name: 'Ana' }
      for (const outcome of [
        await desk.execute('agent', id, { type: 'register', profile }, { by: alex }),
        await desk.execute('customer', id, { type: 'register' }, { by: alex }),
        await desk.execute('ticket', 'T1', { type: 'assign', assignee: { id } }, { by: alex }),
        await desk.execute('ticket', 'T2', { ...opening, customer: { id } }, { by: alex }),
        await desk.startChat('C1', { customer: { id } }, { by: alex, commandId: 'start' }),
      ])
        expect(outcome).toMatchObject({ ok: false, refusal: { code: 'invalid_command' } })
    },
  )

  it('nor is an agent registered under the id of an anonymous visitor', async () => {
    const id = 'visitor-01234567-89ab-cdef-0123-456789abcdef'
    const register = { type: 'register', profile: { name: 'Ana' } } as const
    expect(await deskInMemory().execute('agent', id, register, { by: alex })).toMatchObject({
      refusal: { code: 'invalid_command' },
    })
  })
})

describe('imported history', () => {
  it.each([
    { name: 'its correlation id', ids: { correlationId: importCorrelation('old') } },
    { name: 'a command id that would stand for one', ids: { commandId: importCorrelation('old') } },
    { name: 'the id of a row', ids: { commandId: 'import:row' } },
  ])('cannot be written by a sender who chooses $name', async ({ ids }) => {
    const desk = deskInMemory()
    const outcome = await desk.execute('ticket', 'T1', opening, { by: camille, ...ids })
    expect(outcome).toMatchObject({ ok: false, refusal: { code: 'invalid_command' } })
    expect(await desk.store.readStream('ticket-T1')).toEqual([])
  })

  it('is written by the engine', async () => {
    const desk = deskInMemory()
    const sender = { by: importActor, correlationId: importCorrelation('old'), commandId: 'import:row' }
    expect(await desk.engine.execute('ticket', 'T1', opening, sender)).toMatchObject({ ok: true })
    const [first] = await desk.store.readStream('ticket-T1')
    expect(importIdOf(first?.correlationId ?? '')).toBe('old')
  })
})

describe('an id that the engine derives', () => {
  it('is no ticket that somebody else has opened before', async () => {
    const desk = deskInMemory()
    await desk.execute('ticket', 'T1', opening, { by: camille, commandId: 'open' })
    const ahead = await desk.execute('ticket', splitTicketId('T1', 'split-it'), opening, { by: service })
    expect(ahead).toMatchObject({ ok: false, refusal: { code: 'invalid_command', field: 'id' } })
    const split = await desk.splitTicket(
      { source: 'T1', messageId: 'open', subject: 'Two' },
      { by: alex, commandId: 'split-it' },
    )
    expect(split).toMatchObject({ ok: true })
  })

  it('is no message that a sender has named', async () => {
    const desk: Desk = deskInMemory()
    await desk.execute('ticket', 'T1', opening, { by: camille })
    const messageId = derivedMessageId(engineCommandId('clock', 'ticket-T1', 'chase', '1', after(hours(72))))
    const refused = { ok: false, refusal: { code: 'invalid_command', field: 'messageId' } }
    const reply = { type: 'agentReply', body: 'Hello', messageId } as const
    expect(await desk.execute('ticket', 'T1', reply, { by: alex })).toMatchObject(refused)
    const implied = { type: 'addNote', body: 'Hello' } as const
    await desk.execute('ticket', 'T1', implied, { by: alex, commandId: messageId, at: monday })
    const { state } = await desk.read('ticket', 'T1')
    expect(JSON.stringify(state)).not.toContain(messageId)
  })

  it('is accepted by the engine’s own entry only', async () => {
    const desk = deskInMemory()
    expect(desk.engine.engine).toBe(desk.engine)
    const sender = { by: routingActor, commandId: engineCommandId('routing', 'ticket-T1', 'round', '1') }
    expect(await desk.execute('ticket', 'T1', opening, sender)).toMatchObject({ ok: false })
    expect(await desk.engine.execute('ticket', 'T1', opening, sender)).toMatchObject({ ok: true })
  })
})

function noting(appended: Append[]): EventStore {
  const store = inMemoryStore({ catalogue: guichetEvents })
  return { ...store, append: (append) => (appended.push(append), store.append(append)) }
}
