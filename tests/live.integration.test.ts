import { pino } from 'pino'
import { createTestDatabase } from '@guichet/eventstore/testing'
import pg from 'pg'
import { expect, it } from 'vitest'
import { startEngine } from '../packages/cli/src/engine/engine.ts'
import { readEnvironment } from '../packages/cli/src/environment/environment.ts'
import type { CallSignal } from '../packages/api/src/live/call-signals.ts'
import { longestSignal } from '../packages/api/src/live/call-signals.ts'
import { personKey } from '../packages/api/src/live/presence.ts'

const log = pino({ level: 'silent' })

it('typing, presence and signals of calls are shared by two engines on one database, also after its connections were cut', async () => {
  const database = await createTestDatabase()
  const environment = readEnvironment({ DATABASE_URL: database.url })
  const one = await startEngine(environment, { serves: true, log })
  const other = await startEngine(environment, { serves: true, log })
  const shown: string[][] = []
  other.live.typing.follow('chat-1', (typists) => void shown.push(typists.map(({ person }) => person)))
  const tab = one.live.presence.connect('customer:zoe')
  await expect
    .poll(() => {
      one.live.typing.beat('chat-1', 'customer:zoe')
      return shown
    })
    .toEqual([['customer:zoe']])
  await expect.poll(() => other.live.presence.of('customer:zoe').status).toBe('online')
  one.live.typing.end('chat-1', 'customer:zoe')
  await expect.poll(() => shown).toEqual([['customer:zoe'], []])

  const client = new pg.Client({ connectionString: database.url })
  await client.connect()
  await client.query(`select pg_terminate_backend(pid) from pg_stat_activity
    where datname = current_database() and query ilike 'listen guichet_ephemeral%'`)
  await client.end()
  for (const character of ['|', '漢', '𠀀', '"']) {
    const [chat, person] = [`chat-${character.repeat(128)}`, personKey('customer', character.repeat(200))]
    const seen: (readonly string[])[] = []
    other.live.typing.follow(chat, (typists) => void seen.push(typists.map((each) => each.person)))
    const longer = one.live.presence.connect(person)
    await expect
      .poll(() => {
        one.live.typing.end(chat, person)
        one.live.typing.beat(chat, person)
        return seen.at(-1)
      })
      .toEqual([person])
    await expect.poll(() => other.live.presence.of(person).status).toBe('online')
    longer.end()
  }
  const signals: CallSignal[] = []
  other.live.callSignals.follow('call', (signal) => void signals.push(signal))
  const sent = ['x', '漢', '😀', '"', '\u0001', '\ud800'].map((character, n): CallSignal => ({
    id: `${n}`,
    from: 'customer',
    data: character.repeat(longestSignal),
  }))
  for (const signal of sent) one.live.callSignals.send('call', signal)
  await expect.poll(() => signals.length).toBe(sent.length)
  expect(signals.map(({ data }, n) => data === sent[n]?.data)).toEqual(sent.map(() => true))

  const phone = one.live.presence.connect('customer:max')
  await expect.poll(() => other.live.presence.of('customer:max').status).toBe('online')
  await expect
    .poll(() => {
      one.live.typing.beat('chat-1', 'customer:max')
      one.live.typing.end('chat-1', 'customer:max')
      one.live.typing.beat('chat-1', 'customer:max')
      return shown.at(-1)
    })
    .toEqual(['customer:max'])
  phone.end()
  tab.end()
  await Promise.all([one.stop(), other.stop()])
  await database.drop()
})
