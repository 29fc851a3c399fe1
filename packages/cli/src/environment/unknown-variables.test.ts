import { expect, it } from 'vitest'
import { unknownVariables } from './environment.ts'

it('names the unknown variables that look like Guichet’s, and the probable names', async () => {
  const environment = {
    GUICHET_JWT_SECRTE: 'x',
    GUICHET_RATELIMIT: '1',
    GUICHET_HOME: '/tmp',
    GUICHET_DEBUG: '1',
    GUICHET_SERVICENOW_LOG: 'log.csv',
    GUICHET_TEST_CHATS: '1',
    GUICHET_TEST_ROUTED_CHATS: '1',
    GUICHET_TEST_RUNS: '1',
    PORT: '1',
    HOME: '/',
  }
  expect(await unknownVariables(environment)).toEqual([
    { name: 'GUICHET_JWT_SECRTE', nearest: 'GUICHET_JWT_SECRET' },
    { name: 'GUICHET_RATELIMIT', nearest: 'GUICHET_RATE_LIMIT' },
  ])
})
