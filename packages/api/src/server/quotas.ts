import { LRUCache } from 'lru-cache'
import type { GraphQLError } from 'graphql'
import type { Principal } from '../auth/index.ts'
import { edgeError } from '../errors/index.ts'
import type { Limits } from './limits.ts'

/** What one principal may take in a window of time, whatever they take it for. */
export type Quotas = {
  /** Counts what a mutation brings, in bytes; answers with why it is refused. */
  takeBytes(principal: Principal | undefined, bytes: number): GraphQLError | undefined
  /** Why a principal has to wait who has taken all of their time; undefined while there is some left. */
  outOfTime(principal: Principal | undefined): GraphQLError | undefined
  /** Counts the time that the server works for a principal, until what it answers with is called. */
  takeTime(principal: Principal | undefined): () => void
}

/** Of how many principals is remembered what they have taken, some 200 bytes each. */
const remembered = 100_000

/** How many customers a principal counts for: an agent answers many, and an integration speaks for more. */
export const shares = { customer: 1, staff: 10, service: 50 } as const

const hour = 3_600_000
const minute = 60_000

/** Quotas of this process; a limit of 0 is none. `onRefused` hears of the first refusal in each window of time. `now` is in milliseconds. */
export function createQuotas(
  { writtenBytesPerHour, millisecondsPerMinute }: Pick<Limits, 'writtenBytesPerHour' | 'millisecondsPerMinute'>,
  onRefused: (principal: Principal, quota: 'bytes' | 'time') => void,
  now: () => number = () => performance.now(),
): Quotas {
  const bytes = createWindow(hour, now)
  const time = createWindow(minute, now)
  const underWay = createUnderWay(now)
  const most = (limit: number, { role }: Principal): number =>
    limit * (role === 'customer' || role === 'service' ? shares[role] : shares.staff)

  return {
    takeBytes: (principal, count) => {
      if (!principal || writtenBytesPerHour === 0) return undefined
      const name = nameOf(principal)
      if (bytes.taken(name) + count > most(writtenBytesPerHour, principal)) {
        if (bytes.refusedFirst(name)) onRefused(principal, 'bytes')
        return quotaExceeded('bytes of mutations an hour', most(writtenBytesPerHour, principal), bytes.endsIn(name))
      }
      bytes.take(name, count)
      return undefined
    },
    outOfTime: (principal) => {
      if (!principal || millisecondsPerMinute === 0) return undefined
      const name = nameOf(principal)
      if (time.taken(name) + underWay.taken(name) < most(millisecondsPerMinute, principal)) return undefined
      if (time.refusedFirst(name)) onRefused(principal, 'time')
      return quotaExceeded(
        'milliseconds of the server a minute',
        most(millisecondsPerMinute, principal),
        time.endsIn(name),
      )
    },
    takeTime: (principal) => {
      if (!principal || millisecondsPerMinute === 0) return () => undefined
      const name = nameOf(principal)
      const end = underWay.begin(name)
      return () => time.take(name, end())
    },
  }
}

const nameOf = ({ role, id }: Principal): string => `${role}:${id}`

function quotaExceeded(of: string, most: number, endsInMs: number): GraphQLError {
  const seconds = Math.max(1, Math.ceil(endsInMs / 1_000))
  return edgeError(
    'quota_exceeded',
    `the quota of ${most} ${of} is used up; wait ${seconds} ${seconds === 1 ? 'second' : 'seconds'}`,
  )
}

/** How long what is under way by name has taken by now, all together. */
function createUnderWay(now: () => number) {
  const open = new Map<string, { count: number; begun: number }>()
  return {
    taken: (name: string): number => {
      const known = open.get(name)
      return known ? known.count * now() - known.begun : 0
    },
    /** Answers with what ends it, once, and says how long it took. */
    begin: (name: string): (() => number) => {
      const begun = now()
      const known = open.get(name) ?? { count: 0, begun: 0 }
      known.count++
      known.begun += begun
      open.set(name, known)
      return () => {
        known.count--
        known.begun -= begun
        if (known.count === 0) open.delete(name)
        return now() - begun
      }
    },
  }
}

/** What is taken by name in a window of time, which begins with the first that is taken. */
function createWindow(lengthMs: number, now: () => number) {
  const open = new LRUCache<string, { taken: number; refused?: true; readonly ends: number }>({ max: remembered })
  const of = (name: string) => {
    const known = open.get(name)
    return known && known.ends > now() ? known : undefined
  }
  const take = (name: string, count: number): void => {
    const known = of(name)
    if (known) known.taken += count
    else open.set(name, { taken: count, ends: now() + lengthMs })
  }
  return {
    taken: (name: string): number => of(name)?.taken ?? 0,
    endsIn: (name: string): number => Math.max(0, (of(name)?.ends ?? now()) - now()),
    take,
    /** Whether nothing was refused in the present window before. */
    refusedFirst: (name: string): boolean => {
      take(name, 0)
      const known = of(name)
      const first = known?.refused === undefined
      if (known) known.refused = true
      return first
    },
  }
}
