import { defaultTicketPolicy, defaultWording } from '@guichet/domain'
import { expect, it } from 'vitest'
import { projections } from './read-models.ts'
import { harnessPerTest } from './testing/harness-per-test.ts'

const createHarness = harnessPerTest()

it('is rebuilt by the runner to the rows it had', async () => {
  const models = projections({ policy: defaultTicketPolicy, wording: defaultWording })
  const { desk, runner, rebuilt } = await createHarness(models)
  await runner.start()
  const by = { kind: 'agent', id: 'agent-1' } as const
  for (const id of ['a', 'b', 'c']) {
    await desk.execute('ticket', id, { type: 'open', subject: 'x', body: 'y', customer: { id: 'c-1' } }, { by })
    await desk.execute('ticket', id, { type: 'agentReply', body: 'z', then: 'waiting_customer' }, { by })
  }
  for (const model of models) {
    const { live, rebuilt: again } = await rebuilt(model)
    expect(again).toEqual(live)
    expect(Object.values(live).flat()).not.toEqual([])
  }
})
