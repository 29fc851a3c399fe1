import type { RefusalCode } from './refusal.ts'

/**
 * The effect of a command in a status: `to` lists the statuses it may lead to (one of them may be the same again),
 * `repeat` means that it has taken effect already and changes nothing, `refuse` gives the reason for a refusal
 * (`unlessDone`: except that a repeat of a command that has taken effect changes nothing). The command's rule may still
 * refuse what a cell lets through, or change nothing.
 */
export type LifecycleCell<S extends string> =
  | { readonly to: readonly S[] }
  | { readonly repeat: true }
  | { readonly refuse: RefusalCode; readonly unlessDone?: true }

/** The effect of a command in each status. */
export type LifecycleRow<S extends string> = Readonly<Record<S, LifecycleCell<S>>>

/** The cell that lets a command lead to these statuses. */
export const to = <S extends string>(...statuses: readonly S[]): { readonly to: readonly S[] } => ({ to: statuses })

/** The cell of a command that has taken effect already. */
export const repeat: { readonly repeat: true } = { repeat: true }

/** The cell that refuses a command. */
export const refuse = (code: RefusalCode): { readonly refuse: RefusalCode } => ({ refuse: code })
