import { serverAudits } from 'graphql-http'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { ana, tokenFor, useApi } from './testing/api-under-test.ts'

const api = useApi({ beforeAll, afterAll })
let url: string
beforeAll(async () => {
  url = `${await api.app.listen({ port: 0, host: '127.0.0.1' })}/graphql`
})

describe('GraphQL over HTTP', () => {
  const audits = serverAudits({
    url: () => url,
    fetchFn: async (address: string, init: RequestInit = {}) => {
      const headers = new Headers(init.headers)
      headers.set('authorization', `Bearer ${await tokenFor(ana)}`)
      return fetch(address, { ...init, headers })
    },
  })

  it.each(audits)('$id $name', async (audit) => {
    const result = await audit.fn()
    expect({ status: result.status, reason: 'reason' in result ? result.reason : '' }).toEqual({
      status: 'ok',
      reason: '',
    })
  })
})
