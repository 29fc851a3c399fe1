import type { RefusalCode } from '@guichet/domain'

/** Why a row is refused that its ticket does not decide about; docs/reference/mapping.md explains each one. */
export const rowCodes = [
  'row_malformed',
  'value_unreadable',
  'time_runs_backwards',
  'at_in_the_future',
  'time_ambiguous',
  'older_than_history',
  'imported_differently',
  'version_conflict',
] as const

/** What is put right in a row rather than losing it; a strict import refuses the row for it. */
export const repairCodes = [
  'address_with_name',
  'address_unreadable',
  'control_characters',
  'text_cut',
  'values_left_out',
  'words_missing',
  'reply_unjoined',
] as const
export type RepairCode = (typeof repairCodes)[number]

/** Why a row is refused: for a reason of the log's, or by its ticket. */
export type RowCode = (typeof rowCodes)[number] | RepairCode | RefusalCode
