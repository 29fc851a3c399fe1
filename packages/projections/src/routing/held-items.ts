import type { Transaction } from 'kysely'
import { sql } from 'kysely'

/** Lets the open tickets into the queue that waited for imports which have ended now, in one statement however many they are. */
export async function releaseItems(tx: Transaction<unknown>, imports: readonly string[]): Promise<void> {
  if (imports.length === 0) return
  await sql`
    update work_item set held = false, waiting = waiting_since is not null
    where imported_by = any(${[...imports]}::text[]) and held`.execute(tx)
}

/** Takes the open tickets out of it that came in last with imports which go on now, until these end. */
export async function holdItems(tx: Transaction<unknown>, imports: readonly string[]): Promise<void> {
  if (imports.length === 0) return
  await sql`
    update work_item set held = true, waiting = false
    where imported_by = any(${[...imports]}::text[]) and not held`.execute(tx)
}
