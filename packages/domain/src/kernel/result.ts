import type { Refusal } from './refusal.ts'

/** Either a value or a refusal: what the domain refuses is an answer, never an exception. */
export type Result<T, R = Refusal> =
  { readonly ok: true; readonly value: T } | { readonly ok: false; readonly refusal: R }

/** A result that holds a value. */
export const accept = <T>(value: T): { readonly ok: true; readonly value: T } => ({ ok: true, value })
/** A result that holds a refusal. */
export const deny = <R>(refusal: R): { readonly ok: false; readonly refusal: R } => ({ ok: false, refusal })
