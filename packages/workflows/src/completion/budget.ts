import type { Pool } from 'pg'
import type { Instant } from '@guichet/domain'
import { utcDay } from '@guichet/domain'
import type { SchemaPart } from '@guichet/eventstore'

/** How many requests, or characters, a service is sent a day, in UTC, by all processes of a desk together. */
export type Budget = {
  /** Takes an amount, one by default, out of the budget of the day; false when less is left, and then nothing is taken. */
  take(at: Instant, amount?: number): Promise<boolean>
}

/** The budget of a service that may be sent any number of requests. */
const unlimitedBudget: Budget = { take: () => Promise.resolve(true) }

/** For how many days the requests of a day stay counted. */
const countedDays = 31

/**
 * The budget of a service in a database that has `completionSchema`. It rejects with the errors of the database.
 * @param service the name of the service, which has a budget of its own.
 * @param requests how many requests, or characters, a day has; any number by default.
 */
export function dailyBudget(pool: Pool, service: string, requests: number | undefined): Budget {
  if (requests === undefined) return unlimitedBudget
  return {
    take: async (at, amount = 1) => {
      if (requests < amount) return false
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
  }
}

const completions = `
create table guichet_workflows.completion_count (
  service text collate "C" not null,
  day date not null,
  requests integer not null,
  primary key (service, day)
);
`

/** How many requests language models, and how many characters translators, were sent on each day. */
export const completionSchema: SchemaPart = {
  schema: 'guichet_workflows',
  part: 'completions',
  steps: [completions],
}
