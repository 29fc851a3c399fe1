import { beforeEach, describe, expect, it } from 'vitest'
import type { Desk, Instant } from '@guichet/domain'
import { configurationSchema, policyOf } from '@guichet/domain'
import { printReplay } from './print-replay.ts'
import { replayTicket } from './replay.ts'
import type { ReplayedTicket } from './testing/replayed-ticket.ts'
import { ann, at, carl, opening, quietDesk, system, continueWith } from './testing/replayed-ticket.ts'

const configuration = configurationSchema.parse({
  plans: ['premium', 'basic'],
  teams: [{ name: 'supervisors' }],
  calendars: { office: { timeZone: 'UTC', hours: { weekdays: ['09:00-17:00'] } } },
  sla: {
    policies: [
      { name: 'premium', applies: { plans: ['premium'] }, firstResponse: '90m', resolution: '8h', calendar: 'office' },
      { name: 'basic', applies: { plans: ['basic'] }, firstResponse: '2h', update: '1h' },
      { name: 'all', firstResponse: '2h' },
    ],
  },
})

let desk: Desk
const send = (...step: ReplayedTicket) => continueWith(desk, ...step)
const open = (plan?: string) => send('09:00', system, { ...opening, ...(plan && { plan }) })
const printed = async (asOf: Instant) => printReplay((await replayTicket(desk, 'T', asOf))!)

beforeEach(() => void (desk = quietDesk({ version: 'c-1', ...policyOf({ configuration, publicHolidays: {} }) })))

describe('why a target is due when it is', () => {
  it('is printed at the end for running targets: length, calendar, policy and pauses', async () => {
    await open('premium')
    await send('09:10', ann, { type: 'pauseClocks', reason: 'supplier' })
    await send('09:40', ann, { type: 'resumeClocks' })
    expect((await printed(at('10:00'))).slice(-2)).toEqual([
      `running      first response due at ${at('11:00')} — SLA policy premium of c-1, row 1, for plan premium: 1h30m on the calendar office since ${at('09:00')}, stood still for 30m`,
      `running      resolution due at 2026-03-03T09:30:00.000Z — SLA policy premium of c-1, row 1, for plan premium: 8h on the calendar office since ${at('09:00')}, stood still for 30m`,
    ])
  })

  it('is printed for a paused target with its remaining time, and not for finished ones', async () => {
    await open()
    await send('09:30', ann, { type: 'pauseClocks', reason: 'supplier' })
    expect((await printed(at('10:00'))).at(-1)).toBe(
      `paused       first response, 1h30m left — SLA policy all of c-1, row 3, for every ticket: 2h around the clock since ${at('09:00')}, paused since ${at('09:30')}`,
    )
    await send('10:30', ann, { type: 'close', reason: 'other' })
    expect((await printed(at('11:00'))).filter((line) => /^(running|paused)/.test(line))).toEqual([])
    expect((await replayTicket(desk, 'T', at('10:00')))?.targets).toMatchObject([
      {
        target: 'first_response',
        state: 'PAUSED',
        timeLeft: 5_400_000,
        promisedMs: 7_200_000,
        pauses: [{ from: at('09:30') }],
      },
    ])
  })

  it('is printed for a met target, with its paused time', async () => {
    await open()
    await send('09:30', ann, { type: 'pauseClocks', reason: 'supplier' })
    await send('10:00', ann, { type: 'resumeClocks' })
    await send('10:15', ann, { type: 'agentReply', body: 'Water is on its way.' })
    const entry = (await replayTicket(desk, 'T'))?.entries.find(({ type }) => type === 'TargetMet')
    expect(entry).toMatchObject({
      what: `met the first response due at ${at('11:30')}`,
      why: `SLA policy all of c-1, row 3, for every ticket: 2h around the clock since ${at('09:00')}, stood still for 30m`,
    })
  })

  it('counts nothing of a wait that the answer began which met it', async () => {
    await open('basic')
    await send('09:30', ann, { type: 'agentReply', body: 'Which one?', then: 'waiting_customer' })
    await send('10:30', carl, { type: 'customerReply', body: 'The red one' })
    const met = (await replayTicket(desk, 'T'))?.entries.filter(({ type }) => type === 'TargetMet')
    expect(met?.map(({ why }) => why)).toEqual([
      `SLA policy basic of c-1, row 2, for plan basic: 2h around the clock since ${at('09:00')}`,
      `SLA policy basic of c-1, row 2, for plan basic: 1h around the clock since ${at('09:00')}`,
    ])
  })

  it('names the change of the ticket before which it does not fall due', async () => {
    await open()
    await send('10:45', ann, { type: 'changePlan', plan: 'premium', reason: 'upgrade' })
    const why = `SLA policy premium of c-1, row 1, for plan premium: 1h30m on the calendar office since ${at('09:00')}, but not before the change of plan at ${at('10:45')}`
    expect(await printed(at('10:45'))).toContain(`running      first response due at ${at('10:45')} — ${why}`)
    await send('10:50', ann, { type: 'agentReply', body: 'Water is on its way.' })
    expect((await replayTicket(desk, 'T'))?.entries.find(({ type }) => type === 'TargetBreached')).toMatchObject({
      why,
      data: { notBefore: { at: at('10:45'), change: 'plan' } },
    })
  })

  it('names no change that came before it was due', async () => {
    await open()
    await send('09:45', ann, { type: 'changePlan', plan: 'premium', reason: 'upgrade' })
    expect((await printed(at('09:45'))).join()).not.toContain('not before')
  })

  it('is printed beside the plan and the level of the ticket', async () => {
    await open('premium')
    await send('09:05', ann, { type: 'escalate', level: 2, reason: 'hot' })
    const lines = await printed(at('09:06'))
    expect(lines).toEqual(expect.arrayContaining(['level        2', 'plan         premium']))
  })
})

describe('which configuration is named', () => {
  const apply = async (appliedAt: string, from: string, firstResponse: string) => {
    const promises = configurationSchema.parse({
      teams: [{ name: 'supervisors' }],
      sla: { policies: [{ name: 'all', firstResponse }] },
    })
    const command = { type: 'apply', configuration: promises, effectiveFrom: at(from), retroactive: true } as const
    const outcome = await desk.execute('configuration', 'desk', command, { by: ann, at: at(appliedAt) })
    expect(outcome).toMatchObject({ ok: true })
  }

  it('is one that was applied by the requested instant', async () => {
    await apply('08:00', '08:00', '4h')
    await open()
    await apply('11:00', '09:30', '20m')
    const before = `first response due at ${at('13:00')} — SLA policy all of configuration-1`
    expect((await printed(at('10:59'))).at(-1)).toContain(before)
    const after = `first response due at ${at('09:30')} — SLA policy all of configuration-2`
    expect((await printed(at('11:00'))).at(-1)).toContain(after)
    expect((await printed(at('11:00'))).at(-1)).toMatch(
      new RegExp(
        `20m around the clock since ${at('09:00')}, but not before configuration-2 came into force at ${at('09:30')}$`,
      ),
    )
  })

  it('is printed in full though another has replaced it since, in the past', async () => {
    await apply('08:00', '08:00', '4h')
    await open()
    await send('10:30', ann, { type: 'agentReply', body: 'Water is on its way.' })
    await apply('11:00', '07:00', '20m')
    const entry = (await replayTicket(desk, 'T'))?.entries.find(({ type }) => type === 'TargetMet')
    expect(entry?.why).toContain('4h around the clock')
  })
})

describe('why the desk acted by itself', () => {
  it('explains which target an escalation by the clock missed, and the notification of those called', async () => {
    await open()
    await send('09:05', ann, { type: 'addNote', body: 'No fire to be seen' })
    await send('12:00', system, { type: 'fire', kind: 'first_response_warning', cycle: 1, dueAt: at('10:30') })
    await send('17:00', system, { type: 'fire', kind: 'first_response_escalation', cycle: 1, dueAt: at('17:00') })
    const entry = (await replayTicket(desk, 'T'))?.entries.at(-1)
    expect(entry).toMatchObject({
      type: 'TicketEscalated',
      why: `first response breached: was due at ${at('11:00')}, to be escalated at ${at('17:00')}`,
      shows: ['tried: note of ann: No fire to be seen', `first response: BREACHED, due at ${at('11:00')}`],
    })
  })

  it('names the likeliest categories and what weighed most', async () => {
    await open()
    await send('09:01', system, {
      type: 'classify',
      category: 'hardware',
      confidence: 0.72,
      classifier: 'model',
      version: 'm-1',
      alternatives: [
        { category: 'hardware', confidence: 0.72 },
        { category: 'billing', confidence: 0.2 },
      ],
      reasons: [
        { evidence: 'printer', weight: 1.25 },
        { evidence: 'fire', weight: 0.5 },
      ],
    })
    const entry = (await replayTicket(desk, 'T'))?.entries.at(-1)
    expect(entry?.shows).toEqual(['likeliest: hardware 0.72, billing 0.20', 'spoke for it: printer 1.25, fire 0.50'])
    expect(await printed(at('10:00'))).toEqual(
      expect.arrayContaining([expect.stringMatching(/^ +likeliest: hardware 0\.72, billing 0\.20$/)]),
    )
  })
})
