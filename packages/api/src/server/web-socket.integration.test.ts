import { createClient } from 'graphql-ws'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { WebSocket } from 'ws'
import { revocationList } from '../auth/revocations.ts'
import { tokenFor, useApi, zoe } from './testing/api-under-test.ts'

const revocations = revocationList()
const api = useApi({ beforeAll, afterAll }, { revocations })

it('ends when a subscription is begun over it whose token is valid no longer', async () => {
  const url = await api.app.listen({ port: 0, host: '127.0.0.1' })
  const client = createClient({
    url: `${url.replace('http', 'ws')}/graphql`,
    webSocketImpl: WebSocket,
    lazy: false,
    retryAttempts: 0,
    onNonLazyError: () => undefined,
    connectionParams: { authorization: `Bearer ${await tokenFor(zoe)}` },
  })
  await new Promise<void>((resolve) => void client.on('connected', () => resolve()))
  revocations.replace([{ subject: zoe.id, issuedBefore: Date.now() }])
  const received = client.iterate({ query: 'subscription { inboxReceived { position } }' }).next()
  await expect(received).rejects.toMatchObject({ code: 4403, reason: 'token_revoked' })
})
