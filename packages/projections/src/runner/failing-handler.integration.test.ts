import { expect, it } from 'vitest'
import { harnessPerTest, sampleEvent, tallyProjection } from '../testing/index.ts'
import type { ProjectionError } from './failure.ts'

const open = harnessPerTest()

it('stops a projection at the event that its handler cannot process, while the others continue', async () => {
  let broken = true
  const picky = tallyProjection({
    name: 'picky',
    before: (events) => {
      if (broken && events.some(({ id }) => id === 'ticket-11/1')) throw new Error('cannot take this')
    },
  })
  const tally = tallyProjection()
  const stopped: { projection: string; error: ProjectionError }[] = []
  const { runner, record, rowsOf } = await open([picky, tally], { onStopped: (each) => stopped.push(each) })
  await runner.start()
  for (let n = 0; n < 40; n++) await record(`ticket-${n}`, sampleEvent())
  await runner.caughtUp()

  expect(stopped).toMatchObject([
    { projection: 'picky', error: { eventId: 'ticket-11/1', message: 'cannot take this' } },
  ])
  expect((await rowsOf(tally))['tally']).toHaveLength(40)
  expect((await rowsOf(picky))['picky']).toHaveLength(11)
  expect(await runner.status()).toMatchObject([
    { name: 'picky', state: 'stopped', lag: 29, error: { eventId: 'ticket-11/1', message: 'cannot take this' } },
    { name: 'tally', state: 'live', lag: 0, error: undefined },
  ])
  expect(await runner.stopped()).toEqual(['picky'])
  expect((await runner.metrics()).lastError?.message).toContain('cannot take this')

  broken = false
  expect(await runner.resume('picky')).toBe(true)
  await expect
    .poll(async () => (await runner.status()).map(({ state, lag }) => [state, lag]))
    .toEqual([
      ['live', 0],
      ['live', 0],
    ])
  expect((await rowsOf(picky))['picky']).toHaveLength(40)
  expect(await runner.resume('picky')).toBe(false)
  expect(await runner.stopped()).toEqual([])
})

it('resumes a stopped projection after a rebuild', async () => {
  let broken = true
  const picky = tallyProjection({
    name: 'picky',
    before: () => {
      if (broken) throw new Error('not today')
    },
  })
  const { runner, record, rowsOf } = await open([picky])
  await runner.start()
  await record('ticket-1', sampleEvent())
  await runner.caughtUp()
  expect(await runner.status()).toMatchObject([{ state: 'stopped' }])
  await expect.poll(async () => (await runner.status())[0]?.state).toBe('stopped')
  broken = false
  await runner.rebuild('picky')
  await runner.caughtUp()
  expect(await runner.status()).toMatchObject([{ state: 'live', generation: 2, lag: 0 }])
  expect((await rowsOf(picky))['picky']).toHaveLength(1)
})

it('passes an event that fails only intermittently', async () => {
  let failures = 2
  const moody = tallyProjection({
    before: () => {
      if (failures-- > 0) throw new Error('try again')
    },
  })
  const { runner, record, rowsOf } = await open([moody])
  await runner.start()
  await record('ticket-1', sampleEvent())
  await runner.caughtUp()
  expect((await rowsOf(moody))['tally']).toHaveLength(1)
})
