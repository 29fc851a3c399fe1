import { expect, it } from 'vitest'
import { configurationSchema, instant, suspectCommand } from '@guichet/domain'
import { exampleSuspicion } from '@guichet/domain/testing'
import { projectHistory } from '../testing/projected-history.ts'
import { emptyDesk, historyOf } from '../testing/random-history.ts'

const agent = { by: { kind: 'agent', id: 'agent-1' } } as const
const engine = { by: { kind: 'system', id: 'proactive' } } as const

const suspicion = exampleSuspicion({ since: instant('2026-03-27T08:00:00Z') })
const command = suspectCommand(suspicion, 'rules', { subject: 'Paiement', body: 'Il échoue.', language: 'fr' })

it('notifies the desk of suspected trouble with its draft, and with the name that the customer had', async () => {
  const desk = emptyDesk()
  const configuration = configurationSchema.parse({ proactive: { holdout: 0 } })
  const at = instant('2026-03-26T09:00:00Z')
  await desk.execute('configuration', 'desk', { type: 'apply', configuration }, { ...agent, at })
  await desk.execute('customer', 'zoe', { type: 'register', name: 'Zoé Dupont' }, agent)
  for (const id of ['zoe', 'unknown'])
    expect(await desk.engine.execute('draft', id, command, engine)).toMatchObject({ ok: true })
  await desk.execute('customer', 'zoe', { type: 'change', changes: { firstName: 'Léa' } }, agent)
  const all = await historyOf(desk)
  for (const batches of [[all], all.map((event) => [event])]) {
    const { models, drop } = await projectHistory(batches)
    try {
      const rows = await models.inbox.newest('agent-2', { limit: 9, withDesk: true })
      const suspected = { kind: 'trouble_suspected', recipientId: undefined, ticketId: undefined, chatId: undefined }
      const trouble = "probablement un problème : 'Paiement'. Un brouillon de ticket est prêt."
      expect(rows).toMatchObject([
        { ...suspected, draftId: '1~unknown', message: `Un client a ${trouble}` },
        { ...suspected, draftId: '1~zoe', message: `Zoé a ${trouble}` },
      ])
    } finally {
      await drop()
    }
  }
})
