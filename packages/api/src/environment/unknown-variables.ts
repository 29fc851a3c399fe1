import { variables } from './environment.ts'

/** Those that only the tests, the bench and the servers for development read. */
const forDevelopment: readonly string[] = [
  'GUICHET_BANKING77',
  'GUICHET_CACHE',
  'GUICHET_SERVICENOW_LOG',
  'GUICHET_TEST_DATABASE_URL',
]

/** The variables of an environment that look like ours and are none, each with the name of ours that is nearest to it. */
export async function unknownVariables(
  environment: Readonly<Record<string, string | undefined>>,
): Promise<readonly { readonly name: string; readonly nearest: string }[]> {
  const unknown = Object.keys(environment).filter(
    (name) => name.startsWith('GUICHET_') && !variables.includes(name) && !forDevelopment.includes(name),
  )
  if (unknown.length === 0) return []
  const { editDistance } = await import('@guichet/projections')
  return unknown.map((name) => ({ name, nearest: nearestTo(name, editDistance) }))
}

function nearestTo(name: string, editDistance: (one: string, other: string, most: number) => number): string {
  const ours = variables.filter((variable) => variable.startsWith('GUICHET_'))
  const byDistance = ours.map((variable) => ({
    variable,
    distance: editDistance(name, variable, name.length + variable.length),
  }))
  return byDistance.reduce((best, next) => (next.distance < best.distance ? next : best)).variable
}
