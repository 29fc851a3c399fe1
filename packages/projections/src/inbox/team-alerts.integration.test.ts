import { expect, it } from 'vitest'
import { instant } from '@guichet/domain'
import { projectHistory } from '../testing/projected-history.ts'
import { emptyDesk, historyOf } from '../testing/random-history.ts'

const at = instant('2026-03-27T09:00:00Z')
const engine = { by: { kind: 'system', id: 'proactive' }, at } as const
const incident = {
  fingerprint: 'error_occurred:E_PAY',
  kind: 'error_occurred',
  code: 'E_PAY',
  since: at,
  pages: ['/pay'],
  versions: [],
  lately: 42,
  usual: 2,
}

it('notifies the desk of a likely incident and of a score that has fallen, each once', async () => {
  const desk = emptyDesk()
  for (const commandId of ['proactive/1', 'proactive/2']) {
    const suspected = await desk.execute(
      'teamAlert',
      '0a1b',
      { type: 'suspectIncident', incident, isLast: false },
      { ...engine, commandId },
    )
    const fall = { type: 'reportFall', of: 'customers', score: 70, weekBefore: 100 } as const
    const reported = await desk.execute('teamAlert', 'zoe', fall, { ...engine, commandId })
    expect([suspected, reported]).toMatchObject([{ ok: true }, { ok: true }])
  }
  const all = await historyOf(desk)
  for (const batches of [[all], all.map((event) => [event])]) {
    const { models, drop } = await projectHistory(batches)
    try {
      const rows = await models.inbox.newest('agent-2', { limit: 9, withDesk: true })
      const ofDesk = { recipientId: undefined, ticketId: undefined, chatId: undefined, draftId: undefined, at }
      expect(rows).toMatchObject([
        { ...ofDesk, kind: 'health_fell', message: expect.stringContaining("client 'zoe'") as string },
        { ...ofDesk, kind: 'likely_incident', message: expect.stringContaining("'error_occurred:E_PAY'") as string },
      ])
      expect(await models.inbox.newest('zoe', { limit: 9 })).toEqual([])
    } finally {
      await drop()
    }
  }
})
