import type { Pool } from 'pg'
import type { Instant, ModelQuestion } from '@guichet/domain'
import { instant } from '@guichet/domain'
import type { SchemaPart } from '@guichet/eventstore'

/**
 * What became of a request to a model: it chose trouble, it saw none, its answer was none of those that it was asked
 * for, or there was none. One that is still `sent` waits for its answer, or its process has died meanwhile.
 */
export type ModelOutcome = 'sent' | 'trouble' | 'none' | 'useless' | 'failed'

/** A request to a model: all that it was sent of a person, and its answer. Nothing in it says who the person is. */
export type ModelRequest = {
  readonly askedAt: Instant
  readonly model: string
  readonly question: ModelQuestion
  /** The beginning of the answer, as it came; undefined where there was none. */
  readonly answer: string | undefined
  readonly outcome: ModelOutcome
  /** Why there was no answer, or why it could not be used. */
  readonly failure: string | undefined
}

/** What a model is sent, and when. */
type SentRequest = Pick<ModelRequest, 'askedAt' | 'model' | 'question'>

/** What became of a request. */
export type ModelResult = Pick<ModelRequest, 'answer' | 'outcome' | 'failure'>

/** The requests to models. All methods reject with the errors of the database. */
export type ModelLog = {
  /** Records a request before it is sent, and returns its number. */
  begin(request: SentRequest): Promise<string>
  /** Records what became of it. */
  end(number: string, result: ModelResult): Promise<void>
  /** The latest ones, the newest first. */
  latest(limit: number): Promise<readonly ModelRequest[]>
  /** Removes those before an instant. */
  removeBefore(at: Instant): Promise<void>
}

/** The longest answer and failure that are stored, in characters. */
const longest = 500

type Row = Omit<ModelRequest, 'askedAt' | 'answer' | 'failure'> & {
  readonly askedAt: Date
  readonly answer: string | null
  readonly failure: string | null
}

/** The log of the requests to models in a database that has `modelLogSchema`. */
export function modelLogIn(pool: Pool): ModelLog {
  return {
    begin: async ({ askedAt, model, question }) => {
      const { rows } = await pool.query<{ id: string }>(
        `insert into guichet_activity.model_request (asked_at, model, question, outcome)
         values ($1, $2, $3, 'sent') returning id::text`,
        [askedAt, model, JSON.stringify(question)],
      )
      const [row] = rows
      if (!row) throw new Error('a request to a model was not recorded')
      return row.id
    },
    end: async (number, { answer, outcome, failure }) => {
      await pool.query(
        'update guichet_activity.model_request set answer = $2, outcome = $3, failure = $4 where id = $1::bigint',
        [number, storable(answer), outcome, storable(failure)],
      )
    },
    latest: async (limit) => {
      const { rows } = await pool.query<Row>(
        `select asked_at as "askedAt", model, question, answer, outcome, failure
         from guichet_activity.model_request order by asked_at desc, id desc limit $1`,
        [limit],
      )
      return rows.map(({ askedAt, answer, failure, ...row }) => ({
        ...row,
        askedAt: instant(askedAt),
        answer: answer ?? undefined,
        failure: failure ?? undefined,
      }))
    },
    removeBefore: async (at) => {
      await pool.query('delete from guichet_activity.model_request where asked_at < $1', [at])
    },
  }
}

/** A text that Postgres stores: without control characters and unpaired surrogates. */
const storable = (text: string | undefined): string | null =>
  text === undefined ? null : text.slice(0, longest).replaceAll(/[\p{Cc}\p{Surrogate}]/gu, '')

const requests = `
create table guichet_activity.model_request (
  id bigint generated always as identity primary key,
  asked_at timestamptz not null,
  model text not null,
  question json not null,
  answer text,
  outcome text not null,
  failure text
);
create index on guichet_activity.model_request (asked_at);
`

/** What models were asked about activities, and what they answered. */
export const modelLogSchema: SchemaPart = { schema: 'guichet_activity', part: 'model log', steps: [requests] }
