import { randomUUID } from 'node:crypto'
import { createDesk, guichetEvents, instant } from '@guichet/domain'
import { ticketInstants } from '@guichet/projections'
import type { PostgresStore } from '@guichet/eventstore'
import { openPool, postgresStore } from '@guichet/eventstore'
import { appendSlowly } from '@guichet/eventstore/testing'
import type { Pool } from 'pg'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import type { Engine } from '../engine/engine.ts'
import { startEngine } from '../engine/engine.ts'
import { readEnvironment } from '../environment/environment.ts'
import { logger } from './context.ts'
import { useCli } from './testing.ts'

const cli = useCli({ beforeAll, afterAll })
const by = { kind: 'agent', id: 'ann', name: 'Ann' } as const

beforeAll(async () => {
  const environment = readEnvironment({ DATABASE_URL: cli.databaseUrl, GUICHET_HOME: cli.folder })
  const engine = await startEngine(environment, { serves: false, log: logger(environment, 'error') })
  try {
    await fill(engine)
  } finally {
    await engine.stop()
  }
})

async function fill({ desk }: Engine): Promise<void> {
  const open = (id: string, subject: string, customer: string, priority: 'normal' | 'urgent') =>
    desk.execute('ticket', id, { type: 'open', subject, body: 'x', customer: { id: customer }, priority }, { by })
  await open('abc-1', 'A blank page', 'carl', 'urgent')
  await open('abc-2', 'An invoice', 'cleo', 'normal')
  await open('abd-3', 'A parcel', 'carl', 'normal')
  await desk.execute('customer', 'cora', { type: 'register' }, { by })
  await desk.execute('ticket', 'abc-2', { type: 'assign', assignee: { id: 'ann' } }, { by })
  await desk.execute('ticket', 'abd-3', { type: 'agentReply', body: 'Here.', then: 'resolved' }, { by })
}

type Listed = { readonly tickets: readonly { readonly id: string }[]; readonly more: boolean }

async function ids(...filters: readonly string[]): Promise<readonly string[]> {
  const { out, err } = await cli.run('tickets', '--order', 'opened', '--json', ...filters)
  expect(err).toBe('')
  return (JSON.parse(out) as Listed).tickets.map(({ id }) => id)
}

describe('guichet tickets', () => {
  it.each([
    [[], ['abd-3', 'abc-2', 'abc-1']],
    [
      ['--status', 'new'],
      ['abc-2', 'abc-1'],
    ],
    [['--status', 'resolved', 'closed'], ['abd-3']],
    [['--priority', 'urgent'], ['abc-1']],
    [
      ['--customer', 'carl'],
      ['abd-3', 'abc-1'],
    ],
    [['--assignee', 'ann'], ['abc-2']],
    [
      ['--assignee', 'nobody'],
      ['abd-3', 'abc-1'],
    ],
    [['--search', 'invoice'], ['abc-2']],
    [['--search', '#3'], ['abd-3']],
    [
      ['--id', 'abc'],
      ['abc-2', 'abc-1'],
    ],
    [['--id', 'abc', '--customer', 'carl'], ['abc-1']],
    [['--id', 'zzz'], []],
  ])('with %j lists %j', async (filters, expected) => {
    expect(await ids(...filters)).toEqual(expected)
  })

  it('shows a line for each ticket, and says when there are more', async () => {
    const { out } = await cli.run('tickets', '--order', 'opened', '--limit', '2')
    expect(out.split('\n')).toEqual([
      expect.stringMatching(/^number +ticket +status +priority/),
      expect.stringMatching(/^3 +abd-3 +resolved +normal .*A parcel$/),
      expect.stringMatching(/^2 +abc-2 .*An invoice$/),
      'and more than these 2',
    ])
  })

  it('sorts by every instant of a ticket, and shows it', async () => {
    const { out } = await cli.run('tickets', '--help')
    const orders = [...(/--order[^(]*\(choices: ([^)]*), default/.exec(out)?.[1] ?? '').matchAll(/"([^"]*)"/g)]
    const names = orders.map(([, name]) => name ?? '')
    const called = (instant: string) =>
      instant.replace(/At$/, '').replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)
    expect(names.sort()).toEqual([...ticketInstants.map(called), 'due', 'priority'].sort())
    for (const name of names) {
      const { code, out } = await cli.run('tickets', '--order', name)
      const shown = name === 'due' || name === 'priority' ? 'updated' : name.replaceAll('-', ' ')
      expect([name, code, out.split('\n')[0]]).toEqual([name, 0, expect.stringContaining(` ${shown} `)])
    }
  })

  it.each([
    ['customer-waiting-since', ['abc-1', 'abc-2', 'abd-3']],
    ['last-reply', ['abc-1', 'abc-2', 'abd-3']],
    ['resolved', ['abd-3', 'abc-2', 'abc-1']],
  ])('sorted by %s begins with what to look at, and ends with the tickets without it', async (order, expected) => {
    const { out } = await cli.run('tickets', '--order', order, '--json', '--id', 'ab')
    expect((JSON.parse(out) as Listed).tickets.map(({ id }) => id)).toEqual(expected)
  })

  it('refuses a category that the desk does not have', async () => {
    expect(await cli.run('tickets', '--category', 'nope')).toMatchObject({
      code: 1,
      err: expect.stringMatching(/^error category_unknown: /) as string,
    })
  })
})

describe('guichet replay', () => {
  it('takes the beginning of an id that no other ticket shares', async () => {
    const { code, out } = await cli.run('replay', 'abd')
    expect({ code, first: out.split('\n')[0] }).toEqual({ code: 0, first: 'abd-3 “A parcel”' })
  })

  it.each(['3', '#3'])('takes the number %s', async (number) => {
    const { code, out } = await cli.run('replay', number)
    expect({ code, first: out.split('\n')[0] }).toEqual({ code: 0, first: 'abd-3 “A parcel”' })
  })

  it('names the tickets whose ids begin alike', async () => {
    expect(await cli.run('replay', 'abc')).toEqual({
      code: 1,
      out: '',
      err: 'error ticket_ambiguous: the ids of 2 tickets begin with abc: abc-1, abc-2 (give more of it)',
    })
  })

  it('points to the audit trail of a stream that is neither ticket nor chat nor incident', async () => {
    const hint = 'guichet audit --stream customer-cora lists the events of the stream'
    expect(await cli.run('replay', 'customer-cora')).toMatchObject({
      code: 1,
      err: expect.stringContaining(
        `error ticket_not_found: there is no ticket or chat customer-cora; ${hint}`,
      ) as string,
    })
    expect((await cli.run('replay', 'customer-nobody')).err).not.toContain('audit')
  })

  it('points to the list where no ticket is called so', async () => {
    expect(await cli.run('replay', 'nope')).toMatchObject({
      code: 1,
      err: 'error ticket_not_found: there is no ticket or chat nope (guichet tickets and guichet chats list list them)',
    })
  })
})

describe('guichet tickets beside an append that takes long', () => {
  const opening = { type: 'open', subject: 'A late one', body: 'x', customer: { id: 'carl' } } as const
  const at = instant(new Date())
  const event = { type: 'CustomerRegistered', at, by, details: {} } as const
  const slowly = () =>
    appendSlowly(cli.databaseUrl, guichetEvents, {
      stream: 'customer-slow',
      expectedVersion: 0,
      commandId: randomUUID(),
      events: [event],
    })
  let pool: Pool
  let store: PostgresStore
  const open = async (id: string): Promise<void> => {
    const desk = createDesk({ store, now: () => at, newId: randomUUID })
    expect(await desk.execute('ticket', id, opening, { by })).toMatchObject({ ok: true })
  }
  beforeAll(async () => {
    pool = openPool({ connectionString: cli.databaseUrl, maxConnections: 2 })
    store = await postgresStore({ pool, catalogue: guichetEvents })
  })
  afterAll(async () => {
    await store.close()
    await pool.end()
  })

  it('waits until it can show every ticket that was acknowledged', async () => {
    const slow = await slowly()
    await open('late-1')
    const listed = ids('--customer', 'carl')
    await vi.waitUntil(async () => {
      const { rowCount } = await pool.query('select from guichet_projections.generations where owner is not null')
      return rowCount !== 0
    })
    await slow.rollback()
    expect(await listed).toContain('late-1')
  })

  it('shows what it can when the append does not end, and names it', async () => {
    const slow = await slowly()
    await open('late-2')
    const { code, out, err } = await cli.run('tickets', '--customer', 'carl', '--json')
    expect(code).toBe(0)
    expect(out).not.toContain('late-2')
    expect(err).toMatch(
      /^warning events_hidden: 1 stored event is not shown while an older append is open: process \d+ of /,
    )
    await slow.rollback()
  })
})
