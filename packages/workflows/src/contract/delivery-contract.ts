import { randomUUID } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import type { Desk, TicketCommandInput } from '@guichet/domain'
import {
  declareIncident,
  importActor,
  importCorrelation,
  instant,
  mailAddressOf,
  StreamDeleted,
  streamName,
} from '@guichet/domain'
import { fireDue } from '../clock.ts'
import { webhookTransport } from '../delivery/webhook.ts'
import { until } from '../testing/until.ts'
import type { DeliveryScene, MakeDeliveryEngine } from './delivery-scene.ts'
import { openDeliveryScene } from './delivery-scene.ts'

const agent = { kind: 'agent', id: 'agent-1' } as const

/**
 * Registers, with vitest, the tests that every implementation of the port DeliveryEngine passes; `crowd` is many
 * deliveries.
 */
export function deliveryContract(name: string, makeEngine: MakeDeliveryEngine, crowd = 1_000): void {
  const it = test.extend<{ open: () => Promise<DeliveryScene> }>({
    // Vitest takes an object pattern alone.
    // oxlint-disable-next-line no-empty-pattern
    open: async ({}, use) => {
      const scenes: DeliveryScene[] = []
      await use(async () => {
        const scene = await openDeliveryScene(makeEngine)
        scenes.push(scene)
        return scene
      })
      for (const scene of scenes) await scene.dispose()
    },
  })

  describe.concurrent(`${name} fulfils the contract of deliveries`, () => {
    const keysOf = ({ receiver }: DeliveryScene): string[] => receiver.received.map(({ key }) => key)

    it('delivers a notification once on each channel, in the words that were decided', async ({ open }) => {
      const scene = await open()
      const { notificationSink } = await scene.startEngine()
      const runner = await scene.feed(notificationSink)
      const ticketId = await scene.repliedTicket()
      await scene.receiver.untilKeys(2)
      await scene.untilStatus(({ waiting }) => waiting === 0)
      const { received } = scene.receiver
      expect(received.map(({ type }) => type).toSorted()).toEqual(['notification.email', 'notification.push'])
      const mail = received.find(({ type }) => type === 'notification.email')
      expect(mail?.data).toEqual({
        id: expect.stringMatching(/:marie\/email$/) as string,
        kind: 'reply',
        recipientId: 'marie',
        language: 'fr',
        title: 'Ticket de support : Nouvelle réponse',
        message: "Vous avez reçu une réponse à votre ticket 'Facture'.",
        address: 'marie@desk.example',
        level: 'info',
        ticketId,
      })
      expect(mail?.key).toMatch(/^[\da-f]{32}$/)

      await runner.rebuild('inbox')
      await scene.repliedTicket()
      await scene.receiver.untilKeys(4)
      await scene.untilStatus(({ waiting }) => waiting === 0)
      expect(new Set(keysOf(scene)).size).toBe(received.length)
      expect(received).toHaveLength(4)
    })

    it('sends to the address that the record of the customer has at the moment of sending', async ({ open }) => {
      const scene = await open()
      const { desk } = scene
      const email = async (command: 'addEmail' | 'removeEmail', address: string): Promise<void> => {
        const verified = command === 'addEmail' && { verified: true }
        const outcome = await desk.execute('customer', 'marie', { type: command, address, ...verified }, { by: agent })
        expect(outcome.ok).toBe(true)
      }
      const { notificationSink, stop } = await scene.startEngine()
      await stop()
      await scene.feed(notificationSink)
      await desk.execute('customer', 'marie', { type: 'register', name: 'Marie' }, { by: agent })
      await email('addEmail', 'marie@desk.example')
      await scene.repliedTicket()
      await scene.untilStatus(({ waiting }) => waiting === 2)
      await email('addEmail', 'marie@new.example')
      await email('removeEmail', 'marie@desk.example')
      await scene.startEngine({ addressOf: (personId, given) => mailAddressOf(desk, personId, given) })
      await scene.receiver.untilKeys(2)
      const addresses = scene.receiver.received.map(({ data }) => data['address'])
      expect(new Set(addresses)).toEqual(new Set(['marie@new.example']))
    })

    it('refuses at once what goes to a customer whose record was deleted from the event store', async ({ open }) => {
      const scene = await open()
      const deleted = new StreamDeleted('customer-marie')
      const { notificationSink } = await scene.startEngine({ addressOf: () => Promise.reject(deleted) })
      await scene.feed(notificationSink)
      await scene.repliedTicket()
      await scene.untilStatus(({ waiting, refused }) => waiting === 0 && refused === 2)
      expect(scene.receiver.received).toEqual([])
    })

    it('delivers nothing about imported history, and later events as for any ticket', async ({ open }) => {
      const scene = await open()
      const { notificationSink } = await scene.startEngine()
      await scene.feed(notificationSink)
      const { desk } = scene
      const tickets = await importedTickets(desk)
      const [resolved = ''] = tickets
      for (const id of tickets) {
        const { fired } = await fireDue(desk, streamName('ticket', id), instant(new Date()))
        expect(fired).not.toEqual([])
      }
      expect((await desk.read('ticket', resolved)).state.status).toBe('closed')
      await desk.execute('ticket', resolved, { type: 'reopen' }, { by: agent })
      for (const id of tickets) {
        await desk.execute('ticket', id, { type: 'agentReply', body: 'Encore ?' }, { by: agent })
      }
      await scene.receiver.untilKeys(2 * tickets.length)
      await scene.untilStatus(({ waiting }) => waiting === 0)
      const kinds = scene.receiver.received.map(({ data }) => (data as { kind: string }).kind)
      expect(new Set(kinds)).toEqual(new Set(['reply']))
      expect(kinds).toHaveLength(2 * tickets.length)
    })

    it('delivers pages to the person on call, despite their preferences, and updates of an incident to affected customers', async ({
      open,
    }) => {
      const scene = await open()
      const { notificationSink } = await scene.startEngine()
      await scene.feed(notificationSink)
      const { desk } = scene
      await desk.execute('recipient', 'bea', { type: 'changePreference', preference: 'none' }, { by: agent })
      const report = { title: 'Panne', customer: { id: 'marie', email: 'marie@desk.example' } }
      await declareIncident(desk, 'i-1', report, { by: agent, commandId: 'declare' })
      await desk.execute('incident', 'i-1', { type: 'postUpdate', message: 'On y est.' }, { by: agent })
      await scene.receiver.untilKeys(4)
      await scene.untilStatus(({ waiting }) => waiting === 0)
      const notified = scene.receiver.received.map(({ type, data }) => ({ type, ...(data as object) }))
      const about = { ticketId: 'i-1', incidentId: 'i-1' }
      for (const type of ['notification.email', 'notification.push']) {
        expect(notified).toContainEqual(
          expect.objectContaining({
            type,
            kind: 'incident_paged',
            recipientId: 'bea',
            address: 'bea@desk.example',
            ...about,
          }),
        )
        const message = "Incident 'Panne' : On y est."
        expect(notified).toContainEqual(
          expect.objectContaining({ type, kind: 'incident_update', recipientId: 'marie', message, ...about }),
        )
      }
      expect(notified).toHaveLength(4)
    })

    it('delivers under the same key once an unavailable receiver is back', async ({ open }) => {
      const scene = await open()
      await scene.receiver.goAway()
      const [key] = await scene.recorded(1)
      await scene.startEngine()
      await scene.untilStatus(({ failing }) => failing === 1)
      const [waiting] = await scene.list.list({ limit: 1 })
      expect(waiting?.reason).toMatch(/^the receiver cannot be reached/)
      scene.receiver.answers(({ key: tried }) =>
        keysOf(scene).filter((each) => each === tried).length < 2 ? { status: 503 } : undefined,
      )
      await scene.receiver.comeBack()
      await scene.untilStatus(({ waiting: left }) => left === 0)
      expect(keysOf(scene)).toEqual([key, key])
      expect(await scene.list.list({ limit: 9 })).toMatchObject([{ key, state: 'delivered', reason: undefined }])
    })

    it('records a refusal with its reason, and retries it only on request', async ({ open }) => {
      const scene = await open()
      const [key] = await scene.recorded(1)
      scene.receiver.answers(() => ({ status: 410 }))
      await scene.startEngine()
      await scene.untilStatus(({ refused }) => refused === 1)
      expect(await scene.list.list({ state: 'refused', limit: 9 })).toMatchObject([
        { key, reason: 'the receiver answered 410', attempts: 1, nextTry: undefined },
      ])
      scene.receiver.answers(() => undefined)
      await scene.recorded(1)
      await scene.receiver.untilKeys(2)
      expect(keysOf(scene).filter((each) => each === key)).toHaveLength(1)
      const [refused] = await scene.list.list({ state: 'refused', limit: 9 })
      expect(await scene.list.retryRefused(refused?.id)).toBe(1)
      await scene.untilStatus(({ refused: left, waiting }) => left + waiting === 0)
      expect(keysOf(scene).filter((each) => each === key)).toHaveLength(2)
    })

    it('gives up a delivery that has failed for too long', async ({ open }) => {
      const scene = await open()
      scene.receiver.answers(() => ({ status: 500 }))
      await scene.startEngine({ giveUpAfterMs: 8_000 })
      const [key] = await scene.recorded(1)
      await scene.untilStatus(({ refused }) => refused === 1)
      const [refused] = await scene.list.list({ state: 'refused', limit: 1 })
      expect(refused?.key).toBe(key)
      // A busy machine may come to its first try when the time is over.
      expect(refused?.reason).toMatch(/^given up after (one try|\d tries): the receiver answered 500$/)
    })

    it('pauses for a receiver as long as it asks', async ({ open }) => {
      const scene = await open()
      const instants: number[] = []
      scene.receiver.answers(() => {
        instants.push(Date.now())
        return instants.length === 1 ? { status: 429, headers: { 'retry-after': '3' } } : undefined
      })
      await scene.recorded(1)
      await scene.startEngine()
      await scene.untilStatus(({ waiting }) => waiting === 0)
      const [first = 0, second = 0] = instants
      expect(second - first).toBeGreaterThanOrEqual(3_000)
      expect(instants).toHaveLength(2)
    })

    it('delivers on one channel while the receiver of another is silent', async ({ open }) => {
      const scene = await open()
      scene.receiver.answers(({ type }) => (type === 'notification.push' ? 'hang' : undefined))
      await scene.recorded(60, 'push')
      await scene.startEngine()
      await scene.receiver.untilKeys(2)
      const keys = new Set(await scene.recorded(20, 'email'))
      await until(
        () => keysOf(scene).filter((key) => keys.has(key)).length,
        (arrived) => arrived === 20,
      )
    })

    it('loses no delivery when one engine stops in the middle and another continues', async ({ open }) => {
      const scene = await open()
      const keys = await scene.recorded(crowd)
      const engine = await scene.startEngine()
      await scene.receiver.untilKeys(crowd / 10)
      await engine.stop()
      const halfway = new Set(keysOf(scene)).size
      expect(halfway).toBeLessThan(crowd)
      await scene.startEngine()
      await scene.receiver.untilKeys(crowd)
      await scene.untilStatus(({ waiting }) => waiting === 0)
      expect(new Set(keysOf(scene))).toEqual(new Set(keys))
      expect(scene.receiver.received).toHaveLength(crowd)
    })

    it('delivers once although two engines run on the same database', async ({ open }) => {
      const scene = await open()
      await Promise.all([scene.startEngine(), scene.startEngine()])
      const keys = await scene.recorded(crowd / 5)
      await scene.receiver.untilKeys(keys.length)
      await scene.untilStatus(({ waiting }) => waiting === 0)
      expect(keysOf(scene).toSorted()).toEqual([...keys].toSorted())
    })

    it('records and sends nothing without transports', async ({ open }) => {
      const scene = await open()
      const engine = await scene.startEngine({ transports: {} })
      expect(engine.notificationSink).toBeUndefined()
      await scene.feed(engine.notificationSink)
      await scene.repliedTicket()
      const other = webhookTransport({ url: scene.receiver.url, secrets: [scene.receiver.secret] })
      const [key] = await scene.recorded(1)
      await scene.startEngine({ transports: { push: other } })
      await scene.receiver.untilKeys(1)
      expect(keysOf(scene)).toEqual([key])
    })
  })
}

/** The tickets of a completed import of 2014: one is resolved, and one waits for its customer. */
async function importedTickets(desk: Desk): Promise<readonly string[]> {
  const correlationId = importCorrelation('old')
  const sent = { by: importActor, correlationId }
  const figures = { rows: 2, applied: 2, unchanged: 0, refused: 0 }
  await desk.engine.execute('import', 'old', { type: 'start', source: 'old.csv', mapping: 'old' }, sent)
  const ids: string[] = []
  for (const then of ['resolved', 'waiting_customer'] as const) {
    const [id, at] = [randomUUID(), instant('2014-03-02T09:00:00Z')]
    const customer = { id: 'marie', email: 'marie@desk.example' }
    const commands: TicketCommandInput[] = [
      { type: 'open', subject: 'Facture', body: 'y', customer, priority: 'urgent' },
      { type: 'assign', assignee: { id: 'ann', email: 'ann@desk.example' } },
      { type: 'agentReply', body: 'z', then },
    ]
    for (const command of commands) await desk.engine.execute('ticket', id, command, { by: agent, at, correlationId })
    ids.push(id)
  }
  await desk.engine.execute('import', 'old', { type: 'complete', ...figures }, sent)
  return ids
}
