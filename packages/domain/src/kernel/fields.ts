/** Every field of some data, undefined where the data does not have it: one that is forgotten does not compile. */
export type EveryField<D> = { readonly [K in keyof Required<D>]: D[K] }

/**
 * What tells data from other data under its id: something for every field but those that tell nothing. One that is
 * forgotten does not compile.
 */
export type Distinction<D, Ignored extends keyof D> = { readonly [K in Exclude<keyof D, Ignored>]-?: unknown }

/** A copy of some values without those that are undefined or null. */
export const withoutNulls = <T>(values: Readonly<Record<string, T | null | undefined>>) =>
  Object.fromEntries(Object.entries(values).filter(([, value]) => value != null)) as Readonly<Record<string, T>>

/** A copy of some data without the fields that are undefined. */
export const withoutUndefined = <D extends object>(data: D): D =>
  Object.fromEntries(Object.entries(data).filter(([, value]) => value !== undefined)) as D
