import { describe, expect, it } from 'vitest'
import type { Desk, Instant, TicketCommandInput } from '@guichet/domain'
import { configurationSchema, defaultTicketPolicy, defaultWording, hours, instant, later } from '@guichet/domain'
import { projections, readModels } from '../read-models.ts'
import type { ProjectionHarness } from '../testing/harness.ts'
import { harnessPerTest } from '../testing/harness.ts'

const createHarness = harnessPerTest()
const agent = { kind: 'agent', id: 'agent-1' } as const
const opened = instant('2026-03-27T09:00:00Z')
const at = (hour: number): Instant => later(opened, hours(hour))

/** A desk whose events are in Postgres, and the two read models of deadlines, which the runner follows. */
async function deskInPostgres() {
  const models = projections({ policy: defaultTicketPolicy, wording: defaultWording })
  const followed = models.filter(({ name }) => name === 'deadlines' || name === 'sla')
  const harness = await createHarness(models, { store: 'postgres' })
  await harness.runner.start()
  return { harness, followed, read: readModels(harness.pool), ...storyOf(harness.desk) }
}

function storyOf(desk: Desk) {
  const execute = async (id: string, command: TicketCommandInput, hour: number): Promise<void> => {
    expect(await desk.execute('ticket', id, command, { by: agent, at: at(hour) })).toMatchObject({ ok: true })
  }
  return {
    opens: (id: string, hour = 0) =>
      execute(id, { type: 'open', subject: 'x', body: 'y', customer: { id: 'c-1' } }, hour),
    replies: (id: string, hour: number) => execute(id, { type: 'agentReply', body: 'z' }, hour),
    notes: (id: string, hour: number) => execute(id, { type: 'addNote', body: 'z' }, hour),
    /** Promises a first response from one instant on, in a configuration that is applied at another. */
    promises: async (firstResponse: string, from: number, appliedAt: number): Promise<void> => {
      const configuration = configurationSchema.parse({
        teams: [{ name: 'supervisors' }],
        sla: { policies: [{ name: 'all', firstResponse }] },
      })
      const command = { type: 'apply', configuration, effectiveFrom: at(from), retroactive: true } as const
      const outcome = await desk.execute('configuration', 'desk', command, { by: agent, at: at(appliedAt) })
      expect(outcome).toMatchObject({ ok: true })
    },
  }
}

type DeskInPostgres = Awaited<ReturnType<typeof deskInPostgres>>

/** The first response of tickets at an hour, in the SLA view and in the deadlines. */
async function firstResponses({ harness, read }: DeskInPostgres, ids: readonly string[], hour: number) {
  await harness.settled()
  const targets = await read.sla.ofTickets([...ids], at(hour))
  const deadlines = await read.deadlines.ofTickets(ids)
  return ids.map((id) => {
    const row = (targets.get(id) ?? []).find(({ target }) => target === 'first_response')
    const next = deadlines.get(id)?.find(({ kind }) => kind.startsWith('first_response'))
    return [id, row?.state, row?.dueAt, row?.policyVersion, next?.kind, next?.dueAt]
  })
}

/** Checks that the read models hold the rows of a rebuild from the first event on. */
async function agreeWithARebuild({
  harness,
  followed,
}: {
  harness: ProjectionHarness
  followed: DeskInPostgres['followed']
}): Promise<void> {
  for (const model of followed) {
    const { live, rebuilt } = await harness.rebuilt(model)
    expect(rebuilt).toEqual(live)
    expect(Object.values(live).flat()).not.toEqual([])
  }
}

describe('a configuration that is applied retroactively', () => {
  it('moves the running targets, leaves met and missed ones, and has the same rows after a rebuild', async () => {
    const desk = await deskInPostgres()
    await desk.promises('4h', 0, 0)
    for (const id of ['met', 'missed', 'running']) await desk.opens(id)
    await desk.replies('met', 3)
    await desk.notes('missed', 5)
    await desk.opens('unrecorded', 0)
    await desk.opens('young', 5)
    expect(await firstResponses(desk, ['met', 'missed', 'running', 'unrecorded', 'young'], 6)).toEqual([
      ['met', 'ACHIEVED', at(4), 'configuration-1', undefined, undefined],
      ['missed', 'BREACHED', at(4), 'configuration-1', 'first_response_escalation', at(10)],
      ['running', 'BREACHED', at(4), 'configuration-1', 'first_response_warning', at(3)],
      ['unrecorded', 'BREACHED', at(4), 'configuration-1', 'first_response_warning', at(3)],
      ['young', 'PENDING', at(9), 'configuration-1', 'first_response_warning', at(8)],
    ])

    await desk.notes('unrecorded', 6)
    await desk.promises('8h', -1, 6)
    expect(await firstResponses(desk, ['met', 'missed', 'running', 'unrecorded', 'young'], 6)).toEqual([
      ['met', 'ACHIEVED', at(4), 'configuration-1', undefined, undefined],
      ['missed', 'BREACHED', at(4), 'configuration-1', 'first_response_escalation', at(10)],
      ['running', 'PENDING', at(8), 'configuration-2', 'first_response_warning', at(6)],
      ['unrecorded', 'BREACHED', at(4), 'configuration-1', 'first_response_escalation', at(10)],
      ['young', 'PENDING', at(13), 'configuration-2', 'first_response_warning', at(11)],
    ])
    await agreeWithARebuild(desk)

    await desk.promises('30m', 5, 7)
    expect(await firstResponses(desk, ['met', 'running', 'young'], 7)).toEqual([
      ['met', 'ACHIEVED', at(4), 'configuration-1', undefined, undefined],
      ['running', 'BREACHED', at(5), 'configuration-3', 'first_response_warning', at(5)],
      ['young', 'BREACHED', at(5.5), 'configuration-3', 'first_response_warning', at(5.375)],
    ])
    await agreeWithARebuild(desk)
  })
})

describe('a configuration that is applied for a later instant', () => {
  it('moves the running targets immediately, and needs no event when its instant comes', async () => {
    const desk = await deskInPostgres()
    await desk.promises('4h', 0, 0)
    await desk.opens('a')
    await desk.opens('b', 1)
    await desk.promises('1h', 3, 1)
    const before = await firstResponses(desk, ['a', 'b'], 1)
    expect(before).toEqual([
      ['a', 'PENDING', at(3), 'configuration-2', 'first_response_warning', at(3)],
      ['b', 'PENDING', at(3), 'configuration-2', 'first_response_warning', at(3)],
    ])
    expect((await firstResponses(desk, ['a'], 3.001))[0]).toEqual(['a', 'BREACHED', ...(before[0] ?? []).slice(2)])
    await agreeWithARebuild(desk)
  })
})
