import type { Desk, Instant } from '@guichet/domain'
import { configurationSchema, days, hours, suspectCommand } from '@guichet/domain'
import { after, deskInMemory, exampleSuspicion, monday } from '@guichet/domain/testing'
import { expect, it } from 'vitest'
import { draftCustomerOf, printDrafts, replayDrafts } from './draft.ts'

const suspicion = exampleSuspicion({
  reasons: [
    { reason: 'repeated', count: 4, expected: 0.05 },
    { reason: 'organisation', count: 2 },
    { reason: 'plan', count: 1 },
  ],
  evidence: [
    { fingerprint: 'error_occurred:E_PAY', count: 4 },
    { fingerprint: 'login_failed', count: 1 },
  ],
  spread: { lately: 12, usual: 0.4 },
})
const text = { subject: 'An error that comes back', body: 'Since noon.', language: 'en' }

const engine = { by: { kind: 'system', id: 'proactive' } } as const
const zoe = { by: { kind: 'customer', id: 'zoe' } } as const

async function deskWithOffer(now: () => Instant = () => monday): Promise<Desk> {
  const desk = deskInMemory({ now })
  const configuration = configurationSchema.parse({ proactive: { holdout: 0 } })
  await desk.execute('configuration', 'desk', { type: 'apply', configuration }, { by: { kind: 'agent', id: 'ana' } })
  await desk.engine.execute('draft', 'zoe', suspectCommand(suspicion, 'learned', text, '0a1b'), engine)
  return desk
}

async function deskWithDraft(now?: () => Instant): Promise<Desk> {
  const desk = await deskWithOffer(now)
  await desk.execute('draft', 'zoe', { type: 'dismiss', number: 1 }, zoe)
  return desk
}

it('the replay of drafts says who suspected what, by which facts, and what became of it', async () => {
  const replay = await replayDrafts(await deskWithDraft(), 'zoe')
  if (!replay) throw new Error('no replay')
  expect(replay.entries.map(({ type }) => type)).toEqual(['TroubleSuspected', 'DraftOffered', 'DraftDismissed'])
  expect(replay.entries[0]).toMatchObject({
    what: `suspected trouble, draft 1: error_occurred:E_PAY, 4 times since ${monday}`,
    why: 'what was learned from the history (0a1b), 95 % sure, priority normal',
    said: 'An error that comes back\nSince noon.',
    shows: [
      'rule: repeated',
      'repeated: 4 times, 0.05 expected by chance',
      'organisation: 2',
      'plan: it has raised the priority',
      'spread: 12 customers within a day, usually 0.4',
      'counted: error_occurred:E_PAY 4 times, login_failed 1 times',
    ],
    data: { analyser: 'learned', analyserVersion: '0a1b', suspicion: { evidence: suspicion.evidence } },
  })
  const lines = printDrafts(replay).join('\n')
  expect(lines).toContain('dismissed draft 1')
  expect(lines).toMatch(/draft 1 +dismissed/)
})

it('a replay of drafts shows the silences that last at its moment', async () => {
  let now = monday
  const desk = await deskWithDraft(() => now)
  const silencesAt = async (asOf?: Instant) => {
    const replay = await replayDrafts(desk, 'zoe', asOf)
    return replay && printDrafts(replay).filter((line) => line.startsWith('silent'))
  }
  const lasting = [expect.stringContaining(`error_occurred:E_PAY until ${after(days(14))}`)]
  expect(await silencesAt()).toEqual(lasting)
  now = after(days(14))
  expect(await silencesAt()).toEqual([])
  expect(await silencesAt(after(days(13)))).toEqual(lasting)
  expect(await silencesAt(after(days(15)))).toEqual([])
})

it('a replay of drafts has nothing of what was removed from their tickets, as of no moment', async () => {
  const desk = await deskWithOffer()
  const opening = { type: 'open', number: 1, ticketId: 't1', subject: 'Card 4970', body: 'My card is 4970.' } as const
  expect(await desk.execute('draft', 'zoe', opening, zoe)).toMatchObject({ ok: true })
  expect((await replayDrafts(desk, 'zoe'))?.entries[2]?.said).toBe('Card 4970\nMy card is 4970.')
  const redact = { type: 'redact', number: 1 } as const
  await desk.engine.execute('draft', 'zoe', { ...redact, body: 'My card.' }, { ...engine, at: after(hours(1)) })
  await desk.engine.execute('draft', 'zoe', { ...redact, subject: 'A card' }, { ...engine, at: after(hours(2)) })
  for (const asOf of [undefined, monday]) {
    const replay = await replayDrafts(desk, 'zoe', asOf)
    expect(JSON.stringify(replay)).not.toContain('4970')
    const data = { subject: 'A card', body: 'My card.' }
    expect(replay?.entries[2]).toMatchObject({ said: 'A card\nMy card.', data })
  }
  expect((await replayDrafts(desk, 'zoe'))?.entries[0]?.said).toBe('An error that comes back\nSince noon.')
})

it('a replay of drafts needs a customer who had some', async () => {
  expect(await replayDrafts(deskInMemory(), 'zoe')).toBeUndefined()
  expect([draftCustomerOf('draft-zoe'), draftCustomerOf('zoe')]).toEqual(['zoe', undefined])
})
