import { randomUUID } from 'node:crypto'
import { isEngineName } from '@guichet/domain'
import type { Role } from '../../auth/principal.ts'
import { authConfig } from '../../environment/environment.ts'
import { Fault } from '../../fault/fault.ts'
import { withoutUnsafe } from '../../terminal-text/safe-text.ts'
import { issueToken } from '../../tokens/issue-token.ts'
import type { Context } from '../context.ts'
import { environmentOf } from '../environment-of.ts'

/** What the command line gives. */
export type Options = {
  readonly role?: Role
  readonly id?: string
  readonly name?: string
  readonly email?: string
  readonly plan?: string
  readonly expires: number
  readonly json?: boolean
}

/** Prints a token. */
export async function run({ expires, json, role, id, ...others }: Options, context: Context): Promise<void> {
  if (role === undefined) throw new Fault('usage', 'required option --role <role> is missing')
  if (id === undefined) throw new Fault('usage', 'required option --id <id> is missing')
  const tokenId = randomUUID()
  const request = { role, id, ...others }
  const environment = environmentOf(context)
  if (environment.production) {
    throw new Fault('not_in_production', 'development tokens are not made in production', {
      next: 'ask your identity provider for one',
    })
  }
  if (isEngineName(id)) throw new Fault('usage', `--id: nobody is called ${id}: it is a name of the engine’s own`)
  if (withoutUnsafe(id) !== id) throw new Fault('usage', '--id: holds characters that a terminal does not show')
  const { longestLifetime } = environment.tokens
  if (expires > longestLifetime) {
    throw new Fault(
      'usage',
      `--expires: tokens are valid for ${longestLifetime} seconds at the most (GUICHET_TOKEN_LIFETIME)`,
    )
  }
  const token = await issueToken(await authConfig(environment), { ...request, tokenId, seconds: expires })
  const expiresAt = new Date(Date.now() + expires * 1_000).toISOString()
  context.terminal.out(json ? JSON.stringify({ token, jti: tokenId, ...request, expiresAt }) : token)
}
