import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Desk, Instant, TicketCommandInput } from '@guichet/domain'
import {
  clockActor,
  createDesk,
  days,
  deny,
  guichetEvents,
  importActor,
  importCorrelation,
  importIdOf,
  inMemoryStore,
  instant,
  later,
  refusal,
  StreamDeleted,
  streamName,
  ticketDeadlines,
} from '@guichet/domain'
import { deskAround } from '@guichet/domain/testing'
import { DeadlinesRefused, fireDue } from './clock.ts'

const start = instant('2026-03-02T09:00:00.000Z')
const agent = { kind: 'agent', id: 'agent-1' } as const
const customer = { kind: 'customer', id: 'customer-1' } as const

function openDesk(): Desk {
  let ids = 0
  return createDesk({
    store: inMemoryStore({ catalogue: guichetEvents }),
    now: () => start,
    newId: () => `command-${++ids}`,
    futureToleranceMs: Number.MAX_SAFE_INTEGER,
  })
}

async function send(desk: Desk, id: string, command: TicketCommandInput, at: Instant = start): Promise<void> {
  const by = command.type === 'open' || command.type === 'customerReply' ? customer : agent
  expect(await desk.execute('ticket', id, command, { by, at })).toMatchObject({ ok: true })
}

async function ticket(
  desk: Desk,
  id: string,
  then: 'in_progress' | 'waiting_customer' | 'resolved',
  priority: 'normal' | 'urgent' = 'normal',
): Promise<string> {
  await send(desk, id, { type: 'open', subject: 'Printer', body: 'It burns', customer: { id: 'customer-1' }, priority })
  await send(desk, id, { type: 'agentReply', body: 'Still?', then })
  return streamName('ticket', id)
}

const happened = async (desk: Desk, stream: string): Promise<readonly string[]> =>
  (await desk.store.readStream(stream))
    .filter(({ event }) => event.by.id === clockActor.id)
    .map(({ event }) => event.type)

describe('firing due deadlines', () => {
  it('does nothing before the deadline, and returns when to check again', async () => {
    const desk = openDesk()
    const stream = await ticket(desk, 't-1', 'waiting_customer')
    const early = later(start, days(3) - 1)
    expect(await fireDue(desk, stream, early)).toMatchObject({ fired: [], refused: [], next: later(start, days(3)) })
    expect(await happened(desk, stream)).toEqual([])
  })

  it('fires at the very instant, and returns the next deadline after it', async () => {
    const desk = openDesk()
    const stream = await ticket(desk, 't-1', 'waiting_customer')
    const due = later(start, days(3))
    expect(await fireDue(desk, stream, due)).toMatchObject({
      fired: [{ kind: 'chase', dueAt: due }],
      next: later(start, days(5)),
    })
  })

  it('fires the chases and the close one after another, each at its distance, however late it is', async () => {
    const desk = openDesk()
    const stream = await ticket(desk, 't-1', 'waiting_customer')
    let now: Instant | undefined = later(start, days(30))
    const seen: (readonly string[])[] = []
    while (now) {
      const { next }: { next: Instant | undefined } = await fireDue(desk, stream, now)
      seen.push(await happened(desk, stream))
      now = next
    }
    expect(seen).toEqual([['ChaseSent'], ['ChaseSent', 'ChaseSent'], ['ChaseSent', 'ChaseSent', 'TicketClosed']])
  })

  it('fires several deadlines, the earliest first', async () => {
    const desk = openDesk()
    const stream = await ticket(desk, 't-1', 'in_progress', 'urgent')
    const now = later(start, days(2))
    const { fired, next } = await fireDue(desk, stream, now)
    expect(fired.map(({ kind }) => kind)).toEqual(['update', 'stagnation'])
    expect(next).toBeUndefined()
  })

  it('records the event with its moment and its due instant, under its own command id', async () => {
    const desk = openDesk()
    const stream = await ticket(desk, 't-1', 'resolved')
    const [due, now] = [later(start, days(1)), later(start, days(2))]
    await fireDue(desk, stream, now)
    const last = (await desk.store.readStream(stream)).at(-1)
    expect(last).toMatchObject({
      commandId: `clock/ticket-t-1/close_resolved/1/${due}`,
      event: { type: 'TicketClosed', by: clockActor, at: now, dueAt: due },
    })
  })

  it('returns the stored state of the stream’s clock', async () => {
    const desk = openDesk()
    const stream = await ticket(desk, 't-1', 'in_progress', 'urgent')
    const { clockState } = await fireDue(desk, stream, later(start, days(2)))
    const { version, state } = await desk.read('ticket', 't-1')
    expect(clockState).toEqual({
      version,
      deadlines: ticketDeadlines(state, desk.timeline),
      labels: { status: 'in_progress', priority: 'urgent', category: undefined, late: true, outstanding: true },
    })
  })

  it('makes effects of imported history alone part of the import, and none after later work', async () => {
    const desk = openDesk()
    const correlationId = importCorrelation('old')
    const sent = { by: importActor, at: later(start, days(60)), correlationId }
    const figures = { rows: 2, applied: 2, unchanged: 0, refused: 0 }
    await desk.engine.execute('import', 'old', { type: 'start', source: 'old.csv', mapping: 'old' }, sent)
    const open = { type: 'open', subject: 'Printer', body: 'It burns', customer: { id: 'customer-1' } } as const
    await desk.engine.execute('ticket', 't-1', open, { by: customer, at: start, correlationId })
    const ask = { type: 'agentReply', body: 'Still?', then: 'waiting_customer' } as const
    await desk.engine.execute('ticket', 't-1', ask, { by: agent, at: start, correlationId })
    await desk.engine.execute('import', 'old', { type: 'complete', ...figures }, sent)
    const stream = streamName('ticket', 't-1')
    const correlations = async (): Promise<readonly boolean[]> =>
      (await desk.store.readStream(stream))
        .filter(({ event }) => event.by.id === clockActor.id)
        .map((envelope) => importIdOf(envelope.correlationId) === 'old')

    let now: Instant | undefined = later(start, days(61))
    while (now) now = (await fireDue(desk, stream, now)).next
    expect(await happened(desk, stream)).toEqual(['ChaseSent', 'ChaseSent', 'TicketClosed'])
    expect(await correlations()).toEqual([true, true, true])

    const again = later(start, days(80))
    await send(desk, 't-1', { type: 'reopen' }, again)
    await send(desk, 't-1', ask, again)
    await fireDue(desk, stream, later(again, days(3)))
    expect((await correlations()).slice(3)).toEqual([false])
  })

  it('reports a refusal, and fires the other due deadlines', async () => {
    const willing = openDesk()
    const desk = deskAround(willing, (entry) => ({
      execute: (category, id, command, sender) =>
        'kind' in command && command.kind === 'update'
          ? Promise.resolve(deny(refusal('too_many_conflicts')))
          : entry.execute(category, id, command, sender),
    }))
    const stream = await ticket(desk, 't-1', 'in_progress', 'urgent')
    const { fired, refused, next } = await fireDue(desk, stream, later(start, days(2)))
    expect(fired).toMatchObject([{ kind: 'stagnation' }])
    expect(next).toBeUndefined()
    expect(refused).toMatchObject([{ deadline: { kind: 'update' }, refusal: { code: 'too_many_conflicts' } }])
    expect(new DeadlinesRefused(refused).message).toContain('update due 2026-03-02T11:00:00.000Z: too_many_conflicts')
  })

  it('works on tickets with non-ASCII ids of the greatest length', async () => {
    const desk = openDesk()
    const stream = await ticket(desk, 'é'.repeat(128), 'resolved')
    const { fired, refused } = await fireDue(desk, stream, later(start, days(2)))
    expect(refused).toEqual([])
    expect(fired).toHaveLength(1)
    const ascii = await ticket(desk, 'x'.repeat(128), 'waiting_customer')
    expect((await fireDue(desk, ascii, later(start, days(3)))).fired).toHaveLength(1)
  })

  it('finds nothing due on a stream that does not exist, or has no clock', async () => {
    const nothing = { fired: [], refused: [], next: undefined, clockState: { version: 0, deadlines: [] } }
    expect(await fireDue(openDesk(), 'ticket-none', start)).toMatchObject(nothing)
    expect(await fireDue(openDesk(), 'recipient-1', start)).toMatchObject(nothing)
  })

  it('finds nothing due on a stream that was deleted, and says so', async () => {
    const desk = openDesk()
    const stream = await ticket(desk, 't-1', 'waiting_customer')
    const fire = (lost: string) =>
      fireDue(
        deskAround(desk, () => ({ execute: () => Promise.reject(new StreamDeleted(lost)) })),
        stream,
        later(start, days(3)),
      )
    expect(await fire(stream)).toEqual({
      fired: [],
      refused: [],
      next: undefined,
      clockState: { version: 0, deadlines: [], labels: undefined },
      deleted: new StreamDeleted(stream),
    })
    await expect(fire('configuration-desk')).rejects.toThrow(StreamDeleted)
  })

  it('has one effect with concurrent engines and with repetitions', async () => {
    const then = fc.constantFrom('in_progress', 'waiting_customer', 'resolved')
    const minutes = fc.integer({ min: 0, max: 60 * 24 * 9 })
    await fc.assert(
      fc.asyncProperty(
        then,
        fc.constantFrom('normal', 'urgent'),
        fc.array(minutes, { maxLength: 6 }),
        async (...given) => {
          const [status, priority, looks] = given
          const calm = openDesk()
          const busy = openDesk()
          const stream = await ticket(calm, 't-1', status, priority)
          await ticket(busy, 't-1', status, priority)
          const colleague = createDesk({
            store: busy.store,
            now: () => start,
            newId: () => 'unused',
            futureToleranceMs: Number.MAX_SAFE_INTEGER,
          })
          for (const at of looks.toSorted((a, b) => a - b).map((after) => later(start, after * 60_000))) {
            await fireDue(calm, stream, at)
            await Promise.all([fireDue(busy, stream, at), fireDue(colleague, stream, at), fireDue(busy, stream, at)])
            await fireDue(colleague, stream, at)
          }
          const history = async (desk: Desk) => (await desk.store.readStream(stream)).map(({ event }) => event)
          expect(await history(busy)).toEqual(await history(calm))
        },
      ),
    )
  })
})
