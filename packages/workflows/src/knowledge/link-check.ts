import { inTime } from '../supervision.ts'
import type { AddressGuard } from '../outbound/address-guard.ts'
import { AddressRefused } from '../outbound/address-guard.ts'
import type { GuardedAnswer } from '../outbound/guarded-request.ts'
import { guardedRequest } from '../outbound/guarded-request.ts'
import type { HostTurns } from './host-turns.ts'
import type { LinkFinding } from './outside-links-port.ts'

type LinkCheckOptions = {
  readonly guard: AddressGuard
  readonly signal: AbortSignal
  /** The turns of the hosts that are asked, of redirects too; at once by default. */
  readonly turns?: HostTurns
  /** For how long each answer is waited for, in milliseconds; 15,000 by default. */
  readonly timeoutMs?: number
}

/** How many redirects are followed. */
const mostRedirects = 5

/** How this desk names itself to the servers that it asks. */
const userAgent = 'guichet-link-check'

const redirects: ReadonlySet<number> = new Set([301, 302, 303, 307, 308])

/** The redirects that are for good: the link should name where they lead to. */
const permanent: ReadonlySet<number> = new Set([301, 308])

/** Answers that say nothing of the page: who asks has to sign in, to wait, or to be a browser. */
const uncertain: ReadonlySet<number> = new Set([401, 403, 407, 408, 425, 429, 451])

/**
 * Finds out whether readers reach an address, as browsers do, by `HEAD` and, where that is refused, by `GET`, of whose answer
 * the headers are read. Each redirect is a new request, with the same guard. It rejects at the signal.
 */
export async function checkLink(address: string, options: LinkCheckOptions): Promise<LinkFinding> {
  const { guard, signal, turns = (_, ask) => ask(), timeoutMs = 15_000 } = options
  let url = new URL(address)
  let isMoved = true
  try {
    for (let followed = 0; followed <= mostRedirects; followed++) {
      const target = url
      const ask = (method: 'HEAD' | 'GET'): Promise<GuardedAnswer> =>
        inTime(timeoutMs, signal, (untilThen) =>
          guardedRequest(target, { method, guard, userAgent, signal: untilThen }),
        )
      const { status, location } = await turns(target.host, async () => {
        const head = await ask('HEAD')
        return head.status >= 400 ? ask('GET') : head
      })
      if (!redirects.has(status) || location === undefined) {
        const redirectedTo = followed === 0 ? undefined : url.href
        return { outcome: outcomeOf(status, followed > 0 && isMoved), status, redirectedTo, fault: undefined }
      }
      if (!URL.canParse(location, url.href)) return broken('redirect_invalid', status)
      isMoved &&= permanent.has(status)
      url = new URL(location, url)
    }
    return broken('too_many_redirects', undefined)
  } catch (error) {
    signal.throwIfAborted()
    return failed(error)
  }
}

function outcomeOf(status: number, isMoved: boolean): LinkFinding['outcome'] {
  if (status >= 500 || status < 200 || uncertain.has(status)) return 'uncertain'
  if (status >= 400) return 'broken'
  return isMoved ? 'moved' : 'reached'
}

const broken = (fault: LinkFinding['fault'], status: number | undefined): LinkFinding => ({
  outcome: 'broken',
  status,
  redirectedTo: undefined,
  fault,
})

function failed(error: unknown): LinkFinding {
  const nothing = { status: undefined, redirectedTo: undefined } as const
  if (error instanceof AddressRefused) return { outcome: 'uncertain', ...nothing, fault: 'address_refused' }
  const { code, name }: Partial<NodeJS.ErrnoException> = error instanceof Error ? error : {}
  if (name === 'AbortError') return { outcome: 'uncertain', ...nothing, fault: 'no_answer_in_time' }
  if (code === undefined) throw error
  if (code === 'ENOTFOUND') return { outcome: 'broken', ...nothing, fault: 'host_not_found' }
  if (code !== undefined && /CERT|SELF_SIGNED|UNABLE_TO_|ERR_TLS|EPROTO/.test(code))
    return { outcome: 'broken', ...nothing, fault: 'certificate_invalid' }
  return { outcome: 'uncertain', ...nothing, fault: 'no_connection' }
}
