import type { Page } from 'playwright-core'
import { expect } from 'vitest'
import { agents } from '../../packages/cli/src/simulate/roster.ts'
import { issueToken } from '../../packages/cli/src/tokens/issue-token.ts'
import { eventually, tokenSecret } from '../process/guichet.ts'

/** Sends home all agents of the made-up desk but the one whom its pages sign in: a chat is offered to nobody else first. */
export async function leaveCamilleAlone(server: string): Promise<void> {
  const others = agents.filter(({ id }) => id !== 'camille')
  const mutation = `mutation (${others.map((_, n) => `$i${n}: SetAvailabilityInput!`).join()}) {
    ${others.map((_, n) => `m${n}: setAvailability(input: $i${n}) { userErrors { code } }`).join('\n')}
  }`
  const inputs = others.map(({ id: agentId }) => ({ commandId: `away-${agentId}`, agentId, availability: 'OFFLINE' }))
  const key = { algorithm: 'HS256', secret: tokenSecret } as const
  const supervisor = { role: 'supervisor', id: 'boss', seconds: 60 } as const
  const token = await issueToken({ issuer: 'guichet', audience: 'guichet', key }, supervisor)
  const response = await fetch(`${server}/graphql`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: `Bearer ${token}` },
    body: JSON.stringify({
      query: mutation,
      variables: Object.fromEntries(inputs.map((input, n) => [`i${n}`, input])),
    }),
  })
  expect(await response.json()).toEqual({
    data: Object.fromEntries(others.map((_, n) => [`m${n}`, { userErrors: [] }])),
  })
}

/** Takes the chat that an agent's page shows, also one that is offered to a colleague for a moment. */
export async function acceptChat(page: Page): Promise<void> {
  const accept = page.getByRole('button', { name: 'Accept', exact: true })
  const field = page.getByRole('textbox', { name: 'Write a message' })
  const briefly = { timeout: 5_000 }
  await eventually(async () => {
    await accept.or(field).first().waitFor()
    if (!(await field.isVisible())) await accept.click(briefly).catch(() => undefined)
    return field.waitFor(briefly).then(
      () => true,
      () => false,
    )
  })
}
