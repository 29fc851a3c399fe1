import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { chatTicketId } from '../chat/ending.ts'
import type { ChatEvent } from '../chat/events.ts'
import { configurationSchema } from '../configuration/consistency.ts'
import type { EventStore } from '../kernel/event-store.ts'
import { inMemoryStore } from '../kernel/memory-store.ts'
import { later } from '../kernel/time.ts'
import { deskAround, deskInMemory, Died, ignoringDeath, processOver } from '../testing/desk.ts'
import { alex, camille, chatEvent, chatOfLength, chatStarted, monday } from '../testing/examples.ts'
import type { TicketEvent } from '../ticket/events.ts'
import { ticketLimits } from '../ticket/vocabulary.ts'
import { guichetEvents } from './categories.ts'
import { carryRedactions, convertChat, settleConversion } from './convert-chat.ts'
import type { Desk } from './processes.ts'

const ticket = `ticket-${chatTicketId('one')}`
const sender = { by: alex, commandId: 'convert' }

/** A message with a body, by the customer or, if it is a note, by the desk. */
const sent = (messageId: string, body: string, more: object = {}) =>
  chatEvent(
    'ChatMessageSent',
    { messageId, kind: 'text', body, ...more },
    { at: later(monday, 1_000), by: 'kind' in more ? alex : camille },
  )

async function deskWith(events: readonly ChatEvent[]): Promise<Desk> {
  const store = inMemoryStore({ catalogue: guichetEvents })
  await store.append({ stream: 'chat-one', expectedVersion: 0, commandId: 'import', events })
  return deskInMemory({ store })
}

const eventsOf = async ({ store }: Pick<Desk, 'store'>, stream = ticket) =>
  (await store.readStream(stream)) as readonly { readonly event: TicketEvent; readonly commandId: string }[]

const textOf = async (desk: Pick<Desk, 'store'>, types = ['TicketOpened', 'CustomerReplied']): Promise<string> =>
  (await eventsOf(desk))
    .flatMap(({ event }) => ('body' in event && types.includes(event.type) ? event.body : []))
    .join('\n')

const conversionOf = async ({ read }: Pick<Desk, 'read'>) => {
  const { state } = await read('chat', 'one')
  return state.status === 'absent' ? undefined : state.conversion
}

/** A chat of many parts: long messages in the widest letters, notes, and files. */
const longChat: readonly ChatEvent[] = [
  chatStarted(),
  ...Array.from({ length: 16 }, (_, n) => [
    sent(`m${n}`, `#${n} ${'漢'.repeat(9_900)}`),
    sent(`n${n}`, `note ${n} ${'語'.repeat(9_900)}`, { kind: 'note' }),
  ]).flat(),
]

async function mergeInto(desk: Desk, id: string): Promise<void> {
  const open = { type: 'open', subject: 'Mine', body: 'first', customer: { id: 'camille' } } as const
  await desk.execute('ticket', id, open, { by: alex, commandId: 'open' })
  expect(await desk.mergeTickets(chatTicketId('one'), id, { by: alex, commandId: 'merge' })).toMatchObject({ ok: true })
}

/** A process over a store that dies at the append numbered `dies`, from 0: before it, or after it was stored. */
function dyingAt(store: EventStore, dies: number, isStored: boolean): Desk {
  let appends = 0
  return deskInMemory({
    store: {
      ...store,
      append: async (request) => {
        const isLast = appends++ === dies
        if (isLast && !isStored) throw new Died()
        const outcome = await store.append(request)
        if (isLast) throw new Died()
        return outcome
      },
    },
  })
}

describe('the conversion of a long chat', () => {
  it('has several thousand messages in the ticket, in appends that every store takes', async () => {
    const desk = await deskWith([
      ...chatOfLength(3_000),
      ...Array.from({ length: 300 }, (_, n) => sent(`long-${n}`, `"${'漢\n'.repeat(4_999)}`)),
    ])
    expect(await desk.convertChat('one', 'Facture', sender)).toMatchObject({
      ok: true,
      value: { state: { conversion: { state: 'linked' } } },
    })
    const sizes = new Map<string, number>()
    for (const stored of await eventsOf(desk))
      sizes.set(stored.commandId, (sizes.get(stored.commandId) ?? 0) + Buffer.byteLength(JSON.stringify(stored)))
    expect(sizes.size).toBeGreaterThan(50)
    expect(Math.max(...sizes.values())).toBeLessThan(800_000)
    const text = await textOf(desk)
    const said = [...text.matchAll(/: Bonjour (\d+)$/gm)].map(([, n]) => Number(n))
    expect(said).toEqual(Array.from({ length: 2_997 }, (_, n) => n))
    expect(text.match(/: "漢/g)).toHaveLength(300)
  })

  it('is completed by the next process, with nothing twice, whichever append a process dies at', async () => {
    const whole = await deskWith(longChat)
    await whole.convertChat('one', 'Facture', sender)
    const expected = (await eventsOf(whole)).map(({ event }) => event)
    expect(expected.length).toBeGreaterThan(5)
    let isDead = true
    for (let dies = 0; isDead; dies++) {
      isDead = false
      for (const isStored of [false, true]) {
        const { store } = await deskWith(longChat)
        await convertChat(dyingAt(store, dies, isStored), 'one', 'Facture', sender).catch((error: unknown) => {
          if (!(error instanceof Died)) throw error
          isDead = true
        })
        const desk = deskInMemory({ store })
        const { length } = await eventsOf(desk)
        const conversion = await conversionOf(desk)
        if (length < expected.length) expect(conversion?.state).not.toBe('linked')
        if (!conversion) continue
        await settleConversion(desk, 'one')
        await settleConversion(desk, 'one')
        expect((await eventsOf(desk)).map(({ event }) => event)).toEqual(expected)
        expect(await conversionOf(desk)).toMatchObject({ state: 'linked', attempt: 1 })
      }
    }
  })

  it('is completed by processes that each die at their second append, while contents are removed', async () => {
    const { store } = await deskWith(longChat)
    await ignoringDeath(convertChat(dyingAt(store, 1, false), 'one', 'Facture', sender))
    const desk = deskInMemory({ store })
    let conversion = await conversionOf(desk)
    for (let n = 0; conversion?.state === 'pending'; n++) {
      expect(n).toBeLessThan(1_000)
      await desk.execute('chat', 'one', { type: 'redact', messageId: `m${n}` }, { by: camille })
      await ignoringDeath(settleConversion(dyingAt(store, 1, n % 2 === 0), 'one'))
      conversion = await conversionOf(desk)
    }
    await carryRedactions(desk, 'one')
    const left = await eventsOf(desk)
    const gone = new Set(left.flatMap(({ event }) => (event.type === 'TicketMessageRedacted' ? event.messageId : [])))
    const shown = left.filter(
      ({ event }) =>
        event.type === 'TicketMessageRedacted' || !('messageId' in event && gone.has(event.messageId ?? '')),
    )
    const text = shown.map(({ event }) => ('body' in event ? event.body : '')).join('\n')
    const removed = (await desk.store.readStream('chat-one')).flatMap(({ event }) =>
      event.type === 'ChatMessageRedacted' && 'messageId' in event ? [event.messageId] : [],
    )
    for (let n = 0; n < 16; n++) {
      expect(text.split(`: #${n} `)).toHaveLength(removed.includes(`m${n}`) ? 1 : 2)
      expect(text.split(`: note ${n} `)).toHaveLength(2)
    }
  })

  it('goes on in the ticket that its ticket was merged into meanwhile', async () => {
    const { store } = await deskWith(longChat)
    await ignoringDeath(convertChat(dyingAt(store, 3, false), 'one', 'Facture', sender))
    const desk = deskInMemory({ store })
    await mergeInto(desk, 'other')
    await settleConversion(desk, 'one')
    expect((await conversionOf(desk))?.state).toBe('linked')
    const all = [...(await eventsOf(desk)), ...(await eventsOf(desk, 'ticket-other'))]
    const text = all.map(({ event }) => ('body' in event ? event.body : '')).join('\n')
    for (let n = 0; n < 16; n++) expect(text.split(`: #${n} `)).toHaveLength(2)
    await desk.execute('chat', 'one', { type: 'redact', messageId: 'm15' }, { by: camille })
    await carryRedactions(desk, 'one')
    const last = (await eventsOf(desk, 'ticket-other')).findLast(({ event }) => event.type === 'TicketMessageRedacted')
    expect(last?.event).toMatchObject({ body: expect.not.stringContaining('#15 ') })
  })

  it.each([
    ['another process writes the rest, without what is removed', (desk: Desk) => settleConversion(desk, 'one')],
    [
      'another process writes that, without what is removed, and dies',
      ({ store }: Desk) => ignoringDeath(settleConversion(dyingAt(store, 1, false), 'one')),
    ],
    ['the ticket is merged', (desk: Desk) => mergeInto(desk, 'other')],
    ['both', async (desk: Desk) => (await mergeInto(desk, 'other'), settleConversion(desk, 'one'))],
  ])('goes on where it finds it, if before its second part %s', async (_, meanwhile) => {
    const desk = await deskWith(longChat)
    let parts = 0
    const slow = deskAround(desk, (entry) => ({
      executeTogether: async (...given) => {
        if (given[0] === 'ticket' && parts++ === 1) {
          for (const messageId of ['m7', 'm8', 'm9'])
            await desk.execute('chat', 'one', { type: 'redact', messageId }, { by: camille })
          await meanwhile(deskInMemory({ store: desk.store, newId: () => 'another' }))
        }
        return entry.executeTogether(...given)
      },
    }))
    await convertChat(slow, 'one', 'Facture', sender)
    expect(await conversionOf(desk)).toMatchObject({ state: 'linked', attempt: 1 })
    const text = [...(await eventsOf(desk)), ...(await eventsOf(desk, 'ticket-other'))]
      .map(({ event }) => ('body' in event ? event.body : ''))
      .join('\n')
    for (let n = 0; n < 16; n++) {
      expect(text.split(`: note ${n} `)).toHaveLength(2)
      if (n < 7 || n > 9) expect(text.split(`: #${n} `)).toHaveLength(2)
    }
  })

  it('has each message once, however many processes convert it at once, and whoever dies', async () => {
    const act = fc.record({
      type: fc.constantFrom('convert', 'settle', 'redact'),
      dies: fc.oneof(fc.constant(Infinity), fc.nat(40)),
    })
    await fc.assert(
      fc.asyncProperty(fc.scheduler(), fc.array(act, { minLength: 2, maxLength: 4 }), async (scheduler, acts) => {
        const { store } = await deskWith(longChat)
        const turn = () => scheduler.schedule(Promise.resolve())
        const work = acts.map(({ type, dies }, n) => {
          const desk = processOver(store, `p${n}`, turn, dies)
          if (type === 'convert') return desk.convertChat('one', 'Facture', { by: alex })
          if (type === 'settle') return settleConversion(desk, 'one')
          return desk.execute('chat', 'one', { type: 'redact', messageId: `m${n * 5}` }, { by: camille })
        })
        await scheduler.waitFor(Promise.all(work.map(ignoringDeath)))
        const desk = deskInMemory({ store, newId: () => 'later' })
        await settleConversion(desk, 'one')
        const conversion = await conversionOf(desk)
        expect((await eventsOf(desk)).length > 0).toBe(conversion !== undefined)
        if (!conversion) return
        expect(conversion.state).toBe('linked')
        const text = await textOf(desk)
        const said = [...text.matchAll(/: (?:#(\d+) 漢|\(contenu retiré\))/g)].map(([, n]) => n)
        expect(said).toHaveLength(16)
        expect(new Set(said).size).toBeGreaterThanOrEqual(16 - acts.length)
        const notes = await textOf(desk, ['InternalNoteAdded'])
        expect([...notes.matchAll(/: note (\d+) /g)].map(([, n]) => Number(n))).toEqual(
          longChat.slice(0, 16).map((_, n) => n),
        )
      }),
      { numRuns: 30 },
    )
  })

  it('loses all that is removed, a message of the ticket an append', async () => {
    const desk = await deskWith(longChat)
    await desk.convertChat('one', 'Facture', sender)
    for (let n = 0; n < 16; n++)
      for (const messageId of [`m${n}`, `n${n}`])
        await desk.execute('chat', 'one', { type: 'redact', messageId }, { by: alex })
    await carryRedactions(desk, 'one')
    await carryRedactions(desk, 'one')
    const removals = (await eventsOf(desk)).filter(({ event }) => event.type === 'TicketMessageRedacted')
    expect(JSON.stringify(removals)).not.toMatch(/漢|語/)
    expect(removals).toHaveLength(6)
    expect(new Set(removals.map(({ commandId }) => commandId)).size).toBe(6)
  })

  it('attaches as many files as a ticket takes, over its parts, and says how many are left in the chat', async () => {
    const fileOf = (fileId: string) => ({ fileId, name: `${fileId}.png`, mediaType: 'image/png', bytes: 1 })
    const messages = Array.from({ length: 51 }, (_, n) =>
      sent(`m${n}`, '', { attachments: Array.from({ length: 10 }, (_, place) => fileOf(`f${n}-${place}`)) }),
    )
    const desk = await deskWith([chatStarted(), ...messages])
    const content = { owner: 'chat-one', name: 'a.png', bytes: 1, sha256: 'a'.repeat(64), mediaType: 'image/png' }
    for (const { attachments } of messages)
      for (const { fileId } of attachments ?? [])
        await desk.execute('file', fileId, { type: 'store', scan: false, ...content }, { by: camille })
    await desk.convertChat('one', 'Facture', sender)
    const attached = (await eventsOf(desk)).filter(({ event }) => event.type === 'AttachmentAdded')
    expect(attached).toHaveLength(ticketLimits.attachments)
    expect(new Set(attached.map(({ event }) => 'messageId' in event && event.messageId)).size).toBeGreaterThan(4)
    expect(await textOf(desk, ['InternalNoteAdded'])).toMatch(/^10 fichiers de plus sont dans la conversation seule/)
  })

  it('only links a ticket that was opened with the whole transcript at once, as before', async () => {
    const desk = await deskWith([chatStarted(), sent('m', 'Bonjour')])
    await ignoringDeath(convertChat(dyingAt(desk.store, 1, false), 'one', 'Facture', sender))
    const open = { type: 'open', subject: 'Facture', messageId: 'transcript-1', body: 'whole', chatId: 'one' } as const
    await desk.engine.execute('ticket', chatTicketId('one'), { ...open, customer: { id: 'camille' } }, { by: alex })
    await settleConversion(desk, 'one')
    expect(await textOf(desk)).toBe('whole')
    expect((await conversionOf(desk))?.state).toBe('linked')
  })
})

describe('a chat that its desk has changed under', () => {
  it('becomes a ticket without the plan and the category that the desk has no more', async () => {
    const desk = await deskWith([chatStarted({ plan: 'gold', category: 'old' })])
    const configuration = configurationSchema.parse({
      plans: ['silver'],
      categories: [{ name: 'new' }],
      sla: { policies: [{ name: 'all', firstResponse: '4h', resolution: '8h' }] },
    })
    expect(await desk.execute('configuration', 'desk', { type: 'apply', configuration }, { by: alex })).toMatchObject({
      ok: true,
    })
    await desk.convertChat('one', 'Facture', sender)
    expect((await conversionOf(desk))?.state).toBe('linked')
    const [opened] = await eventsOf(desk)
    expect(opened?.event).not.toHaveProperty('plan')
    expect(opened?.event).not.toHaveProperty('category')
  })

  it('is not linked when a part is refused for good, and continues there when it is converted again', async () => {
    const desk = await deskWith(longChat)
    let parts = 0
    const refusing = deskAround(desk, (entry) => ({
      executeTogether: async (...given) =>
        given[0] === 'ticket' && parts++ === 2
          ? { ok: false, refusal: { code: 'customer_blocked', message: 'the customer is blocked' } }
          : entry.executeTogether(...given),
    }))
    await convertChat(refusing, 'one', 'Facture', sender)
    expect(await conversionOf(desk)).toMatchObject({ state: 'refused', reason: 'customer_blocked' })
    await desk.execute('chat', 'one', { type: 'redact', messageId: 'm0' }, { by: camille })
    await carryRedactions(desk, 'one')
    expect((await eventsOf(desk)).at(-1)?.event).toMatchObject({ body: expect.stringContaining('(contenu retiré)') })
    await desk.convertChat('one', 'Facture', { by: alex, commandId: 'again' })
    expect(await conversionOf(desk)).toMatchObject({ state: 'linked', attempt: 2 })
    const text = await textOf(desk)
    for (let n = 0; n < 16; n++) expect(text.split(`: #${n} `)).toHaveLength(2)
  })
})
