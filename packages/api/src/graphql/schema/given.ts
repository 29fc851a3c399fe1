/** An input without the fields that GraphQL calls null, which were not given, at whatever depth; what a list holds stays. */
export function given<T extends object>(input: T): Given<T> {
  return withoutNulls(input) as Given<T>
}

type Given<T> = { [K in keyof T]: NonNullable<T[K]> }

function withoutNulls(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutNulls)
  if (typeof value !== 'object' || value === null) return value
  const fields = Object.entries(value).filter(([, field]) => field != null)
  return Object.fromEntries(fields.map(([name, field]) => [name, withoutNulls(field)]))
}
