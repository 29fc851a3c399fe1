import type { Instant } from '@guichet/domain'

/** A place in an ordered list: the value sorted by, and the id that breaks ties. */
export type Keyset = { readonly value: string; readonly id: string }

/** A page from the start of the order, or, `backward`, from its end. */
export type Page = {
  readonly limit: number
  readonly backward?: boolean | undefined
  readonly after?: Keyset | undefined
  readonly before?: Keyset | undefined
}

export type Slice<Row> = {
  readonly rows: readonly { readonly row: Row; readonly keyset: Keyset }[]
  readonly hasNext: boolean
  readonly hasPrevious: boolean
}

/** Half open: `from` is included, `to` is not; either end may be left out. */
export type TimeRange = { readonly from?: Instant | undefined; readonly to?: Instant | undefined }
