import type { Instant } from '@guichet/domain'
import { later } from '@guichet/domain'
import type { AddressGuard } from '../outbound/address-guard.ts'
import type { HostTurns } from './host-turns.ts'
import { createHostTurns } from './host-turns.ts'
import { checkLink } from './link-check.ts'
import type { OutsideLinks } from './outside-links-port.ts'

type CheckingOptions = {
  readonly links: OutsideLinks
  /** The links of all published texts, some at a time. */
  readonly seen: AsyncIterable<readonly string[]>
  readonly guard: AddressGuard
  readonly now: () => Instant
  /** What was checked in so many milliseconds before is not checked again. */
  readonly againAfterMs: number
  readonly signal: AbortSignal
  /** How long a host is left alone after a request, that of a redirect too, in milliseconds; a second by default. */
  readonly pauseMs?: number
  /** For how long an answer is waited for, in milliseconds. */
  readonly timeoutMs?: number
  /** Called with the number of links that are checked, and of those that are to be. */
  readonly onProgress?: (checked: number, total: number) => void
}

/** How many hosts are asked at the same time, each for one link after the other. */
const hostsAtOnce = 8

/** How many links are read together. */
const together = 20_000

/**
 * Checks the links of articles to other sites that were not checked for a while, and forgets those that no article has any more. Each
 * result is stored at once: what is broken off goes on where it was. Returns how many it has checked; undefined where another process is
 * at it.
 * @throws the errors of the database, and the reason of the signal.
 */
export function checkOutsideLinks(options: CheckingOptions): Promise<number | undefined> {
  const { links, seen, now, againAfterMs, pauseMs = 1_000, signal } = options
  return links.alone(async () => {
    const startedAt = now()
    for await (const urls of seen) if (urls.length > 0) await links.see(urls, startedAt)
    await links.forget(startedAt)
    const before = later(startedAt, -againAfterMs)
    const failing = new AbortController()
    const until = AbortSignal.any([signal, failing.signal])
    const turns = createHostTurns(pauseMs, until)
    let checked = 0
    for (;;) {
      const urls = await links.due(before, together)
      if (urls.length === 0) return checked
      checked += await checkAll(urls, checked, options, { turns, until, stop: (error) => failing.abort(error) })
    }
  })
}

/** What all links of a run share: the turns of their hosts, and its end. */
type Run = { readonly turns: HostTurns; readonly until: AbortSignal; readonly stop: (error: unknown) => void }

/** Checks links, of several hosts at once. */
async function checkAll(
  urls: readonly string[],
  before: number,
  { links, guard, now, timeoutMs, onProgress }: CheckingOptions,
  { turns, until, stop }: Run,
): Promise<number> {
  const byHost = new Map<string, string[]>()
  for (const url of urls) {
    const { host } = new URL(url)
    const ofHost = byHost.get(host)
    if (ofHost) ofHost.push(url)
    else byHost.set(host, [url])
  }
  const hosts = [...byHost.values()]
  let checked = 0
  const work = async (): Promise<void> => {
    for (let host = hosts.pop(); host; host = hosts.pop()) {
      for (const url of host) {
        until.throwIfAborted()
        const limits = timeoutMs !== undefined && { timeoutMs }
        const finding = await checkLink(url, { guard, turns, signal: until, ...limits })
        await links.store({ url, checkedAt: now(), ...finding })
        checked++
        onProgress?.(before + checked, before + urls.length)
      }
    }
  }
  const stopped = (error: unknown): never => {
    stop(error)
    throw error
  }
  await Promise.all(Array.from({ length: Math.min(hostsAtOnce, hosts.length) }, () => work().catch(stopped)))
  return checked
}
