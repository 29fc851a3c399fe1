import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { MappingInput } from './mapping.ts'

/** A small mapping of snapshots: each row says what its case is like at a time. */
export const snapshots: MappingInput = {
  name: 'snapshots',
  missing: ['', '?'],
  case: { column: 'case' },
  time: { column: 'at', format: 'iso' },
  activity: {
    column: 'state',
    values: {
      New: { status: 'new' },
      Open: { status: 'in_progress' },
      Vendor: { status: 'in_progress', tag: 'vendor' },
      Waiting: { status: 'waiting_customer' },
      Solved: { status: 'resolved' },
      Closed: { status: 'closed' },
      Seen: 'nothing',
    },
  },
  actor: { id: 'by' },
  customer: { id: 'customer' },
  assignee: { id: 'assignee', missingMeans: 'unassigned' },
  team: { column: 'team' },
  priority: { column: 'priority', values: { P1: 'urgent', P3: 'normal' } },
  subject: 'Case {case}',
  body: 'Imported.',
}

/** A small mapping of deeds: each row says what somebody did. */
export const deeds: MappingInput = {
  name: 'deeds',
  case: { column: 'case' },
  time: { column: 'at', format: 'iso' },
  activity: {
    column: 'did',
    values: {
      opened: { does: 'open' },
      answered: { does: 'agentReply' },
      asked: { does: 'agentReply', then: 'waiting_customer' },
      wrote: { does: 'customerReply' },
      noted: { does: 'addNote' },
      solved: { status: 'resolved' },
      closed: { status: 'closed', reason: 'solved' },
    },
  },
  actor: { id: 'by' },
  customer: { id: 'customer' },
  subject: 'Case {case}',
  body: '{text}',
  text: '{text}',
}

/** A folder that is removed after the work in it. */
export async function inFolder<T>(work: (folder: string) => Promise<T>): Promise<T> {
  const folder = await mkdtemp(join(tmpdir(), 'guichet-import-'))
  try {
    return await work(folder)
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

/** Writes rows as CSV under the columns of `snapshots`; what a row leaves out is missing. */
export async function writeSnapshots(file: string, rows: readonly Readonly<Record<string, string>>[]): Promise<void> {
  const columns = ['case', 'at', 'state', 'by', 'customer', 'assignee', 'team', 'priority']
  const lines = rows.map((row) => columns.map((column) => `"${(row[column] ?? '?').replaceAll('"', '""')}"`).join(','))
  await writeFile(file, [columns.join(','), ...lines, ''].join('\n'))
}
