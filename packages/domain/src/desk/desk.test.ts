import { describe, expect, it } from 'vitest'
import { importCorrelation } from '../history-import.ts'
import { inMemoryStore } from '../kernel/memory-store.ts'
import type { Instant } from '../kernel/time.ts'
import { hours, instant } from '../kernel/time.ts'
import { deskInMemory } from '../testing/desk.ts'
import { after, alex, camille, monday, sacha } from '../testing/examples.ts'
import type { TicketCommandInput } from '../ticket/commands.ts'
import { defaultTicketPolicy } from '../ticket/policy.ts'
import { french } from '../wording/french.ts'
import { guichetEvents } from './categories.ts'
import type { Desk } from './processes.ts'

const opening = { type: 'open', subject: 'Facture', body: 'Où est-elle ?', customer: { id: 'camille' } } as const
const open = (desk: Desk, id = 'T1') => desk.execute('ticket', id, opening, { by: camille, commandId: `open/${id}` })
/** A second process on the same store, with its own ids. */
function anotherOn({ store }: Desk): Desk {
  let ids = 0
  return deskInMemory({ store, newId: () => `other${++ids}` })
}
const typesOf = async (desk: Desk, id = 'T1') =>
  (await desk.store.readStream(`ticket-${id}`)).map(({ event }) => event.type)

describe('a desk', () => {
  it('returns the events, the version and the position of a command', async () => {
    const desk = deskInMemory()
    expect(await open(desk)).toMatchObject({
      ok: true,
      value: { stream: 'ticket-T1', version: 1, position: '1', repeated: false, events: [{ type: 'TicketOpened' }] },
    })
    expect(await desk.read('ticket', 'T1')).toMatchObject({ version: 1, state: { status: 'new', openedAt: monday } })
    expect(await desk.read('ticket', 'T2')).toEqual({ version: 0, state: { status: 'absent' } })
  })

  it('returns the state after a command, and undefined for a repeat', async () => {
    const desk = deskInMemory()
    const opened = await open(desk)
    const { state } = await desk.read('ticket', 'T1')
    expect(opened).toMatchObject({ ok: true, value: { state } })
    const tag = { type: 'tag', tag: 'vip' } as const
    const by = { kind: 'agent', id: 'ana' } as const
    const tagged = await desk.execute('ticket', 'T1', tag, { by, commandId: 'tag-1' })
    expect(tagged).toMatchObject({ ok: true, value: { version: 2, state: { tags: ['vip'], openedAt: monday } } })
    const unchanged = await desk.execute('ticket', 'T1', tag, { by, commandId: 'tag-2' })
    expect(unchanged).toMatchObject({ ok: true, value: { events: [], state: { tags: ['vip'] } } })
    const repeat = await desk.execute('ticket', 'T1', tag, { by, commandId: 'tag-1' })
    expect(repeat).toMatchObject({ ok: true, value: { repeated: true, state: undefined } })
  })

  it('returns the clock state of a stream of any category, also from the snapshot of an outcome', async () => {
    const desk = deskInMemory()
    const nothing = { version: 0, deadlines: [], labels: undefined }
    for (const stream of ['ticket-T1', 'recipient-camille', 'unknown-1', 'constructor-1', '']) {
      expect(await desk.clockState(stream)).toEqual(nothing)
    }
    const opened = await desk.execute('ticket', 'T1', { ...opening, priority: 'urgent' }, { by: camille })
    const expected = {
      version: 1,
      deadlines: [{ kind: 'update', dueAt: after(hours(2)), cycle: 0 }],
      labels: { status: 'new', priority: 'urgent', category: undefined, late: false, outstanding: false },
    }
    expect(await desk.clockState('ticket-T1')).toEqual(expected)
    const store = { ...desk.store, readStream: () => Promise.reject(new Error('not to be read')) }
    const snapshot = opened.ok ? { version: opened.value.version, state: opened.value.state } : undefined
    expect(await deskInMemory({ store }).clockState('ticket-T1', snapshot)).toEqual(expected)
  })

  it('decides for the moment that the sender names, else for now', async () => {
    const desk = deskInMemory({ now: () => after(1_000) })
    await desk.execute('ticket', 'T1', opening, { by: camille, at: monday })
    await desk.execute('ticket', 'T1', { type: 'start' }, { by: alex })
    expect((await desk.store.readStream('ticket-T1')).map(({ event }) => event.at)).toEqual([monday, after(1_000)])
  })

  it('refuses fields of a ticket that only the desk may set to customers, except in imported history', async () => {
    const desk = deskInMemory()
    const splitFrom = { ticketId: 'T9', messageId: 'm9', waitingSince: instant('1000-01-01T00:00:00Z') }
    const refusedField = (field: string) => ({ ok: false, refusal: { code: 'not_for_this_actor', field } })
    const byCustomer = { by: camille, commandId: 'c1' }
    expect(await desk.execute('ticket', 'T1', { ...opening, splitFrom }, byCustomer)).toMatchObject(
      refusedField('splitFrom'),
    )
    const foreign = { ...opening, category: 'x', anyCategory: true } as const
    expect(await desk.execute('ticket', 'T1', foreign, byCustomer)).toMatchObject(refusedField('anyCategory'))
    expect(
      await desk.engine.execute('ticket', 'T1', foreign, { ...byCustomer, correlationId: importCorrelation('i') }),
    ).toMatchObject({ ok: true })
  })

  it('begins no wait after the ticket that was split off', async () => {
    const desk = deskInMemory()
    const splitFrom = {
      ticketId: 'T9',
      messageId: 'm9',
      waitingSince: after(hours(9)),
      pauses: [{ from: after(hours(1)), to: after(hours(9)) }],
    }
    const outcome = await desk.execute('ticket', 'T1', { ...opening, splitFrom }, { by: sacha, at: monday })
    expect(outcome).toMatchObject({ ok: true, value: { events: [{ splitFrom: { waitingSince: monday } }] } })
    expect(outcome.ok && outcome.value.state).toMatchObject({ clocks: { pauses: [] } })
  })

  it('refuses a moment that lies further in the future than clocks differ', async () => {
    const desk = deskInMemory({ futureToleranceMs: 60_000 })
    const send = (at: Instant) => desk.execute('ticket', 'T1', opening, { by: camille, at })
    expect(await send(after(60_001))).toMatchObject({ ok: false, refusal: { code: 'at_in_the_future', field: 'at' } })
    expect(await send(after(60_000))).toMatchObject({ ok: true })
    const steps = [{ command: { type: 'start' } }, { command: { type: 'resolve' }, at: after(60_001) }] as const
    expect(await desk.executeTogether('ticket', 'T1', steps, { by: alex })).toMatchObject({
      refusal: { code: 'at_in_the_future', step: 1 },
    })
  })

  it('returns the first outcome of a repeated command, even if the stream has a newer version', async () => {
    const desk = deskInMemory()
    const first = await open(desk)
    await desk.execute('ticket', 'T1', { type: 'start' }, { by: alex })
    expect(await open(desk)).toMatchObject({
      ok: true,
      value: { version: 1, position: '1', events: [], repeated: true },
    })
    const note = { type: 'addNote', body: 'x' } as const
    await desk.execute('ticket', 'T1', note, { by: alex, commandId: 'n' })
    expect(await desk.execute('ticket', 'T1', note, { by: alex, commandId: 'n' })).toMatchObject({
      ok: true,
      value: { version: 3, repeated: true },
    })
    expect(first.ok && (await typesOf(desk))).toEqual(['TicketOpened', 'TicketStarted', 'InternalNoteAdded'])
  })

  it('returns the first outcome of a repeat even when it expects an old version', async () => {
    const desk = deskInMemory()
    await open(desk)
    const start = { by: alex, commandId: 's', expectedVersion: 1 }
    await desk.execute('ticket', 'T1', { type: 'start' }, start)
    expect(await desk.execute('ticket', 'T1', { type: 'start' }, start)).toMatchObject({
      ok: true,
      value: { version: 2, repeated: true },
    })
  })

  it('refuses another command under the same id', async () => {
    const desk = deskInMemory()
    await open(desk)
    const note = { type: 'addNote', body: 'x' } as const
    await desk.execute('ticket', 'T1', note, { by: alex, commandId: 'n' })
    const reused = { ok: false, refusal: { code: 'command_id_reused', field: 'commandId' } }
    const send = (command: TicketCommandInput, by = alex) =>
      desk.execute('ticket', 'T1', command, { by, commandId: 'n' })
    expect(await send({ ...note, body: 'y' })).toMatchObject(reused)
    expect(await send(note, sacha)).toMatchObject(reused)
    expect(await send({ type: 'close' })).toMatchObject(reused)
    expect(await send({ type: 'unassign' })).toMatchObject(reused)
    const later = { by: { ...alex, name: 'A. Martin' }, at: after(1), commandId: 'n', expectedVersion: 1 }
    expect(await desk.execute('ticket', 'T1', note, later)).toMatchObject({ ok: true, value: { repeated: true } })
  })

  it('refuses another language that the sender chooses under the same id', async () => {
    const desk = deskInMemory()
    const choose = (language: string) =>
      desk.execute('recipient', 'camille', { type: 'chooseLanguage', language }, { by: camille, commandId: 'c' })
    await choose('en')
    expect(await choose('fr')).toMatchObject({ refusal: { code: 'command_id_reused' } })
    expect(await choose('en')).toMatchObject({ ok: true, value: { repeated: true } })
  })

  it('treats an assignment as the same one when the profile of the agent has changed meanwhile', async () => {
    const desk = deskInMemory()
    await open(desk)
    const assign = (id: string, assigneeProfile?: { name: string }) =>
      desk.execute(
        'ticket',
        'T1',
        { type: 'assign', assignee: { id }, ...(assigneeProfile && { assigneeProfile }) },
        { by: alex, commandId: 'a' },
      )
    expect(await assign('emma', { name: 'Emma Laurent' })).toMatchObject({ ok: true, value: { repeated: false } })
    for (const profile of [undefined, { name: 'Emma Roy' }]) {
      expect(await assign('emma', profile)).toMatchObject({ ok: true, value: { repeated: true } })
    }
    expect(await assign('li', { name: 'Emma Laurent' })).toMatchObject({ refusal: { code: 'command_id_reused' } })
  })

  it('treats an outcome without a fingerprint as the first of the command', async () => {
    const desk = deskInMemory()
    const { log } = desk.store as ReturnType<typeof inMemoryStore>
    await open(desk)
    const old = deskInMemory({
      store: inMemoryStore({ catalogue: guichetEvents, log: log.map(({ fingerprint: _, ...rest }) => rest) }),
    })
    const other = { ...opening, subject: 'Autre' }
    expect(await old.execute('ticket', 'T1', other, { by: camille, commandId: 'open/T1' })).toMatchObject({
      ok: true,
      value: { repeated: true },
    })
  })

  it('refuses a command that expects another version', async () => {
    const desk = deskInMemory()
    await open(desk)
    const outcome = await desk.execute('ticket', 'T1', { type: 'start' }, { by: alex, expectedVersion: 7 })
    expect(outcome).toMatchObject({ ok: false, refusal: { code: 'version_conflict', field: 'expectedVersion' } })
  })

  it('carries out concurrent commands of one stream one after another', async () => {
    const desk = deskInMemory()
    await open(desk)
    const notes = Array.from({ length: 50 }, (_, n) =>
      desk.execute('ticket', 'T1', { type: 'addNote', body: `${n}` }, { by: alex }),
    )
    expect((await Promise.all(notes)).every(({ ok }) => ok)).toBe(true)
    expect((await desk.read('ticket', 'T1')).version).toBe(51)
  })

  it.each([
    ['ticket', 'T1', { type: 'fly' }, { by: alex }, 'type'],
    ['ticket', 'T1', { type: 'addNote', body: '' }, { by: alex }, 'body'],
    ['ticket', 'T1', { type: 'addNote', body: 'x', priorty: 'urgent' }, { by: alex }, 'priorty'],
    ['ticket', '', { type: 'start' }, { by: alex }, 'id'],
    ['ticket', 'T1', { type: 'start' }, { by: { kind: 'agent', id: '' } }, 'by.id'],
    ['ticket', 'T1', { type: 'start' }, { by: alex, commandId: 'x'.repeat(201) }, 'commandId'],
    ['ticket', 'T1', { type: 'start' }, { by: alex, at: '2026-02-30T00:00:00.000Z' }, 'at'],
  ] as const)(
    'names the faulty field of a malformed command: %s %s %o %o',
    async (category, id, command, sender, field) => {
      const outcome = await deskInMemory().execute(
        category,
        id,
        command as { type: 'start' },
        sender as { by: typeof alex },
      )
      expect(outcome).toMatchObject({ ok: false, refusal: { code: 'invalid_command', field } })
    },
  )

  it('stores a recipient’s preference', async () => {
    const desk = deskInMemory()
    await desk.execute('recipient', 'camille', { type: 'changePreference', preference: 'none' }, { by: camille })
    await desk.execute('recipient', 'camille', { type: 'chooseLanguage', language: 'en' }, { by: camille })
    const again = await desk.execute(
      'recipient',
      'camille',
      { type: 'chooseLanguage', language: 'en' },
      { by: camille },
    )
    expect(again).toMatchObject({ ok: true, value: { version: 2, events: [] } })
    expect((await desk.read('recipient', 'camille')).state).toEqual({ preference: 'none', language: 'en' })
  })

  it('is not created with an invalid policy or wording', () => {
    const policy = { ...defaultTicketPolicy, closeUnansweredAfter: 1 }
    expect(() => deskInMemory({ policy })).toThrow('policy: chaseAfter')
    const other = (override: object) => () => deskInMemory({ policy: { ...defaultTicketPolicy, ...override } })
    expect(other({ timeZone: 'Europe/Atlantis' })).toThrow(RangeError)
    expect(other({ timeZone: 'Europe/Atlantis' })).toThrow('policy: timeZone')
    expect(other({ defaultLanguage: 'jp?' })).toThrow('policy: defaultLanguage')
    expect(other({ defaultLanguage: 'ja' })).toThrow('policy: defaultLanguage')
    expect(() => deskInMemory({ wording: {} })).toThrow('at least one language')
    const wording = { fr: { ...french, automatic: { ...french.automatic, chase: ['Bonjour [Prénom]'] as const } } }
    expect(() => deskInMemory({ wording })).toThrow('fr.automatic.chase')
  })
})

describe('two desks on one store', () => {
  it('decide a refusal on the stream as stored, not on their caches', async () => {
    const here = deskInMemory()
    const there = anotherOn(here)
    await open(here)
    await there.execute('ticket', 'T1', { type: 'close' }, { by: alex })
    await here.execute('ticket', 'T1', { type: 'addNote', body: 'x' }, { by: alex })
    await there.execute('ticket', 'T1', { type: 'reopen' }, { by: alex })
    expect(await here.execute('ticket', 'T1', { type: 'resolve' }, { by: alex })).toMatchObject({ ok: true })
  })

  it('find on the stream as stored that a command has an effect', async () => {
    const here = deskInMemory()
    const there = anotherOn(here)
    await open(here)
    await here.execute('ticket', 'T1', { type: 'start' }, { by: alex })
    await there.execute('ticket', 'T1', { type: 'waitForCustomer' }, { by: alex })
    const outcome = await here.execute('ticket', 'T1', { type: 'start' }, { by: alex })
    expect(outcome).toMatchObject({ ok: true, value: { events: [{ type: 'CustomerWaitEnded' }], version: 4 } })
  })

  it('open a ticket once', async () => {
    const here = deskInMemory()
    const there = anotherOn(here)
    await there.execute('ticket', 'T1', opening, { by: camille, commandId: 'a' })
    const second = await here.execute('ticket', 'T1', opening, { by: camille, commandId: 'b' })
    expect(second).toMatchObject({ ok: false, refusal: { code: 'ticket_already_open' } })
    const repeat = await here.execute('ticket', 'T1', opening, { by: camille, commandId: 'a' })
    expect(repeat).toMatchObject({ ok: true, value: { repeated: true, version: 1 } })
  })

  it('drop the least recently used streams from the cache, and read them again', async () => {
    const desk = deskInMemory({ cachedStreams: 1 })
    await open(desk, 'T1')
    await open(desk, 'T2')
    expect(await desk.execute('ticket', 'T1', { type: 'start' }, { by: alex })).toMatchObject({
      ok: true,
      value: { version: 2 },
    })
  })
})

describe('an instant in a command', () => {
  it('may carry an offset', async () => {
    const desk = deskInMemory()
    const at = '2026-03-02T10:00:00+01:00' as typeof monday
    await desk.execute('ticket', 'T1', opening, { by: camille, at })
    expect((await desk.store.readStream('ticket-T1'))[0]?.event.at).toBe(instant('2026-03-02T09:00:00Z'))
  })
})

describe('a desk', () => {
  it('reads nothing under an invalid id, without a call to the store', async () => {
    const store = inMemoryStore({ catalogue: guichetEvents })
    const readStream = () => Promise.reject(new Error('read'))
    const desk = deskInMemory({ store: { ...store, readStream } })
    expect(await desk.read('ticket', 'a\0b')).toEqual({ version: 0, state: { status: 'absent' } })
  })

  it.each([
    ['by.name', { by: { ...alex, name: '\u001b[2J' } }],
    ['correlationId', { by: alex, correlationId: 'a\0b' }],
    ['causationId', { by: alex, causationId: 'a\nb' }],
  ])('refuses control characters in %s', async (field, sender) => {
    expect(await deskInMemory().execute('ticket', 'T1', { type: 'start' }, sender)).toMatchObject({
      refusal: { code: 'invalid_command', field },
    })
  })

  it('refuses unknown fields of an import', async () => {
    const start = { type: 'start', source: 'log.csv', mapping: 'servicenow', junk: 1 } as const
    expect(await deskInMemory().execute('import', 'i1', start, { by: alex })).toMatchObject({
      refusal: { code: 'invalid_command', field: 'junk' },
    })
  })

  it('reserves the command ids of the clock for the engine', async () => {
    const sender = { by: alex, commandId: 'clock/ticket-T1/chase/1/2026-03-05T09:00:00.000Z' }
    expect(await deskInMemory().execute('ticket', 'T1', { type: 'start' }, sender)).toMatchObject({
      refusal: { code: 'invalid_command', field: 'commandId' },
    })
  })
})
