import type { Refusal } from './refusal.ts'

/** Either a value or a refusal: what the domain refuses is an answer, never an exception. */
export type Result<T, R = Refusal> =
  { readonly ok: true; readonly value: T } | { readonly ok: false; readonly refusal: R }

export const accept = <T>(value: T): { readonly ok: true; readonly value: T } => ({ ok: true, value })
export const deny = <R>(refusal: R): { readonly ok: false; readonly refusal: R } => ({ ok: false, refusal })
