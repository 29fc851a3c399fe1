import type { LinearModel } from '@guichet/domain'
import type { Pool } from 'pg'
import { decodeModel, encodeModel } from './model-codec.ts'

/** What is known of the stored model without reading it. */
export type ModelCard = {
  readonly version: string
  /** It has learnt what people had said up to this revision. */
  readonly revision: string
  readonly examples: number
  readonly trainedAt: Date
}

/** The one model that the processes of a desk share. */
export type StoredModel = {
  card(): Promise<ModelCard | undefined>
  /** @throws ModelUnreadable when it was made by another version of the program, or is damaged. */
  load(): Promise<LinearModel | undefined>
  save(model: LinearModel, revision: string): Promise<void>
  /** Does work that one process at a time does; undefined when another one is at it. */
  alone<T>(work: () => Promise<T>): Promise<T | undefined>
}

/** The model in `guichet_workflows`, whose schema has been migrated. Rejects with what the database does. */
export function storedModel(pool: Pool): StoredModel {
  return {
    card: async () => {
      const { rows } = await pool.query<ModelCard>(
        `select version, revision::text as revision, examples, trained_at as "trainedAt"
         from guichet_workflows.classification_model`,
      )
      return rows[0]
    },
    load: async () => {
      const { rows } = await pool.query<{ model: Buffer }>('select model from guichet_workflows.classification_model')
      return rows[0] && decodeModel(rows[0].model)
    },
    save: async (model, revision) => {
      await pool.query(
        `insert into guichet_workflows.classification_model (version, revision, examples, model)
         values ($1, $2, $3, $4)
         on conflict (sole) do update set version = excluded.version, revision = excluded.revision,
           examples = excluded.examples, model = excluded.model, trained_at = now()`,
        [model.version, revision, model.examples, encodeModel(model)],
      )
    },
    alone: async (work) => {
      const client = await pool.connect()
      let done = false
      try {
        const lock = `hashtextextended('guichet_workflows.classification', 0)`
        const { rows } = await client.query<{ taken: boolean }>(`select pg_try_advisory_lock(${lock}) as taken`)
        const result = rows[0]?.taken ? await work() : undefined
        if (rows[0]?.taken) await client.query(`select pg_advisory_unlock(${lock})`)
        done = true
        return result
      } finally {
        client.release(!done)
      }
    },
  }
}
