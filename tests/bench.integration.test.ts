import { expect, it } from 'vitest'
import { findPublishedChats, publishedChats } from '../packages/api/src/bench/published.ts'
import { guichetOutput } from './process/guichet.ts'

type Line = Readonly<Record<string, unknown>>

async function figuresOf(name: string, environment: Record<string, string> = {}): Promise<readonly Line[]> {
  const lines = (await guichetOutput(['bench', name, '--quick', '--json'], environment)).trim().split('\n')
  return lines.map((line) => JSON.parse(line) as Line)
}

it('prints a line of JSON for each measured figure', async () => {
  const figures = await figuresOf('append')
  expect(figures.map(({ name }) => name)).toEqual(['append-1', 'append-5'])
  for (const figure of figures) {
    expect(Object.keys(figure)).toEqual(['name', 'unit', 'guichet', 'peer', 'limit', 'target', 'met'])
    expect([figure['guichet'], figure['peer'], figure['limit']].every((rate) => Number(rate) > 0)).toBe(true)
  }
})

it('measures the clocks of a worker in a process of its own', async () => {
  const figures = await figuresOf('clock-embedded')
  expect(figures.map(({ name }) => name)).toEqual([
    'clock-embedded',
    'clock-embedded-p50',
    'clock-embedded-p99',
    'clock-embedded-200-p50',
    'clock-embedded-200-p99',
  ])
  expect(figures.every(({ guichet }) => Number(guichet) > 0)).toBe(true)
})

it('reports that there is no server for the clocks on Temporal, when there is none', async () => {
  const nowhere = { TEMPORAL_ADDRESS: '', GUICHET_CACHE: '/nonexistent', PATH: '/usr/bin:/bin' }
  for (const figure of await figuresOf('clock-bridge', nowhere)) {
    expect(figure).toMatchObject({ guichet: null, skipped: expect.stringContaining('npm run temporal:install') })
  }
})

it('measures how soon a customer who waits sees a new position', async () => {
  const figures = await figuresOf('chat-places')
  expect(figures.map(({ name }) => name)).toEqual(['chat-place-p50', 'chat-place-p99'])
  expect(figures.every(({ guichet }) => typeof guichet === 'number')).toBe(true)
})

const published = findPublishedChats()
if (published === undefined) console.warn(`skipped: ${publishedChats.variable} does not say where the logs are`)

it.skipIf(published === undefined)(
  'replays ten minutes of a support channel: each line is heard and shown once, in the order of the log',
  { timeout: 120_000 },
  async () => {
    const figures = await figuresOf('chat-replay')
    const measured = new Map(figures.map(({ name, guichet }) => [name, guichet]))
    expect(measured.get('chat-replay-chats')).toBe(3)
    expect(measured.get('chat-replay-sent')).toBe(14)
    expect(measured.get('chat-replay-wrong')).toBe(0)
  },
)
