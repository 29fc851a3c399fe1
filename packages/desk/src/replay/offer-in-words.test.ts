import { beforeEach, describe, expect, it } from 'vitest'
import type { Desk, TicketCommandInput } from '@guichet/domain'
import { candidateTable } from '@guichet/domain'
import { replayTicket } from './replay.ts'
import type { ReplayedTicket } from './testing/replayed-ticket.ts'
import { at, opening, quietDesk, system, continueWith } from './testing/replayed-ticket.ts'

let desk: Desk
const send = (...step: ReplayedTicket) => continueWith(desk, ...step)

beforeEach(() => void (desk = quietDesk()))

describe('why an agent is offered a ticket', () => {
  it('names the best candidates with the parts of their scores, and how many were none', async () => {
    await send('09:00', system, opening)
    const ids = ['ann', 'ben', 'cleo', 'dan', 'eve', 'fay']
    const candidates = candidateTable(
      ['language', 'workload'],
      ids.map((agentId, n) => ({ agentId, score: 50 - n, parts: [20, 30 - n] })),
    )
    await send('09:01', system, {
      type: 'route',
      round: 1,
      agent: { id: 'ann' },
      agentVersion: 1,
      strategy: 'score',
      candidates,
      excluded: { full: 2, off_shift: 1 },
      policyVersion: 'c-1',
    })
    const entry = (await replayTicket(desk, 'T'))?.entries.at(-1)
    expect(entry).toMatchObject({
      type: 'TicketRouted',
      why: 'score 50, of 6 who could take it',
      shows: [
        'ann 50 = language 20 + workload 30',
        'ben 49 = language 20 + workload 29',
        'cleo 48 = language 20 + workload 28',
        'dan 47 = language 20 + workload 27',
        'eve 46 = language 20 + workload 26',
        '… 1 more',
        'not asked: 2 full, 1 off_shift',
      ],
      data: { round: 1, candidates, excluded: { full: 2, off_shift: 1 } },
    })
  })
})

describe('among equals', () => {
  const offered = async (strategy: string, parts: readonly string[], points: readonly number[], equals?: object[]) => {
    await send('09:00', system, opening)
    const ids = ['ben', 'cleo', 'dan']
    const score = points.reduce((sum, point) => sum + point, 0)
    await send('09:01', system, {
      type: 'route',
      round: 1,
      agent: { id: 'cleo', name: 'Cleo' },
      agentVersion: 1,
      strategy,
      candidates: candidateTable(
        parts,
        ids.map((agentId) => ({ agentId, score, parts: points })),
      ),
      ...(equals && { equals }),
      excluded: {},
      policyVersion: 'c-1',
    } as TicketCommandInput)
    const { why, shows } = (await replayTicket(desk, 'T'))!.entries.at(-1)!
    return [why, ...shows]
  }
  const equals = [
    { agentId: 'cleo' },
    { agentId: 'dan', lastGivenAt: at('08:00') },
    { agentId: 'ben', lastGivenAt: at('08:30') },
  ]

  it('names the chosen agent first, and when each was last given work', async () => {
    expect(await offered('score', ['rating'], [25], equals)).toEqual([
      'score 25, of 3 who could take it; among equals the one who got work longest ago',
      'cleo 25 = rating 25, never given work',
      `dan 25 = rating 25, given work at ${at('08:00')}`,
      `ben 25 = rating 25, given work at ${at('08:30')}`,
    ])
  })

  it('names no score where everybody is alike, and tickets where these count', async () => {
    expect(await offered('round_robin', [], [], equals)).toEqual([
      'round_robin, of 3 who could take it; among equals the one who got work longest ago',
      'cleo, never given work',
      `dan, given work at ${at('08:00')}`,
      `ben, given work at ${at('08:30')}`,
    ])
  })

  it('counts the tickets of the agent with the fewest', async () => {
    expect(await offered('least_loaded', ['tickets'], [-1], equals.slice(0, 2))).toEqual([
      'least_loaded, tickets 1, of 3 who could take it; among equals the one who got work longest ago',
      'cleo: tickets 1, never given work',
      `dan: tickets 1, given work at ${at('08:00')}`,
      'ben: tickets 1',
    ])
  })

  it('shows nothing of them that is not in the event', async () => {
    expect(await offered('score', ['rating'], [25])).toEqual([
      'score 25, of 3 who could take it',
      'cleo 25 = rating 25',
      'ben 25 = rating 25',
      'dan 25 = rating 25',
    ])
  })
})
