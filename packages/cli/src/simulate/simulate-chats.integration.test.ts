import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { AgentEvent, AgentState, Instant } from '@guichet/domain'
import { evolveAgent, guichetEvents, loadOf } from '@guichet/domain'
import { postgresStore } from '@guichet/eventstore'
import type { Counted } from '@guichet/projections/testing'
import { answersOf, count, figuresOf } from '@guichet/projections/testing'
import { useCli } from '../command-line/testing.ts'

/** An event as it was recorded. */
type Recorded = Parameters<typeof count>[1]

/** More of them make a busier desk: a week of a real one has some thousands. */
const visits = process.env['GUICHET_TEST_CHATS'] ?? '250'

type Summary = {
  readonly events: number
  readonly end: Instant
  readonly figures: object
  readonly targets: { readonly total: object }
  readonly waits: { readonly estimates: number; readonly medianError: number | null }
}

const cli = useCli({ beforeAll, afterAll })

describe('a simulated week of chats', { timeout: 600_000 }, () => {
  const options = ['simulate', '--chats', visits, '--days', '7', '--seed', 'w', '--start', '2026-01-05T00:00:00Z']
  let summary: Summary
  let events: readonly Recorded[]
  const simulated = async (): Promise<Summary> => JSON.parse((await cli.run(...options, '--json')).out) as Summary

  beforeAll(async () => {
    summary = await simulated()
    const store = await postgresStore({ connectionString: cli.databaseUrl, catalogue: guichetEvents })
    events = (await store.readAll({ limit: 10_000_000 })) as readonly Recorded[]
    await store.close()
  }, 600_000)

  it('has the figures and the answer times of an independent count of its events', () => {
    const counted: Counted = { chats: new Map(), agents: new Map() }
    for (const event of events) count(counted, event)
    const chats = [...counted.chats.values()]
    expect(chats.length).toBeGreaterThan(200)
    expect(summary.figures).toEqual(figuresOf(chats, summary.end))
    expect(summary.targets.total).toMatchObject(answersOf(events, summary.end))
  })

  it('shows what a desk of chats lives through', () => {
    const types = new Set<string>(events.map(({ event }) => event.type))
    for (const type of [
      'ChatOfferDeclined',
      'ChatOfferExpired',
      'ChatTransferRequested',
      'ChatTransferred',
      'ChatAnswerOverdue',
      'ChatInactivityWarned',
      'ChatCustomerDisconnected',
      'ChatMessagesRead',
      'ChatRated',
      'ChatReopened',
      'ChatConverted',
      'TicketOpened',
    ])
      expect(types).toContain(type)
    const reasons = new Set(events.flatMap(({ event }) => (event.type === 'ChatClosed' ? [event.reason] : [])))
    for (const reason of ['solved', 'left', 'abandoned', 'inactive', 'converted', 'spam'])
      expect(reasons).toContain(reason)
  })

  it('never gives an agent a fourth chat', () => {
    const agents = new Map<string, AgentState>()
    let most = 0
    for (const { stream, event } of events) {
      if (!stream.startsWith('agent-')) continue
      const state = evolveAgent(agents.get(stream) ?? { status: 'absent' }, event as AgentEvent)
      agents.set(stream, state)
      if (state.status !== 'absent') most = Math.max(most, loadOf(state).chat)
    }
    expect(most).toBe(3)
  })

  it('has no events outside of its time', () => {
    const own = events.filter(({ stream }) => !stream.startsWith('import-'))
    expect(own.filter(({ event: { at } }) => at < '2026-01-05' || at > summary.end)).toEqual([])
  })

  it('adds nothing when it is run again', async () => {
    expect(await simulated()).toMatchObject({ events: 0, figures: summary.figures, waits: summary.waits })
  })
})
