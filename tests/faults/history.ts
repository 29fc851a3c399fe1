import type { EventEnvelope, GuichetEvent } from '@guichet/domain'
import { guichetEvents } from '@guichet/domain'
import { postgresStore } from '@guichet/eventstore'
import pg from 'pg'

/** All events of a database, in order. */
export async function readHistory(url: string): Promise<readonly EventEnvelope<GuichetEvent>[]> {
  const store = await postgresStore({ connectionString: url, catalogue: guichetEvents })
  const all: EventEnvelope<GuichetEvent>[] = []
  for (;;) {
    const page = await store.readAll({ after: all.at(-1)?.position, limit: 1_000 })
    all.push(...(page as EventEnvelope<GuichetEvent>[]))
    if (page.length === 0) break
  }
  await store.close()
  return all
}

/** The content of the read models by the name of the table: how many rows, and a digest of all of them. `without` names a column of a table that is left out. */
export async function readModelsOf(
  url: string,
  without: Readonly<Record<string, string>> = {},
): Promise<Readonly<Record<string, string>>> {
  const views = await query(
    url,
    `select table_name as name from information_schema.views where table_schema = 'guichet_read' order by 1`,
  )
  const digests = views.map(async ({ name }): Promise<[string, string]> => {
    const column = without[String(name)]
    const content = column === undefined ? 'r::text' : `(to_jsonb(r) - '${column}')::text`
    const text = `select count(*) || ' rows, ' || coalesce(md5(string_agg(${content}, chr(10) order by ${content})), '') as digest from guichet_read.${String(name)} r`
    const [row] = await query(url, text)
    return [String(name), String(row?.['digest'])]
  })
  return Object.fromEntries(await Promise.all(digests))
}

/** The events of a history by stream and version, without the values that differ each time the same is stored. */
export async function contentOf(url: string): Promise<readonly unknown[]> {
  const history = await readHistory(url)
  return history
    .map(({ stream, version, event, commandId, correlationId }) => ({
      stream,
      version,
      event,
      commandId,
      correlationId,
    }))
    .toSorted((a, b) => (a.stream === b.stream ? a.version - b.version : a.stream < b.stream ? -1 : 1))
}

/** The rows of a query. */
export async function query(url: string, text: string): Promise<readonly Record<string, unknown>[]> {
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  try {
    return (await client.query<Record<string, unknown>>(text)).rows
  } finally {
    await client.end()
  }
}
