/** A place in a document: field names and positions in lists, from the outside in. */
export type Path = readonly PropertyKey[]

/** What is wrong with a configuration, and where in its file. */
export type ConfigurationFault = {
  /** The field, such as `sla.policies.3.escalateTo`; empty for the whole. */
  readonly path: string
  /** From 1; of the field, or of the closest one that is there. */
  readonly line: number
  /** From 1, in characters. */
  readonly column: number
  readonly message: string
}

/** A path as people read it. */
export const written = (path: Path): string => path.map(String).join('.')
