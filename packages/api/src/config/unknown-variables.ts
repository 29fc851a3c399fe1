import { variables } from './configuration.ts'

/** Those that only the tests, the bench and the servers for development read. */
const forDevelopment: readonly string[] = [
  'GUICHET_CACHE',
  'GUICHET_SERVICENOW_LOG',
  'GUICHET_TEMPORAL_TESTS',
  'GUICHET_TEST_DATABASE_URL',
]

/** The variables of an environment that look like ours and are none, each with the name of ours that is nearest to it. */
export function unknownVariables(
  environment: Readonly<Record<string, string | undefined>>,
): readonly { readonly name: string; readonly nearest: string }[] {
  return Object.keys(environment)
    .filter((name) => name.startsWith('GUICHET_') && !variables.includes(name) && !forDevelopment.includes(name))
    .map((name) => ({ name, nearest: nearestTo(name) }))
}

function nearestTo(name: string): string {
  const ours = variables.filter((variable) => variable.startsWith('GUICHET_'))
  const byDistance = ours.map((variable) => ({ variable, distance: editsBetween(name, variable) }))
  return byDistance.reduce((best, next) => (next.distance < best.distance ? next : best)).variable
}

/** How many characters to put in, take out or exchange make one text of another (Levenshtein). */
function editsBetween(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, place) => place)
  for (let index = 0; index < a.length; index++) {
    const next = [index + 1]
    for (let place = 1; place <= b.length; place++) {
      const exchanged = row[place - 1]! + (a[index] === b[place - 1] ? 0 : 1)
      next.push(Math.min(exchanged, row[place]! + 1, next[place - 1]! + 1))
    }
    row = next
  }
  return row[b.length]!
}
