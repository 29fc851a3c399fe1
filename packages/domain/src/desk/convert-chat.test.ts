import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { chatTicketId } from '../chat/ending.ts'
import { removedFromChat } from '../chat/transcript.ts'
import type { Actor } from '../kernel/actor.ts'
import type { EventEnvelope } from '../kernel/event.ts'
import { deny, refusal } from '../kernel/refusal.ts'
import { deskAround, deskInMemory, ignoringDeath, processOver } from '../testing/desk.ts'
import { alex } from '../testing/examples.ts'
import { agentProfile } from '../testing/specification.ts'
import type { TicketEvent } from '../ticket/events.ts'
import { withoutRedacted } from '../ticket/redaction.ts'
import { carryRedactions, convertChat, settleConversion } from './convert-chat.ts'
import type { Desk } from './processes.ts'

const camille: Actor = { kind: 'customer', id: 'camille', name: 'Camille Durand' }
const customer = { id: 'camille', name: 'Camille Durand' }
const staff = { kind: 'system', id: 'staff' } as const

async function chatWithAlex(): Promise<Desk> {
  const desk = deskInMemory()
  await desk.execute('agent', 'alex', { type: 'register', profile: agentProfile({ name: 'Alex' }) }, { by: staff })
  await desk.execute('agent', 'alex', { type: 'setAvailability', availability: 'available' }, { by: staff })
  await desk.startChat('one', { customer, message: { messageId: 'm1', body: 'Ma facture ?' } }, { by: camille })
  await desk.acceptChat('one', { by: alex })
  return desk
}

const conversionOf = async ({ read }: Pick<Desk, 'read'>) => {
  const { state } = await read('chat', 'one')
  return state.status === 'absent' ? undefined : state.conversion
}

const eventsOf = async (desk: Desk) =>
  (await desk.store.readStream(`ticket-${chatTicketId('one')}`)).map(({ event }) => event)

/** The ids of the messages of the ticket. */
const messagesOf = async (desk: Desk): Promise<readonly string[]> =>
  (await eventsOf(desk)).flatMap((event) =>
    'body' in event && 'messageId' in event && typeof event.messageId === 'string' ? [event.messageId] : [],
  )

const ticketsOf = async ({ store }: Desk): Promise<readonly string[]> =>
  (await store.readAll({ limit: 10_000 })).flatMap(({ event, stream }) =>
    event.type === 'TicketOpened' && 'chatId' in event ? [stream] : [],
  )

describe('the conversion of a chat', () => {
  it('opens a ticket with the transcript, once, and keeps notes from its customer', async () => {
    const desk = await chatWithAlex()
    await desk.execute('chat', 'one', { type: 'send', messageId: 'n', kind: 'note', body: 'VIP' }, { by: alex })
    const converted = await desk.convertChat('one', 'Facture', { by: alex })
    expect(converted).toMatchObject({
      ok: true,
      value: { state: { status: 'closed', conversion: { state: 'linked' } } },
    })
    const { state } = await desk.read('chat', 'one')
    const ticketId = state.status === 'absent' ? '' : (state.conversion?.ticketId ?? '')
    await desk.convertChat('one', 'Facture', { by: alex })
    const [opened, note, ...rest] = (await desk.store.readStream(`ticket-${ticketId}`)).map(({ event }) => event)
    expect(opened).toMatchObject({ type: 'TicketOpened', channel: 'chat', chatId: 'one', subject: 'Facture' })
    expect(JSON.stringify(opened)).toContain('Ma facture ?')
    expect(JSON.stringify(opened)).not.toContain('VIP')
    expect(note).toMatchObject({ type: 'InternalNoteAdded' })
    expect(JSON.stringify(note)).toContain('VIP')
    expect(rest).toEqual([])
  })

  it('shows its customer all that they were shown, however long, in order, and nothing of why the desk closed it', async () => {
    const desk = await chatWithAlex()
    const bodies = Array.from({ length: 20 }, (_, n) => `#${n} ${'x'.repeat(9_000)}`)
    for (const [n, body] of bodies.entries())
      await desk.execute('chat', 'one', { type: 'send', messageId: `long-${n}`, body }, { by: alex })
    await desk.execute('chat', 'one', { type: 'redact', messageId: 'long-3' }, { by: alex })
    await desk.execute('chat', 'one', { type: 'close', reason: 'spam', note: 'again' }, { by: alex })
    await desk.convertChat('one', 'Facture', { by: alex })
    const events = (await desk.store.readStream(`ticket-${chatTicketId('one')}`)).map(({ event }) => event)
    expect(events.map(({ type }) => type)).toEqual([
      'TicketOpened',
      'CustomerReplied',
      'CustomerReplied',
      'InternalNoteAdded',
    ])
    const texts = events.map((event) => ('body' in event ? event.body : ''))
    const shown = texts.slice(0, 3).join('\n')
    expect(shown).not.toMatch(/spam|again/)
    expect(shown).toContain('Alex Martin: a fermé la conversation (autre raison)')
    expect(texts[3]).toContain('a fermé la conversation (indésirable): again')
    const found = bodies.map((body) => shown.indexOf(body))
    expect(found[3]).toBe(-1)
    const kept = found.filter((place) => place >= 0)
    expect(kept).toHaveLength(19)
    expect(kept).toEqual(kept.toSorted((a, b) => a - b))
  })

  it('is tried again after any number of refusals', async () => {
    const desk = await chatWithAlex()
    let refusing = true
    const refused = deskAround(desk, (entry) => ({
      executeTogether: async (...given) =>
        given[0] === 'ticket' && refusing ? deny(refusal('plan_unknown')) : entry.executeTogether(...given),
    }))
    for (let attempt = 1; attempt <= 3; attempt++) {
      await convertChat(refused, 'one', 'Facture', { by: alex, commandId: `convert-${attempt}` })
      expect(await conversionOf(desk)).toMatchObject({ state: 'refused', reason: 'plan_unknown', attempt })
    }
    refusing = false
    await convertChat(refused, 'one', 'Facture', { by: alex, commandId: 'convert-4' })
    expect(await conversionOf(desk)).toMatchObject({ state: 'linked', attempt: 4 })
    expect(await ticketsOf(desk)).toEqual([`ticket-${chatTicketId('one')}`])
  })

  it('has another id when somebody else’s ticket has its id', async () => {
    const desk = await chatWithAlex()
    const open = { type: 'open', subject: 'Mine', body: 'first', customer: { id: 'zoe' } } as const
    await desk.execute('ticket', chatTicketId('one'), open, { by: alex })
    await desk.convertChat('one', 'Facture', { by: alex })
    expect(await conversionOf(desk)).toMatchObject({ state: 'refused', reason: 'ticket_already_open' })
    await desk.convertChat('one', 'Facture', { by: alex })
    expect(await conversionOf(desk)).toMatchObject({ state: 'linked', ticketId: chatTicketId('one', 2) })
    expect(await ticketsOf(desk)).toEqual([`ticket-${chatTicketId('one', 2)}`])
  })

  it('carries its files to the messages that name them, which stay the chat’s own, and leaves out those that are gone', async () => {
    const desk = await chatWithAlex()
    const upload = async (fileId: string, by: Actor) => {
      const stored = {
        owner: 'chat-one',
        name: `${fileId}.png`,
        bytes: 3,
        sha256: 'a'.repeat(64),
        scan: false,
      } as const
      await desk.execute('file', fileId, { type: 'store', mediaType: 'image/png', ...stored }, { by })
    }
    const show = (fileId: string, by: Actor, kind: 'file' | 'note') =>
      desk.execute(
        'chat',
        'one',
        { type: 'send', messageId: fileId, kind, body: 'x', attachments: [{ fileId }] },
        { by },
      )
    for (const [fileId, by, kind] of [
      ['of-camille', camille, 'file'],
      ['deleted', camille, 'file'],
      ['redacted', camille, 'file'],
      ['of-the-desk', alex, 'note'],
      ['noted-first', alex, 'note'],
    ] as const) {
      await upload(fileId, by)
      expect(await show(fileId, by, kind)).toMatchObject({ ok: true })
    }
    const shared = [{ fileId: 'noted-first' }]
    const again = { type: 'send', messageId: 'again', kind: 'file', body: '', attachments: shared } as const
    expect(await desk.execute('chat', 'one', again, { by: alex })).toMatchObject({ ok: true })
    await desk.execute('file', 'deleted', { type: 'delete', reason: 'wrong' }, { by: alex })
    await desk.execute('chat', 'one', { type: 'redact', messageId: 'redacted' }, { by: camille })
    await desk.convertChat('one', 'Facture', { by: alex })
    const attached = (await eventsOf(desk)).filter(({ type }) => type === 'AttachmentAdded')
    const [opened, note] = await messagesOf(desk)
    expect(attached).toMatchObject([
      { fileId: 'of-camille', name: 'of-camille.png', messageId: opened, visibility: 'public' },
      { fileId: 'of-the-desk', messageId: note, visibility: 'internal' },
      { fileId: 'noted-first', messageId: opened, visibility: 'public' },
    ])
    expect((await desk.read('file', 'of-camille')).state).toMatchObject({ owner: 'chat-one' })
  })

  it('is followed by what is removed from the chat later, also where a part of it was split off', async () => {
    const desk = await chatWithAlex()
    const send = (messageId: string, body: string, by: Actor) =>
      desk.execute('chat', 'one', { type: 'send', messageId, body }, { by })
    await send('card', '4970 1000 0000 0000', camille)
    await send('other', 'Merci', camille)
    await send('edited', 'Le code : 1234', camille)
    await desk.execute(
      'chat',
      'one',
      { type: 'edit', messageId: 'edited', body: 'Le code : 1234\nvraiment' },
      { by: camille },
    )
    await desk.execute('chat', 'one', { type: 'send', messageId: 'n', kind: 'note', body: 'PIN 0000' }, { by: alex })
    await desk.convertChat('one', 'Facture', { by: alex })
    const ticketId = chatTicketId('one')
    await desk.execute('chat', 'one', { type: 'redact', messageId: 'card' }, { by: alex })
    await carryRedactions(desk, 'one')
    const [messageId = ''] = await messagesOf(desk)
    const split = await desk.splitTicket({ source: ticketId, messageId, subject: 'x' }, { by: alex })
    expect(split).toMatchObject({ ok: true })
    for (const messageId of ['edited', 'n'])
      await desk.execute('chat', 'one', { type: 'redact', messageId }, { by: alex })
    await carryRedactions(desk, 'one')
    await carryRedactions(desk, 'one')
    const parts = split.ok ? [`ticket-${ticketId}`, split.value.stream] : []
    for (const stream of parts) {
      const history = (await desk.store.readStream(stream)) as readonly EventEnvelope<TicketEvent>[]
      const shown = JSON.stringify(withoutRedacted(history))
      expect(shown).not.toMatch(/4970|1234|vraiment|PIN/)
      expect(shown).toContain('Merci')
      expect(history.filter(({ event }) => event.type === 'TicketMessageRedacted')).toHaveLength(
        stream === parts[0] ? 3 : 1,
      )
    }
    expect(JSON.stringify(await desk.store.readStream(parts[1] ?? ''))).not.toContain('4970')
  })

  it('names the zone of its times, and is followed by removals where the lines of an older ticket name none', async () => {
    const desk = await chatWithAlex()
    await desk.convertChat('one', 'Facture', { by: alex })
    const [opened] = (await eventsOf(desk)) as readonly TicketEvent[]
    const body = opened?.type === 'TicketOpened' ? opened.body : ''
    expect(body).toMatch(/^\[\d{4}-\d\d-\d\d \d\d:\d\d:\d\d UTC\] Camille Durand: /)
    await desk.execute('chat', 'one', { type: 'redact', messageId: 'm1' }, { by: alex })
    const gone = await removedFromChat(desk.store, 'one', 'fr')
    for (const text of [body, body.replaceAll(' UTC]', ']')]) {
      expect(text).toContain('Ma facture ?')
      expect(gone?.removeFrom(text)).not.toContain('Ma facture ?')
    }
  })

  it('opens one ticket, and links it, whoever dies between the steps, and whatever is removed meanwhile', async () => {
    const act = fc.record({
      type: fc.constantFrom('convert', 'convert', 'settle', 'redact', 'carry'),
      dies: fc.oneof(fc.constant(99), fc.nat(10)),
    })
    await fc.assert(
      fc.asyncProperty(fc.scheduler(), fc.array(act, { minLength: 1, maxLength: 5 }), async (scheduler, acts) => {
        const { store } = await chatWithAlex()
        const turn = () => scheduler.schedule(Promise.resolve())
        const work = acts.map(({ type, dies }, n) => {
          const desk = processOver(store, `p${n}`, turn, dies)
          if (type === 'convert') return desk.convertChat('one', 'Facture', { by: alex })
          if (type === 'settle') return settleConversion(desk, 'one')
          if (type === 'carry') return carryRedactions(desk, 'one')
          return desk.execute('chat', 'one', { type: 'redact', messageId: 'm1' }, { by: alex })
        })
        await scheduler.waitFor(Promise.all(work.map(ignoringDeath)))
        const desk = deskInMemory({ store, newId: () => 'later' })
        await settleConversion(desk, 'one')
        const conversion = await conversionOf(desk)
        expect(await ticketsOf(desk)).toEqual(conversion ? [`ticket-${conversion.ticketId}`] : [])
        if (!conversion) return
        expect(conversion.state).toBe('linked')
        await carryRedactions(desk, 'one')
        const history = await desk.store.readStream(`ticket-${conversion.ticketId}`)
        const wasRemoved = (await desk.store.readStream('chat-one')).some(
          ({ event }) => event.type === 'ChatMessageRedacted',
        )
        const shown = JSON.stringify(withoutRedacted(history as readonly EventEnvelope<TicketEvent>[]))
        expect(shown.includes('Ma facture ?')).toBe(!wasRemoved)
      }),
      { numRuns: 100 },
    )
  })
})
