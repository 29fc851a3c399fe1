import { randomUUID } from 'node:crypto'
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { text } from 'node:stream/consumers'
import pg from 'pg'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import type { ClassificationSettings, Desk, Position, Sender, TicketCommandInput, TicketEvent } from '@guichet/domain'
import {
  classificationSchema,
  createDesk,
  guichetEvents,
  importCorrelation,
  instant,
  streamName,
} from '@guichet/domain'
import type { PostgresStore } from '@guichet/eventstore'
import { postgresStore } from '@guichet/eventstore'
import type { TestDatabase } from '@guichet/eventstore/testing'
import { createTestDatabase } from '@guichet/eventstore/testing'
import type { Reactions } from '../reaction/reactions.ts'
import { reactions } from '../reaction/reactions.ts'
import type { ClassificationEngine, ClassificationOptions } from './classification.ts'
import { openClassification } from './classification.ts'

const agent = { kind: 'agent', id: 'agent-1' } as const
const customer = { kind: 'customer', id: 'customer-1' } as const
const words = { 'billing/invoice': 'facture TVA montant', 'account/login': 'mot de passe connexion bloquée' } as const
type Category = keyof typeof words
const learning = { minimumExamples: 40, minimumPerCategory: 5 }

type Working = { readonly engine: ClassificationEngine; readonly following: Reactions; stop(): Promise<void> }

describe('the classification of a desk', () => {
  let database: TestDatabase
  let store: PostgresStore
  let desk: Desk
  let working: Working[]
  let end: Position

  beforeEach(async () => {
    database = await createTestDatabase()
    store = await postgresStore({ connectionString: database.url, catalogue: guichetEvents })
    desk = createDesk({ store, now: () => instant(new Date()), newId: randomUUID })
    working = []
  })
  afterEach(async () => {
    await Promise.all(working.map((each) => each.stop()))
    await store.close()
    await database.drop()
  })

  const start = async (given: object = {}, options: Partial<ClassificationOptions> = {}): Promise<Working> => {
    const settings: ClassificationSettings = classificationSchema.parse({ learning, ...given })
    const parts = { store, connectionString: database.url, settings: async () => settings, lookEveryMs: 50 }
    const engine = await openClassification({ ...parts, ...options })
    const { url: connectionString } = database
    const following = await reactions({ desk, connectionString, reactions: engine.reactions, leaseMs: 400 })
    const stop = async (): Promise<void> => {
      working = working.filter((each) => each.engine !== engine)
      await following.stop()
      await engine.stop()
    }
    const started = { engine, following, stop }
    working.push(started)
    await engine.start()
    await following.start()
    return started
  }
  const send = async (id: string, command: TicketCommandInput, sender: Sender): Promise<void> => {
    const outcome = await desk.engine.execute('ticket', id, command, sender)
    if (!outcome.ok) throw new Error(outcome.refusal.message)
    end = outcome.value.position ?? end
  }
  const open = async (subject: string, sender: Sender = { by: customer }, category?: string): Promise<string> => {
    const id = randomUUID()
    await send(id, { type: 'open', subject, body: 'Bonjour', customer: { id: 'customer-1' }, category }, sender)
    return id
  }
  const teach = async (count: number): Promise<void> => {
    for (let n = 0; n < count; n++) {
      const category: Category = n % 2 === 0 ? 'billing/invoice' : 'account/login'
      await open(`${words[category]} ${n % 7}`, { by: agent }, category)
    }
  }
  const events = async (id: string): Promise<readonly TicketEvent[]> =>
    (await store.readStream(streamName('ticket', id))).map(({ event }) => event as TicketEvent)
  const until = (condition: () => Promise<boolean>) => vi.waitUntil(condition, { interval: 20 })
  const passed = ({ following }: Working): Promise<boolean> =>
    until(async () => {
      const known = await following.status()
      return (
        known.length === 2 && known.every((each) => each.position && store.comparePositions(each.position, end) >= 0)
      )
    })
  const trained = ({ engine }: Working, examples: number): Promise<boolean> =>
    until(async () => (await engine.stored.card())?.examples === examples)
  const query = async (sql: string): Promise<readonly unknown[]> => {
    const client = new pg.Client({ connectionString: database.url })
    await client.connect()
    try {
      return (await client.query(sql)).rows
    } finally {
      await client.end()
    }
  }

  it('learns from people’s categories, classifies a new ticket and gives its reasons', async () => {
    await teach(40)
    const desk1 = await start()
    await trained(desk1, 40)
    const id = await open('Erreur de montant sur ma facture')
    await passed(desk1)
    const classified = (await events(id))[1]
    expect(classified).toMatchObject({
      type: 'TicketClassified',
      category: 'billing/invoice',
      classifier: 'model',
      version: (await desk1.engine.stored.card())?.version,
      by: { kind: 'system', id: 'classifier' },
    })
    if (classified?.type !== 'TicketClassified') throw new Error('not classified')
    expect(classified.confidence).toBeGreaterThan(0.6)
    expect(classified.reasons.map(({ evidence }) => evidence)).toContain('facture')
    expect((await desk.read('ticket', id)).state).toMatchObject({ category: 'billing/invoice', classified: true })
  })

  it('learns from corrections, not from customers’ choices or its own classifications', async () => {
    await teach(40)
    const desk1 = await start()
    await trained(desk1, 40)
    const corrected = await open('Erreur de montant sur ma facture')
    await open('ma facture', { by: customer }, 'account/login')
    await passed(desk1)
    expect(await desk1.engine.examples.count(undefined)).toMatchObject({ all: 40 })
    await send(corrected, { type: 'categorize', category: 'account/login' }, { by: agent })
    await send(corrected, { type: 'categorize', category: 'general' }, { by: agent })
    await passed(desk1)
    expect(await desk1.engine.examples.newest(1, undefined)).toMatchObject([
      { ticketId: corrected, category: 'general' },
    ])
    expect(await desk1.engine.examples.count(undefined)).toMatchObject({ all: 41 })
  })

  it('loads its model after a restart, and trains again when enough is new', async () => {
    await teach(40)
    const first = await start()
    await trained(first, 40)
    const card = await first.engine.stored.card()
    await first.stop()
    const second = await start()
    await passed(second)
    expect(await (await second.engine.classifier()).classify({ subject: 'facture montant', body: '' })).toMatchObject({
      by: { classifier: 'model', version: card?.version },
    })
    expect(await second.engine.stored.card()).toEqual(card)
    await teach(30)
    await until(async () => (await second.engine.stored.card())?.version !== card?.version)
    expect((await second.engine.stored.card())?.examples).toBeGreaterThanOrEqual(60)
  })

  it('does not classify while it has too few examples', async () => {
    await teach(10)
    const desk1 = await start()
    const id = await open('Erreur de montant sur ma facture')
    await passed(desk1)
    expect((await events(id)).map(({ type }) => type)).toEqual(['TicketOpened'])
    expect(await desk1.engine.stored.card()).toBeUndefined()
  })

  it('skips tickets that are imported, closed, old or have a category', async () => {
    const rules = [{ name: 'all', when: { text: ['facture'] }, set: { category: 'billing', priority: 'high' } }]
    const longAgo = instant(new Date(Date.now() - 3 * 86_400_000))
    const left = [
      await open('facture', { by: { kind: 'system', id: 'import' }, correlationId: importCorrelation('i1') }),
      await open('facture', { by: customer, at: longAgo }),
      await open('facture', { by: customer }, 'account'),
    ]
    const closed = await open('facture')
    await send(closed, { type: 'markSpam' }, { by: agent })
    const taken = await open('facture')
    await passed(await start({ rules }))
    for (const id of left) expect((await events(id)).map(({ type }) => type)).toEqual(['TicketOpened'])
    expect((await events(closed)).map(({ type }) => type)).toEqual(['TicketOpened', 'TicketClosed'])
    expect((await events(taken))[1]).toMatchObject({ category: 'billing', priority: 'high', classifier: 'rules' })
  })

  it('learns from the categories of imported history', async () => {
    const imported = { by: { kind: 'system', id: 'import' }, correlationId: importCorrelation('i1') } as const
    const id = await open('facture', imported, 'billing/invoice')
    const desk1 = await start()
    await passed(desk1)
    expect(await desk1.engine.examples.newest(9, undefined)).toMatchObject([
      { ticketId: id, category: 'billing/invoice' },
    ])
  })

  it('classifies once, however often it reads the history', async () => {
    const rules = [{ name: 'all', when: { text: ['facture'] }, set: { category: 'billing', tags: ['invoice'] } }]
    const id = await open('facture')
    const first = await start({ rules })
    await passed(first)
    await send(id, { type: 'untag', tag: 'invoice' }, { by: agent })
    await first.stop()
    await query('delete from guichet_workflows.reactions')
    await passed(await start({ rules }))
    expect((await events(id)).map(({ type }) => type)).toEqual(['TicketOpened', 'TicketClassified', 'TicketUntagged'])
  })

  it('takes effect although another sender has used an id that looks like its own, which nobody else can', async () => {
    const id = await open('facture')
    const [opened] = await store.readStream(streamName('ticket', id))
    const reply = { type: 'customerReply', body: 'Merci' } as const
    await send(id, reply, { by: customer, commandId: `${opened?.id}/classify` })
    const reserved = { by: customer, commandId: `classification/${opened?.id}` }
    expect(await desk.execute('ticket', id, reply, reserved)).toMatchObject({ refusal: { field: 'commandId' } })
    const rules = [{ name: 'all', when: { text: ['facture'] }, set: { category: 'billing' } }]
    await passed(await start({ rules }))
    expect((await events(id)).map(({ type }) => type)).toContain('TicketClassified')
  })

  it('reports a refused classification, and continues', async () => {
    const [refused, taken] = [await open('facture'), await open('connexion')]
    const rule = (word: string, tags: string[]) => ({
      name: word,
      when: { text: [word] },
      set: { category: 'a', tags },
    })
    const { rules: _, ...settings } = classificationSchema.parse({ learning })
    const rules = [rule('facture', ['x'.repeat(5_000)]), rule('connexion', ['short'])]
    const reported: string[] = []
    const onError = (error: unknown): void => void reported.push(String(error))
    await passed(await start({}, { settings: async () => ({ ...settings, rules }), onError }))
    expect((await events(refused)).map(({ type }) => type)).toEqual(['TicketOpened'])
    expect((await events(taken))[1]).toMatchObject({ type: 'TicketClassified', tags: ['short'] })
    expect(reported).toEqual([expect.stringMatching(/^Error: \w+: /)])
  })

  it('does not delay a ticket by another that takes a service long', async () => {
    const answer = JSON.stringify({ category: 'a', confidence: 0.8 })
    const completion = JSON.stringify({ choices: [{ message: { role: 'assistant', content: answer } }] })
    let release: (() => void) | undefined
    const server = createServer((request, response) => {
      void text(request).then((body) => {
        if (body.includes('lent')) release = () => void response.end(completion)
        else response.end(completion)
      })
    }).listen(0, '127.0.0.1')
    await once(server, 'listening')
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1`
    try {
      const slow = await open('lent')
      const others = [await open('rapide 1'), await open('rapide 2')]
      const categories = async () => ['a', 'b']
      const working = await start({}, { service: { url, model: 'm', timeoutMs: 60_000 }, categories })
      const isClassified = async (id: string): Promise<boolean> =>
        (await events(id)).some(({ type }) => type === 'TicketClassified')
      for (const id of others) await until(() => isClassified(id))
      await until(async () => release !== undefined)
      expect(await isClassified(slow)).toBe(false)
      release?.()
      await passed(working)
      expect(await isClassified(slow)).toBe(true)
    } finally {
      server.close()
      server.closeAllConnections()
    }
  })

  it('is not delayed by a service that does not answer', async () => {
    let requests = 0
    const server = createServer(() => void requests++).listen(0, '127.0.0.1')
    await once(server, 'listening')
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1`
    try {
      const rules = ['a', 'b'].map((name) => ({ name, when: { text: [name.repeat(20)] }, set: { category: name } }))
      const ids: string[] = []
      for (let n = 0; n < 60; n++) ids.push(await open(`rien ${n}`))
      const reported: string[] = []
      const service = { url, model: 'm', key: 'sk-secret', timeoutMs: 200 }
      const onError = (error: unknown): void => void reported.push(String(error))
      await passed(await start({ rules, fallback: { category: 'general' } }, { service, onError }))
      expect(requests).toBeLessThan(40)
      expect(reported).toHaveLength(requests)
      expect(reported.join()).not.toContain('sk-secret')
      for (const id of ids) expect((await events(id))[1]).toMatchObject({ category: 'general', classifier: 'fallback' })
    } finally {
      server.close()
      server.closeAllConnections()
    }
  })

  it('reports the error of a failing training, and then the version of the model', async () => {
    await teach(40)
    let broken = true
    const settings = async (): Promise<ClassificationSettings> =>
      broken ? Promise.reject(new Error('no settings')) : classificationSchema.parse({ learning })
    const working = await start({}, { settings, onError: () => undefined })
    const isFailing = () =>
      working.engine.status().then(
        () => false,
        (error: unknown) => String(error) === 'Error: no settings',
      )
    await until(isFailing)
    broken = false
    await until(async () => !(await isFailing()))
    await trained(working, 40)
    await until(async () => (await working.engine.status()).model !== undefined)
    expect((await working.engine.status()).model).toBe((await working.engine.stored.card())?.version)
  })

  it('learns in one process at a time', async () => {
    await teach(40)
    const [one, other] = [await start(), await start()]
    await trained(one, 40)
    const version = (await one.engine.stored.card())?.version
    const ticket = { subject: 'facture montant', body: '' }
    for (const { engine } of [one, other]) {
      await until(async () => (await (await engine.classifier()).classify(ticket))?.by.version === version)
    }
    let finish: (() => void) | undefined
    const held = one.engine.stored.alone(async () => {
      await new Promise<void>((resolve) => (finish = resolve))
      return true
    })
    await until(async () => finish !== undefined)
    expect(await other.engine.stored.alone(async () => expect.fail('two learn at once'))).toBeFalsy()
    finish?.()
    expect(await held).toBe(true)
    expect(await other.engine.stored.alone(async () => true)).toBe(true)
  })
})
