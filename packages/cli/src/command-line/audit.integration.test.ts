import { randomUUID } from 'node:crypto'
import { readFile, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { createDesk, guichetEvents, instant, isHoldout, suspectCommand } from '@guichet/domain'
import type { Desk } from '@guichet/domain'
import { exampleSuspicion } from '@guichet/domain/testing'
import pg from 'pg'
import { postgresStore } from '@guichet/eventstore'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { useCli } from './testing.ts'

const cli = useCli({ beforeAll, afterAll })
const zoe = { kind: 'customer', id: 'zoe' } as const
const emma = { kind: 'agent', id: 'emma', name: 'Emma' } as const
const admin = { kind: 'agent', id: 'camille' } as const

async function onDesk(work: (desk: Desk) => Promise<void>): Promise<void> {
  const store = await postgresStore({ connectionString: cli.databaseUrl, catalogue: guichetEvents })
  await work(createDesk({ store, now: () => instant(new Date()), newId: randomUUID }))
  await store.close()
}

beforeAll(() =>
  onDesk(async (desk) => {
    const [customer, file] = [
      { id: 'zoe' },
      { name: 'a.txt', bytes: 3, sha256: 'a'.repeat(64), mediaType: 'text/plain' },
    ]
    await desk.execute('customer', 'zoe', { type: 'register', firstName: 'Zoé' }, { by: emma })
    const opening = {
      type: 'open',
      messageId: 'first',
      subject: 'Carte 4970',
      body: 'Ma carte 4970',
      customer,
    } as const
    await desk.execute('ticket', 't', opening, { by: zoe })
    await desk.execute('file', 'scanned', { type: 'store', owner: 'ticket-t', ...file, scan: true }, { by: zoe })
    await desk.execute('file', 'gone', { type: 'store', owner: 'ticket-t', ...file, scan: false }, { by: zoe })
    const message = { messageId: 'm', body: 'Mon code est xylophone' }
    await desk.startChat('c', { customer, channel: 'web', message }, { by: zoe })
  }),
)

type Entry = {
  readonly stream: string
  readonly version: number
  readonly type: string
  readonly actor: { readonly kind: string; readonly id: string }
  readonly payload?: object
}

async function audit(
  ...args: readonly string[]
): Promise<{ readonly entries: readonly Entry[]; readonly next: unknown }> {
  const { code, out, err } = await cli.run('audit', '--json', ...args)
  expect([code, err]).toEqual([0, ''])
  return JSON.parse(out) as { entries: readonly Entry[]; next: unknown }
}

async function done(...args: readonly string[]): Promise<void> {
  expect(await cli.run(...args)).toMatchObject({ code: 0 })
}

describe('who does it at the command line', () => {
  const commandLine = { kind: 'system', id: 'command-line' }

  it('is whom --by names, or else command-line, in the events of every command that leaves one', async () => {
    const config = join(cli.folder, 'desk.yaml')
    await done('config', 'export', '--output', config)
    await done('config', 'apply', config, '--by', 'camille')
    await done('files', 'release', 'scanned', '--reason', 'by hand', '--by', 'camille')
    await done('files', 'delete', 'gone', '--reason', 'asked for', '--by', 'camille')
    await done('token', 'revoke', '--jti', 'lost', '--by', 'camille')
    await done('token', 'revoke', '--id', 'zoe')
    const records = join(cli.folder, 'customers.csv')
    await writeFile(records, 'id,firstName\nmax,Max\n')
    await done('customers', 'import', records, '--name', 'old', '--by', 'camille')
    await done('import', 'undo', 'old')
    const { entries } = await audit('--actor', 'camille')
    expect(entries.map(({ type, actor }) => [type, actor])).toEqual(
      ['ImportCompleted', 'ImportStarted', 'TokensRevoked', 'FileDeleted', 'FileScanned', 'ConfigurationApplied'].map(
        (type) => [type, admin],
      ),
    )
    const { entries: others } = await audit('--actor', 'command-line')
    expect(others.map(({ type, actor }) => [type, actor])).toEqual(
      ['ImportWithdrawn', 'ImportWithdrawalStarted', 'TokensRevoked'].map((type) => [type, commandLine]),
    )
  })

  it('is in the event that a dismissed event leaves, and in none where nothing was parked', async () => {
    await done('reactions', 'status')
    const database = new pg.Client({ connectionString: cli.databaseUrl })
    await database.connect()
    for (const reaction of ['one', 'two'])
      await database.query(
        `insert into guichet_workflows.parked_events (reaction, event_id, stream, version, position, type, attempts, retry_at)
         values ($1, 'event-1', 'ticket-t', 1, '0-0', 'TicketOpened', 1, now() + interval '1 day')`,
        [reaction],
      )
    await database.end()
    await done('reactions', 'dismiss', 'event-1', '--by', 'camille')
    expect(await cli.run('reactions', 'dismiss', 'event-1')).toMatchObject({ code: 1 })
    const { entries } = await audit('--type', 'ParkedEventDismissed', '--payload')
    expect(entries).toMatchObject([{ actor: admin, payload: { eventId: 'event-1', reactions: 2 } }])
  })

  it('may not be a name of the engine’s own', async () => {
    const { code, err } = await cli.run('token', 'revoke', '--jti', 'x', '--by', 'Clock')
    expect([code, err]).toEqual([2, expect.stringContaining('engine’s own')])
  })
})

describe('an export', () => {
  it('leaves an event that says who, what and how many, and nothing of the people', async () => {
    const [csv, lines] = [join(cli.folder, 'out.csv'), join(cli.folder, 'out.ndjson')]
    await done('customers', 'export', csv, '--by', 'camille')
    await done('customers', 'export', lines, '--organisations')
    await done('chats', 'export', 'c', '--as', 'desk', '--out', join(cli.folder, 'c.txt'), '--by', 'camille')
    expect(await readFile(csv, 'utf8')).toContain('Zoé')
    const { entries } = await audit('--type', 'DataExported', '--payload')
    expect(entries.map(({ actor: { id }, payload }) => [id, payload])).toEqual([
      ['camille', { exported: 'chat', format: 'txt', rows: 1, chatId: 'c', audience: 'desk' }],
      ['command-line', { exported: 'organisations', format: 'ndjson', rows: 0 }],
      ['camille', { exported: 'customers', format: 'csv', rows: expect.any(Number) as number }],
    ])
    expect(JSON.stringify(entries)).not.toMatch(/zo[eé]/i)
  })

  it('that cannot be written leaves neither event nor file', async () => {
    const before = (await audit('--type', 'DataExported')).entries.length
    const nowhere = join(cli.folder, 'nowhere', 'out')
    expect(await cli.run('customers', 'export', `${nowhere}.csv`)).toMatchObject({ code: 2 })
    expect(await cli.run('chats', 'export', 'c', '--out', `${nowhere}.txt`)).toMatchObject({ code: 2 })
    expect(await cli.run('chats', 'export', 'none', '--out', join(cli.folder, 'none.txt'))).toMatchObject({ code: 1 })
    await expect(stat(join(cli.folder, 'none.txt'))).rejects.toThrow('ENOENT')
    expect((await audit('--type', 'DataExported')).entries).toHaveLength(before)
  })
})

describe('guichet audit', () => {
  it('shows a page after the other, the last recorded first, as the filters say', async () => {
    const all = (await audit('--limit', '1000')).entries
    const pages: Entry[] = []
    for (let next: unknown = undefined; next !== null;) {
      const page = await audit('--limit', '4', ...(typeof next === 'string' ? ['--before', next] : []))
      pages.push(...page.entries)
      next = page.next
    }
    expect(pages).toEqual(all)
    const ofTicket = await audit('--stream', 'ticket-t', '--actor', 'zoe', '--type', 'TicketOpened', 'TicketRenamed')
    expect(ofTicket.entries.map(({ stream, version, type }) => [stream, version, type])).toEqual([
      ['ticket-t', 1, 'TicketOpened'],
    ])
    expect((await audit('--from', '2999-01-01T00:00Z')).entries).toEqual([])
    expect((await audit('--to', '2999-01-01T00:00Z', '--limit', '1000')).entries).toEqual(all)
    const { out } = await cli.run('audit', '--limit', '1')
    expect(out).toMatch(/^at +by +type +event +reason\n.*\nand earlier ones: --before \S+@\d+$/)
    expect((await cli.run('audit', '--stream', 'ticket-none')).out).toBe('no such events')
  })

  it('refuses a page after an event that there is not', async () => {
    for (const before of ['ticket-t@900', 'ticket-t', 'x@0']) {
      expect(await cli.run('audit', '--before', before)).toMatchObject({
        code: 2,
        err: expect.stringContaining('--before'),
      })
    }
  })

  it('shows payloads without what was removed since', async () => {
    const carte = JSON.stringify(await audit('--stream', 'ticket-t', '--payload'))
    expect(carte).toContain('Ma carte 4970')
    expect(JSON.stringify(await audit('--stream', 'chat-c', '--payload'))).toContain('xylophone')
    await onDesk(async (desk) => {
      const removal = { type: 'redactMessage', messageId: 'first', subject: 'Une carte' } as const
      expect(await desk.execute('ticket', 't', removal, { by: emma })).toMatchObject({ ok: true })
      expect(await desk.execute('chat', 'c', { type: 'redact', messageId: 'm' }, { by: zoe })).toMatchObject({
        ok: true,
      })
    })
    const left = JSON.stringify(await audit('--limit', '1000', '--payload'))
    expect(left).not.toMatch(/carte 4970|xylophone/i)
    expect(left).toContain('Une carte')
  })

  it('shows payloads of drafts without what was removed from their tickets', async () => {
    const suspicion = exampleSuspicion()
    const ids = ['ida', 'joe', 'max', 'eve', 'lea']
    const customerId = ids.find((id) => !isHoldout(id, suspicion.fingerprint, 0.05)) ?? ''
    const engine = { by: { kind: 'system', id: 'proactive' } } as const
    const text = { subject: 'Une erreur', body: 'Elle revient.', language: 'fr' }
    const payloads = async () => JSON.stringify(await audit('--stream', `draft-${customerId}`, '--payload'))
    await onDesk(async (desk) => {
      await desk.engine.execute('draft', customerId, suspectCommand(suspicion, 'rules', text), engine)
      const opening = { type: 'open', number: 1, ticketId: 'of-draft', body: 'Mon code est clarinette' } as const
      const by = { kind: 'customer', id: customerId } as const
      expect(await desk.execute('draft', customerId, opening, { by })).toMatchObject({ ok: true })
    })
    expect(await payloads()).toContain('clarinette')
    await onDesk(async (desk) => {
      await desk.engine.execute('draft', customerId, { type: 'redact', number: 1, body: 'Mon code' }, engine)
    })
    expect(await payloads()).not.toContain('clarinette')
    expect(await payloads()).toContain('"body":"Mon code"')
  })
})
