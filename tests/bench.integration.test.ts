import { join } from 'node:path'
import { beforeAll, expect, it } from 'vitest'
import { findPublishedChats, publishedChats } from '../tools/bench/src/published.ts'
import { guichet } from './process/guichet.ts'
import { root } from './workspace/sources.ts'

type Line = Readonly<Record<string, unknown>>

const published = findPublishedChats()
if (published === undefined) console.warn(`skipped: ${publishedChats.variable} does not say where the logs are`)
const measures = [
  'append',
  'clock-embedded',
  'clock-bridge',
  'chat-places',
  'activities',
  ...(published === undefined ? [] : ['chat-replay']),
]

let figures: readonly Line[]
const figuresOf = (name: string): readonly Line[] => figures.filter((line) => String(line['name']).startsWith(name))

const bench = join(root, 'tools/bench/dist/main.js')

/** A machine without a server for the clocks on Temporal. */
const nowhere = { TEMPORAL_ADDRESS: '', GUICHET_CACHE: '/nonexistent', PATH: '/usr/bin:/bin' }

beforeAll(async () => {
  const shortly = ['--quick', '--round-ms', '50', '--json']
  const run = guichet([...measures, ...shortly], nowhere, bench)
  expect(await run.exited, run.printed.err).toBe(0)
  const lines = run.printed.out.trim().split('\n')
  figures = lines.map((line) => JSON.parse(line) as Line)
})

it('prints a line of JSON for each measured figure', () => {
  const appends = figuresOf('append')
  expect(appends.map(({ name }) => name)).toEqual(['append-1', 'append-5'])
  for (const figure of appends) {
    expect(Object.keys(figure)).toEqual(['name', 'unit', 'guichet', 'peer', 'limit', 'target', 'met'])
    expect([figure['guichet'], figure['peer'], figure['limit']].every((rate) => Number(rate) > 0)).toBe(true)
  }
})

it('measures the clocks of a worker in a process of its own', () => {
  const clocks = figuresOf('clock-embedded')
  expect(clocks.map(({ name }) => name)).toEqual([
    'clock-embedded',
    'clock-embedded-p50',
    'clock-embedded-p99',
    'clock-embedded-200-p50',
    'clock-embedded-200-p99',
  ])
  expect(clocks.every(({ guichet }) => Number(guichet) > 0)).toBe(true)
})

it('reports that there is no server for the clocks on Temporal, when there is none', () => {
  const clocks = figuresOf('clock-bridge')
  expect(clocks.length).toBeGreaterThan(0)
  for (const figure of clocks) {
    expect(figure).toMatchObject({ guichet: null, skipped: expect.stringContaining('npm run temporal:install') })
  }
})

it('measures how soon a customer who waits sees a new position', () => {
  const places = figuresOf('chat-place')
  expect(places.map(({ name }) => name)).toEqual(['chat-place-p50', 'chat-place-p99'])
  expect(places.every(({ guichet }) => typeof guichet === 'number')).toBe(true)
})

it('measures activities by what a request holds, stores each that it acknowledges, and counts lost drafts', () => {
  const activities = figuresOf('activities')
  const loads = ['activities-1', 'activities-4', 'activities-20', 'activities-critical', 'activities-service']
  const ofLoads = loads.flatMap((load) =>
    ['processor', 'server', 'postgres', 'worker', 'p95'].map((part) => `${load}-${part}`),
  )
  expect(activities.map(({ name }) => name)).toEqual([
    'activities',
    'activities-taken-p95',
    'activities-miscounted',
    'activities-reply-alone-p95',
    'activities-reply-p95',
    'activities-draft-p50',
    'activities-draft-p99',
    'activities-drafts-lost',
    'activities-idle',
    ...ofLoads,
  ])
  expect(activities.every(({ guichet }) => typeof guichet === 'number')).toBe(true)
  const measured = new Map(activities.map((figure) => [figure['name'], figure]))
  expect(measured.get('activities-miscounted')).toMatchObject({ guichet: 0, target: 0, met: true })
  expect(measured.get('activities-drafts-lost')).toMatchObject({ target: 0 })
  expect(measured.get('activities')).toMatchObject({ target: 1_980 })
  const withAim = activities.filter(({ name, target }) => String(name).endsWith('-processor') && target !== null)
  expect(withAim.map(({ name }) => name)).toEqual(['activities-4-processor'])
})

it.skipIf(published === undefined)(
  'replays ten minutes of a support channel: each line is heard and shown once, in the order of the log',
  () => {
    const measured = new Map(figuresOf('chat-replay').map(({ name, guichet }) => [name, guichet]))
    expect(measured.get('chat-replay-chats')).toBe(3)
    expect(measured.get('chat-replay-sent')).toBe(14)
    expect(measured.get('chat-replay-wrong')).toBe(0)
  },
)

it('names the measures where there is none of a name', async () => {
  const run = guichet(['nothing'], nowhere, bench)
  expect(await run.exited).toBe(2)
  expect(run.printed.err).toMatch(/^there is no measure nothing; there are append, commands, .*\n$/)
})
