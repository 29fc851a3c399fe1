import { randomUUID } from 'node:crypto'
import { Connection } from '@temporalio/client'
import { afterAll, afterEach, beforeAll, describe, expect, inject, it, vi } from 'vitest'
import { registerSearchAttributes, registrationCommand } from './reports.ts'
import { openGate } from './testing/gate.ts'

const server = inject('temporalServer') ?? ''
const patience = { interval: 50 }
const permissionDenied = 7
const [keyword, bool, datetime] = [2, 5, 6]

/**
 * The attributes of a namespace that was used before clocks had a label for the time of their promises' last change.
 */
const before = {
  GuichetStatus: keyword,
  GuichetPriority: keyword,
  GuichetCategory: keyword,
  GuichetNextDueKind: keyword,
  GuichetNextDue: datetime,
  GuichetBreached: bool,
  GuichetSla: keyword,
  GuichetBreachAt: datetime,
}

const disposals: (() => Promise<unknown>)[] = []
afterEach(async () => {
  for (const dispose of disposals.splice(0).reverse()) await dispose()
})

describe.skipIf(!server)('a namespace that has been used by an earlier version', () => {
  let operator: Connection
  beforeAll(async () => {
    operator = await Connection.connect({ address: server })
  })
  afterAll(() => operator.close())

  const known = async (namespace: string): Promise<Record<string, unknown>> =>
    (await operator.operatorService.listSearchAttributes({ namespace })).customAttributes
  const used = async (): Promise<string> => {
    const namespace = `desk-${randomUUID()}`
    await operator.workflowService.registerNamespace({
      namespace,
      workflowExecutionRetentionPeriod: { seconds: 86_400 as never },
    })
    const searchAttributes = before
    await vi.waitUntil(
      () =>
        operator.operatorService.addSearchAttributes({ namespace, searchAttributes }).then(
          () => true,
          () => false,
        ),
      patience,
    )
    await vi.waitUntil(async () => 'GuichetBreachAt' in (await known(namespace)), patience)
    return namespace
  }

  it('receives the missing search attributes, and keeps the others', async () => {
    const namespace = await used()
    await registerSearchAttributes(operator, namespace)
    await vi.waitUntil(async () => 'GuichetSlaSince' in (await known(namespace)), patience)
    expect(await known(namespace)).toEqual({ ...before, GuichetSlaSince: datetime })
  })

  it('is reported with the command that adds only those, where that is not allowed', async () => {
    const namespace = await used()
    const gate = await openGate(server)
    disposals.push(gate.close)
    gate.rule((method) =>
      method === 'AddSearchAttributes' ? { code: permissionDenied, message: 'ask your operator' } : undefined,
    )
    const guest = await Connection.connect({ address: gate.address })
    disposals.push(() => guest.close())
    const command = `temporal operator search-attribute create --namespace ${namespace} --name GuichetSlaSince --type Datetime`
    await expect(registerSearchAttributes(guest, namespace)).rejects.toThrow(`run: ${command}. Until then`)
    expect(registrationCommand(namespace)).toContain('--name GuichetStatus --type Keyword')
  })
})
