import { expect, it } from 'vitest'
import {
  configurationSchema,
  defaultTicketPolicy,
  defaultWording,
  proactiveActor,
  suspectCommand,
} from '@guichet/domain'
import { exampleSuspicion } from '@guichet/domain/testing'
import { projections } from './read-models.ts'
import { harnessPerTest } from './testing/harness.ts'

const createHarness = harnessPerTest()

const suspicion = exampleSuspicion()
const draft = { subject: 'An error that comes back', body: 'Since noon.', language: 'en' }

it('has the same rows after a rebuild by the runner', async () => {
  const models = projections({ policy: defaultTicketPolicy, wording: defaultWording })
  const { desk, runner, rebuilt } = await createHarness(models)
  await runner.start()
  const by = { kind: 'agent', id: 'agent-1' } as const
  for (const id of ['a', 'b', 'c']) {
    await desk.execute('ticket', id, { type: 'open', subject: 'x', body: 'y', customer: { id: 'c-1' } }, { by })
    await desk.execute('ticket', id, { type: 'agentReply', body: 'z', then: 'waiting_customer' }, { by })
  }
  const promising = configurationSchema.parse({
    teams: [{ name: 'supervisors' }],
    sla: { policies: [{ name: 'all', firstResponse: '2h' }] },
  })
  await desk.execute('configuration', 'desk', { type: 'apply', configuration: promising }, { by })
  await desk.execute('ticket', 'd', { type: 'open', subject: 'x', body: 'y', customer: { id: 'c-1' } }, { by })
  await desk.execute('agent', 'agent-1', { type: 'register', profile: { name: 'Anne' } }, { by })
  await desk.execute('incident', 'i-1', { type: 'declare', title: 'Down', customer: { id: 'c-1' } }, { by })
  const chatting = { type: 'start', customer: { id: 'c-1' }, message: { messageId: 'm-1', body: 'x' } } as const
  await desk.execute('chat', 'ch-1', chatting, { by: { kind: 'customer', id: 'c-1' } })
  const emails = [{ address: 'c-1@acme.example', verified: true }]
  await desk.execute('customer', 'c-1', { type: 'register', name: 'Zoé', emails }, { by })
  await desk.execute('organisation', 'acme', { type: 'register', name: 'ACME' }, { by })
  await desk.execute('organisation', 'acme', { type: 'addDomain', domain: 'acme.example' }, { by })
  const stored = {
    type: 'store',
    owner: 'ticket-a',
    name: 'a.png',
    bytes: 1,
    mediaType: 'image/png',
    scan: false,
  } as const
  await desk.execute('file', 'f-1', { ...stored, sha256: '0'.repeat(64) }, { by })
  const saving = { type: 'save', shortcut: 'bonjour', title: 'x', texts: { fr: 'y' } } as const
  await desk.execute('cannedReply', 'r-1', saving, { by })
  await desk.execute(
    'article',
    'a-1',
    { type: 'create', language: 'fr', title: 'x', body: 'y', audience: 'public' },
    { by },
  )
  const first = { language: 'fr', revision: 1 } as const
  await desk.execute('article', 'a-1', { type: 'approve', ...first }, { by: { kind: 'agent', id: 'agent-2' } })
  await desk.execute('article', 'a-1', { type: 'publish', ...first }, { by })
  const article = { articleId: 'a-1', ...first, form: 'link' } as const
  await desk.execute('ticket', 'a', { type: 'agentReply', body: 'z', verbatim: true, article }, { by })
  await desk.engine.execute('draft', 'c-1', suspectCommand(suspicion, 'rules', draft), { by: proactiveActor })
  for (const model of models) {
    const { live, rebuilt: again } = await rebuilt(model)
    expect(again).toEqual(live)
    expect(Object.values(live).flat()).not.toEqual([])
  }
})
