import { GraphQLError } from 'graphql'
import { LruCache } from '@guichet/domain'
import type { Principal } from '../auth/principal.ts'
import { isCustomer, principalKey } from '../auth/principal.ts'
import type { EdgeErrorCode } from '../errors.ts'
import type { SentInChats } from '../graphql/services.ts'
import type { Limits } from './limits.ts'

/**
 * The quotas of a principal per minute, for all uses together. A quota may be used up at once and is restored evenly,
 * so that a new minute allows no burst. Nobody waits for longer than a minute, even after heavy use.
 */
export type Quotas = {
  /** Counts the bytes written by a mutation. Returns the error if it is refused. */
  takeWritten(principal: Principal | undefined, bytes: number): GraphQLError | undefined
  /**
   * Counts the bytes of an upload that a principal asks for; those of visitors also for their address, which has ten
   * times as many. Returns the error if it is refused.
   */
  takeUploaded(principal: Principal, bytes: number, address?: string): GraphQLError | undefined
  /**
   * Counts a message that a principal sends in a chat, or the start of one; those of visitors also for their address, which has ten times
   * as many. Returns the error if it is refused.
   */
  takeMessage(principal: Principal, address?: string, sent?: SentInChats): GraphQLError | undefined
  /**
   * Counts activities that a principal reports; those of visitors also for their address, which has ten times as many.
   * Returns the error if they are refused.
   */
  takeActivities(principal: Principal, count: number, address?: string): GraphQLError | undefined
  /** Counts the bytes of reported activities, of which a principal has as many as of mutations. Returns the error if they are refused. */
  takeReported(principal: Principal, bytes: number): GraphQLError | undefined
  /** Counts the bytes of histories and texts that are read for a principal. */
  takeRead(principal: Principal | undefined, bytes: number): void
  /**
   * Counts the server's working time for a principal until the returned function is called, minus the time spent
   * waiting.
   */
  takeTime(principal: Principal | undefined): (waitedMs?: number) => void
  /** Returns the error for a principal who has used up the quota of reads or of time; undefined while some is left. */
  exhausted(principal: Principal | undefined): GraphQLError | undefined
}

/** The counters of a principal. */
type Quota = 'written' | 'reported' | 'uploaded' | 'messages' | 'activities' | 'read' | 'time'

const units: Readonly<Record<Quota, string>> = {
  written: 'bytes of mutations',
  reported: 'bytes of activities',
  uploaded: 'bytes of files',
  messages: 'messages in chats',
  activities: 'activities',
  read: 'bytes of histories and texts',
  time: 'milliseconds of the server',
}

/** The number of principals whose use is counted, some 200 bytes each. */
const maxPrincipals = 100_000

/**
 * The number of customers that a principal counts for: an agent serves many, and an integration serves more. Many
 * visitors may share an address.
 */
export const shares = { customer: 1, address: 10, staff: 10, service: 50 } as const

/** The number of customers that a principal of a role counts for. */
export const shareOf = (role: Principal['role']): number =>
  isCustomer({ role }) ? shares.customer : role === 'service' ? shares.service : shares.staff

/** As how many messages each counts: somebody of the desk has to look at each chat, and at each ticket. */
const messagesOf: Readonly<Record<SentInChats, number>> = { message: 1, start: 10 }

const minute = 60_000

/**
 * Creates the quotas of this process; a limit of 0 is none. `onRefused` is called for the refusals of a principal once
 * a minute. `now` is in milliseconds.
 */
export function createQuotas(
  limits: Pick<
    Limits,
    | 'writtenBytesPerMinute'
    | 'uploadedBytesPerMinute'
    | 'chatMessagesPerMinute'
    | 'activitiesPerMinute'
    | 'readBytesPerMinute'
    | 'millisecondsPerMinute'
  >,
  onRefused: (principal: Principal, quota: Quota) => void,
  now: () => number = () => performance.now(),
): Quotas {
  const counters = {
    written: createTaken(now),
    reported: createTaken(now),
    uploaded: createTaken(now),
    messages: createTaken(now),
    activities: createTaken(now),
    read: createTaken(now),
    time: createTaken(now),
  }
  const underWay = createUnderWay(now)
  const limitsOf: Readonly<Record<Quota, number>> = {
    written: limits.writtenBytesPerMinute,
    reported: limits.writtenBytesPerMinute,
    uploaded: limits.uploadedBytesPerMinute,
    messages: limits.chatMessagesPerMinute,
    activities: limits.activitiesPerMinute,
    read: limits.readBytesPerMinute,
    time: limits.millisecondsPerMinute,
  }
  const most = (quota: Quota, { role }: Principal, share = shareOf(role)): number => limitsOf[quota] * share

  const refuse = (quota: Quota, principal: Principal, over: number, share?: number): GraphQLError => {
    if (counters[quota].refusedFirst(principalKey(principal))) onRefused(principal, quota)
    return quotaExceeded(units[quota], most(quota, principal, share), over)
  }
  const take = (quota: Quota, principal: Principal, count: number, share?: number): void =>
    counters[quota].take(principalKey(principal), count, most(quota, principal, share))

  const takeUnlessOver = (
    quota: 'written' | 'reported' | 'uploaded' | 'messages' | 'activities',
    principal: Principal,
    count: number,
    share?: number,
  ) => {
    if (limitsOf[quota] === 0) return undefined
    const amount = counters[quota].countTaken(principalKey(principal))
    const over = amount + count - most(quota, principal, share)
    if (amount > 0 && over > 0) return refuse(quota, principal, Math.min(amount, over), share)
    take(quota, principal, count, share)
    return undefined
  }

  const takeOfAddressToo = (
    quota: 'uploaded' | 'messages' | 'activities',
    principal: Principal,
    count: number,
    address?: string,
  ) => {
    const refused = takeUnlessOver(quota, principal, count)
    if (refused || address === undefined || principal.role !== 'visitor') return refused
    return takeUnlessOver(quota, { ...principal, id: `address ${address}` }, count, shares.address)
  }

  return {
    takeWritten: (principal, bytes) => (principal ? takeUnlessOver('written', principal, bytes) : undefined),
    takeReported: (principal, bytes) => takeUnlessOver('reported', principal, bytes),
    takeUploaded: (principal, bytes, address) => takeOfAddressToo('uploaded', principal, bytes, address),
    takeMessage: (principal, address, sent = 'message') =>
      takeOfAddressToo('messages', principal, messagesOf[sent], address),
    takeActivities: (principal, count, address) => takeOfAddressToo('activities', principal, count, address),
    takeRead: (principal, bytes) => {
      if (principal && limitsOf.read > 0) take('read', principal, bytes)
    },
    takeTime: (principal) => {
      if (!principal || limitsOf.time === 0) return () => undefined
      const end = underWay.begin(principalKey(principal))
      return (waitedMs = 0) => take('time', principal, Math.max(0, end() - waitedMs))
    },
    exhausted: (principal) => {
      if (!principal) return undefined
      const name = principalKey(principal)
      const takenOf = {
        read: counters.read.countTaken(name),
        time: counters.time.countTaken(name) + underWay.timeOf(name),
      }
      for (const quota of ['read', 'time'] as const) {
        if (limitsOf[quota] === 0) continue
        const over = takenOf[quota] - most(quota, principal)
        if (over >= 0) return refuse(quota, principal, over)
      }
      return undefined
    },
  }
}

/** @param over the amount that must be restored first. */
function quotaExceeded(of: string, most: number, over: number): GraphQLError {
  const seconds = Math.max(1, Math.ceil((over * minute) / most / 1_000))
  return new GraphQLError(
    `the quota of ${most} ${of} a minute is used up; wait ${seconds} ${seconds === 1 ? 'second' : 'seconds'}`,
    { extensions: { code: 'quota_exceeded' satisfies EdgeErrorCode, retryAfter: seconds } },
  )
}

/** Measures the total time so far of running work by name. */
function createUnderWay(now: () => number) {
  const open = new Map<string, { count: number; startSum: number }>()
  return {
    timeOf: (name: string): number => {
      const entry = open.get(name)
      return entry ? entry.count * now() - entry.startSum : 0
    },
    /** Returns a function that ends the work and returns its duration. It must be called once. */
    begin: (name: string): (() => number) => {
      const startedAt = now()
      const entry = open.get(name) ?? { count: 0, startSum: 0 }
      entry.count++
      entry.startSum += startedAt
      open.set(name, entry)
      return () => {
        entry.count--
        entry.startSum -= startedAt
        if (entry.count === 0) open.delete(name)
        return now() - startedAt
      }
    },
  }
}

type Usage = { readonly amount: number; readonly limit: number; readonly at: number; readonly refusedAt?: number }

/** Counts by name what is taken and not yet restored. The full limit is restored in a minute. */
function createTaken(now: () => number) {
  const usages = new LruCache<string, Usage>({ maxEntries: maxPrincipals })
  const nothing: Usage = { amount: 0, limit: 0, at: now() }
  const leftOf = ({ amount, limit, at }: Usage): number => Math.max(0, amount - ((now() - at) * limit) / minute)
  return {
    countTaken: (name: string): number => leftOf(usages.get(name) ?? nothing),
    take: (name: string, count: number, limit: number): void => {
      const entry = usages.get(name) ?? nothing
      usages.set(name, { ...entry, amount: Math.min(leftOf(entry) + count, 2 * limit), limit, at: now() })
    },
    /** Returns whether this is the first refusal within a minute. */
    refusedFirst: (name: string): boolean => {
      const entry = usages.get(name) ?? nothing
      if (entry.refusedAt !== undefined && now() - entry.refusedAt < minute) return false
      usages.set(name, { ...entry, refusedAt: now() })
      return true
    },
  }
}
