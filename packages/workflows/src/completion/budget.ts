import type { Pool, PoolClient } from 'pg'
import type { Instant } from '@guichet/domain'
import { utcDay } from '@guichet/domain'
import type { SchemaPart } from '@guichet/eventstore'
import { inTransaction } from '@guichet/eventstore'
import { retryAfterLockFailure } from '../lock-failure.ts'

/** What somebody may cause of the budget of a day: a share of it, from 0 to 1. */
export type BudgetShare = { readonly person: string; readonly share: number }

/** What is taken out of the share of somebody, in requests or characters. */
type ShareCharge = BudgetShare & { readonly amount: number }

/** How many requests, or characters, a service is sent a day, in UTC, by all processes of a desk together. */
export type Budget = {
  /**
   * Takes an amount, one by default, out of the budget of the day, and out of the shares of those who cause it; false when less is
   * left of any of them, and then nothing is taken.
   * @param charges one for each person.
   * @param isAllowed is asked in the transaction in which the shares are charged; false takes nothing.
   */
  take(
    at: Instant,
    amount?: number,
    charges?: readonly ShareCharge[],
    isAllowed?: (client: PoolClient) => Promise<boolean>,
  ): Promise<boolean>
  /** What is left of the shares of people on a day, by their names, whatever is left of the budget itself. */
  left(at: Instant, shares: readonly BudgetShare[]): Promise<ReadonlyMap<string, number>>
}

/** The budget of a service that may be sent any number of requests. */
const unlimitedBudget: Budget = {
  take: () => Promise.resolve(true),
  left: (_, shares) => Promise.resolve(new Map(shares.map(({ person }) => [person, Infinity]))),
}

/** For how many days the requests of a day stay counted. */
const countedDays = 31

/**
 * The budget of a service in a database that has `completionSchema`. It rejects with the errors of the database.
 * @param service the name of the service, which has a budget of its own.
 * @param requests how many requests, or characters, a day has; any number by default.
 */
export function dailyBudget(pool: Pool, service: string, requests: number | undefined): Budget {
  if (requests === undefined) return unlimitedBudget
  const takeAll = async (
    ...[at, amount, charges, isAllowed]: Required<Parameters<Budget['take']>>
  ): Promise<boolean> => {
    const values = [
      service,
      utcDay(at),
      requests,
      amount,
      charges.map(({ person }) => person),
      charges.map((charge) => charge.amount),
      charges.map(({ share }) => partOf(share, requests)),
    ]
    try {
      await retryAfterLockFailure(() =>
        inTransaction(pool, async (client) => {
          if (!(await isAllowed(client))) throw new BudgetSpent()
          const { rowCount } = await client.query({
            name: 'guichet_workflows.take_completion_shares',
            text: takeWithShares,
            values,
          })
          if (rowCount !== 1) throw new BudgetSpent()
        }),
      )
      return true
    } catch (error) {
      if (error instanceof BudgetSpent) return false
      throw error
    }
  }
  return {
    take: async (at, amount = 1, charges = [], isAllowed = async () => true) => {
      if (requests < amount) return false
      if (charges.length > 0) return takeAll(at, amount, charges, isAllowed)
      const { rowCount } = await pool.query({
        name: 'guichet_workflows.take_completion',
        text: `
          with outdated as (
            delete from guichet_workflows.completion_count where service = $1 and day < $2::date - ${countedDays}
          )
          insert into guichet_workflows.completion_count as c (service, day, requests) values ($1, $2::date, $4)
          on conflict (service, day) do update set requests = c.requests + $4 where c.requests + $4 <= $3`,
        values: [service, utcDay(at), requests, amount],
      })
      return rowCount === 1
    },
    left: async (at, shares) => {
      const { rows } = await pool.query<{ readonly person: string; readonly requests: number }>({
        name: 'guichet_workflows.left_of_completion_shares',
        text: `select person, requests from guichet_workflows.completion_share
          where service = $1 and day = $2::date and person = any($3::text[])`,
        values: [service, utcDay(at), shares.map(({ person }) => person)],
      })
      const spent = new Map(rows.map(({ person, requests }) => [person, requests]))
      return new Map(shares.map(({ person, share }) => [person, partOf(share, requests) - (spent.get(person) ?? 0)]))
    },
  }
}

const partOf = (share: number, requests: number): number => Math.floor(share * requests)

/** Thrown to take back what was taken of some shares, and not of all. */
class BudgetSpent extends Error {}

/** The shares are charged in the order of their names, and the day last: nobody waits for another in a circle. */
const takeWithShares = `
  with charge as (
    select person, amount, most from unnest($5::text[], $6::integer[], $7::integer[]) as c (person, amount, most)
  ), taken as (
    insert into guichet_workflows.completion_share as s (service, day, person, requests)
    select $1, $2::date, person, amount from charge where amount <= most order by person collate "C"
    on conflict (service, day, person) do update set requests = s.requests + excluded.requests
      where s.requests + excluded.requests <= (select most from charge where charge.person = excluded.person)
    returning 1
  )
  insert into guichet_workflows.completion_count as c (service, day, requests)
  select $1, $2::date, $4::integer where (select count(*) from taken) = cardinality($5::text[])
  on conflict (service, day) do update set requests = c.requests + $4 where c.requests + $4 <= $3`

/** Removes what people have caused of the budgets of all services before yesterday. Rejects with the errors of the database. */
export async function removeOldShares(pool: Pool, at: Instant): Promise<void> {
  await pool.query('delete from guichet_workflows.completion_share where day < $1::date - 1', [utcDay(at)])
}

const completions = `
create table guichet_workflows.completion_count (
  service text collate "C" not null,
  day date not null,
  requests integer not null,
  primary key (service, day)
);
`

/** `completion_share` has what somebody has caused of the requests of a day; the rows of a day go two days later, with `removeOldShares`. */
const shares = `
create table guichet_workflows.completion_share (
  service text collate "C" not null,
  day date not null,
  person text collate "C" not null,
  requests integer not null,
  primary key (service, day, person)
);
create index on guichet_workflows.completion_share (person);
`

/** How many requests language models, and how many characters translators, were sent on each day, and for whom. */
export const completionSchema: SchemaPart = {
  schema: 'guichet_workflows',
  part: 'completions',
  steps: [completions, shares],
}
