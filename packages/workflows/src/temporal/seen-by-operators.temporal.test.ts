import { defaultPayloadConverter } from '@temporalio/common'
import { historyToJSON } from '@temporalio/common/lib/proto-utils.js'
import { afterAll, afterEach, beforeAll, describe, expect, inject, it, vi } from 'vitest'
import { days } from '@guichet/domain'
import type { Scene } from '../contract/index.ts'
import { openScene } from '../contract/index.ts'
import { clockOf, fedTemporalClock, useClient } from './testing/clock.ts'

const address = inject('temporalServer')
const patience = { interval: 100 }

describe.skipIf(!address)('a clock as operators see it', () => {
  const client = useClient({ beforeAll, afterAll }, address)
  let scene: Scene
  afterEach(() => scene.dispose())

  it('shows its deadlines before any of its code has run', async () => {
    scene = await openScene((process) => fedTemporalClock(process))
    const id = await scene.waitingTicket()
    await scene.startEngine()
    const described = await vi.waitUntil(
      async () => (await clockOf(client(), scene, id)).describe().catch(() => undefined),
      patience,
    )
    const [{ kind, dueAt } = { kind: '', dueAt: '' }] = (await scene.desk.clockState(`ticket-${id}`)).deadlines
    expect(await described.staticSummary()).toBe(`ticket-${id} (waiting_customer): ${kind} due ${dueAt}`)
    expect(await described.staticDetails()).toContain(`- \`${kind}\` due ${dueAt}`)
    expect(described.historyLength).toBe(1)
  })

  it('shows the rule that refuses a deadline and the retried work, without stack traces', async () => {
    scene = await openScene((process) => fedTemporalClock(process))
    const id = await scene.waitingTicket(days(4))
    const [{ kind, dueAt } = { kind: '', dueAt: '' }] = (await scene.desk.clockState(`ticket-${id}`)).deadlines
    await scene.startEngine({ refuses: 'placeholder_without_value' })
    const tried = await vi.waitUntil(async () => {
      const described = await (await clockOf(client(), scene, id)).describe().catch(() => undefined)
      const [pending] = described?.raw.pendingActivities ?? []
      return pending?.lastFailure ? pending : undefined
    }, patience)
    expect(tried.lastFailure?.message).toContain('placeholder_without_value')
    const history = await (await clockOf(client(), scene, id)).fetchHistory()
    const scheduled = history.events?.find((event) => event.activityTaskScheduledEventAttributes)
    const summary = scheduled?.userMetadata?.summary
    expect(summary && defaultPayloadConverter.fromPayload(summary)).toBe(`${kind} due ${dueAt}`)
    for (const written of [JSON.stringify(tried.lastFailure), historyToJSON(history)]) {
      expect(written).not.toMatch(/"stackTrace": ?"[^"]|\n? +at .*:\d+:\d+/)
    }
  })
})
