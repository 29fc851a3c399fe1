/** Runs a statement: on a pool, or within somebody's transaction. */
export type Run = (text: string, values: readonly unknown[]) => Promise<unknown>

/** When each stream falls due next; null for one on which nothing does. */
export type Noted = ReadonlyMap<string, string | Date | null>

/**
 * Notes streams whose clocks are to be told what stands, in one statement. What is `news` goes ahead of what was noted of the same
 * stream; anything else leaves that alone.
 */
export async function note(run: Run, streams: Noted, { news }: { readonly news: boolean }): Promise<void> {
  if (streams.size === 0) return
  await run(
    `insert into guichet_workflows.clock_outbox (stream, due_at, mark)
     select stream, due_at, nextval('guichet_workflows.clock_outbox_mark')
     from unnest($1::text[], $2::timestamptz[]) as noted (stream, due_at)
     order by stream
     on conflict (stream) do update set
       due_at = excluded.due_at, mark = excluded.mark, try_at = excluded.try_at, attempts = 0, error = null
     where $3`,
    [[...streams.keys()], [...streams.values()], news],
  )
}
