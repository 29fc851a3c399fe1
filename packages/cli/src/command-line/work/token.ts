import { randomUUID } from 'node:crypto'
import type { Instant } from '@guichet/domain'
import type { ProvidedRole, Revocation } from '@guichet/api/auth'
import { tokenIdSchema } from '@guichet/api/issuing'
import { openDatabase } from '../../engine/database.ts'
import { now } from '../../engine/engine.ts'
import { authConfig } from '../../environment/environment.ts'
import { CommandFault } from '../../fault.ts'
import { recordAdministration } from '@guichet/desk'
import { issueToken } from '../../tokens/issue-token.ts'
import type { RevokedTokens } from '../../tokens/revoked-tokens.ts'
import { revokedTokens, revokeTokens } from '../../tokens/revoked-tokens.ts'
import type { Context } from '../context.ts'
import { environmentOf, logger } from '../context.ts'
import type { ActorOption } from '../options.ts'
import { table } from '../table.ts'
import { withEngine } from '../with-engine.ts'

/** The options of the command. */
export type TokenOptions = {
  readonly role?: ProvidedRole
  readonly id?: string
  readonly name?: string
  readonly email?: string
  readonly plan?: string
  readonly expires: number
  readonly json?: boolean
}

/** Prints a token. */
export async function runToken({ expires, json, role, id, ...others }: TokenOptions, context: Context): Promise<void> {
  if (role === undefined) throw new CommandFault('usage', 'required option --role <role> is missing')
  if (id === undefined) throw new CommandFault('usage', 'required option --id <id> is missing')
  const tokenId = randomUUID()
  const request = { role, id, ...others }
  const environment = environmentOf(context)
  if (environment.production) {
    throw new CommandFault('not_in_production', 'development tokens are not made in production', {
      next: 'ask your identity provider for one',
    })
  }
  const { longestLifetime } = environment.tokens
  if (expires > longestLifetime) {
    throw new CommandFault(
      'usage',
      `--expires: tokens are valid for ${longestLifetime} seconds at the most (GUICHET_TOKEN_LIFETIME)`,
    )
  }
  const token = await issueToken(await authConfig(environment), { ...request, tokenId, seconds: expires })
  const expiresAt = new Date(Date.now() + expires * 1_000).toISOString()
  context.terminal.out(json ? JSON.stringify({ token, jti: tokenId, ...request, expiresAt }) : token)
}

/** The options of the command. */
export type RevocationsOptions = ActorOption & {
  readonly jti?: string
  readonly id?: string
  readonly issuedBefore?: Instant
  readonly json?: boolean
}

/** Revokes tokens, prints them, and records that. They are revoked even where that cannot be recorded. */
export async function runRevocations(
  { jti, id, issuedBefore = now(), by, json }: RevocationsOptions,
  context: Context,
): Promise<void> {
  const revocation = revocationOf(jti, id, issuedBefore)
  await withDatabase(context, (url) => revokeTokens(url, revocation))
  const which = jti === undefined ? `the tokens of ${id} issued before ${issuedBefore}` : `the token ${jti}`
  const revoked = jti === undefined ? { id, issuedBefore } : { jti }
  context.terminal.out(json ? JSON.stringify(revoked) : `${which} will be refused within seconds`)
  const named = jti === undefined ? { bearerId: id, issuedBefore } : { tokenId: jti }
  await withEngine(context, ({ desk }) => recordAdministration(desk.engine, { type: 'recordRevocation', ...named }, by))
}

/** Prints the revoked tokens. */
export async function list({ json }: Pick<RevocationsOptions, 'json'>, context: Context): Promise<void> {
  const entries = await withDatabase(context, revokedTokens)
  if (json) return context.terminal.out(JSON.stringify(entries.map(toJson)))
  if (entries.length === 0) return context.terminal.out('no token was ever revoked')
  const rows = entries
    .map(toJson)
    .map(({ jti, id, issuedBefore = '', revokedAt }) => [
      revokedAt,
      jti === undefined ? `all of ${id}` : `the token ${jti}`,
      issuedBefore,
    ])
  context.terminal.out(table(['revoked at', 'what', 'issued before'], rows))
}

type RevocationJson = {
  readonly jti?: string
  readonly id?: string
  readonly issuedBefore?: string
  readonly revokedAt: string
}

function toJson(entry: RevokedTokens): RevocationJson {
  const revokedAt = new Date(entry.revokedAt).toISOString()
  return 'tokenId' in entry
    ? { jti: entry.tokenId, revokedAt }
    : { id: entry.subject, issuedBefore: new Date(entry.issuedBefore).toISOString(), revokedAt }
}

async function withDatabase<T>(context: Context, work: (url: string) => Promise<T>): Promise<T> {
  const environment = environmentOf(context)
  const database = await openDatabase(environment, { serves: false, log: logger(environment, 'error') })
  try {
    return await work(database.url)
  } finally {
    await database.close()
  }
}

function revocationOf(jti: string | undefined, id: string | undefined, issuedBefore: Instant): Revocation {
  if ((jti === undefined) === (id === undefined)) throw new CommandFault('usage', 'give either --jti or --id')
  if (jti !== undefined) {
    const parsed = tokenIdSchema.safeParse(jti)
    if (!parsed.success) throw new CommandFault('usage', `--jti: ${parsed.error.issues[0]?.message}`)
    return { tokenId: parsed.data }
  }
  if (Date.parse(issuedBefore) > Date.now()) {
    throw new CommandFault(
      'usage',
      `--issued-before: ${issuedBefore} lies in the future, so new tokens would be refused too`,
      {
        next: 'leave it out for all that were issued until now',
      },
    )
  }
  return { subject: id ?? '', issuedBefore: Date.parse(issuedBefore) }
}
