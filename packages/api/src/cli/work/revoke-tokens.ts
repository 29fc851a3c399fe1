import type { Instant } from '@guichet/domain'
import { limits } from '@guichet/domain'
import type { Revocation } from '../../auth/index.ts'
import { openDatabase } from '../../engine/database.ts'
import { now } from '../../engine/engine.ts'
import { Fault } from '../../fault/fault.ts'
import { revokeTokens } from '../../tokens/revoked-tokens.ts'
import type { Context } from '../context.ts'
import { environmentOf } from '../environment-of.ts'
import { logger } from '../logger.ts'

/** What the command line gives. */
export type Options = {
  readonly jti?: string
  readonly id?: string
  readonly issuedBefore?: Instant
  readonly json?: boolean
}

/** Revokes tokens, and prints which. */
export async function run({ jti, id, issuedBefore = now(), json }: Options, context: Context): Promise<void> {
  const revocation = revocationOf(jti, id, issuedBefore)
  const environment = environmentOf(context)
  const log = logger(environment, 'error')
  const database = await openDatabase(environment, { serves: false, log })
  try {
    await revokeTokens(database.url, revocation)
  } finally {
    await database.close()
  }
  const which = jti === undefined ? `the tokens of ${id} issued before ${issuedBefore}` : `the token ${jti}`
  const told = jti === undefined ? { id, issuedBefore } : { jti }
  context.terminal.out(json ? JSON.stringify(told) : `${which} will be refused within seconds`)
}

function revocationOf(jti: string | undefined, id: string | undefined, issuedBefore: Instant): Revocation {
  if ((jti === undefined) === (id === undefined)) throw new Fault('usage', 'give either --jti or --id')
  if (jti !== undefined) {
    if (jti.length < 1 || jti.length > limits.name)
      throw new Fault('usage', `--jti: has 1 to ${limits.name} characters`)
    return { tokenId: jti }
  }
  return { subject: id ?? '', issuedBefore: Date.parse(issuedBefore) }
}
