import type { Desk } from '@guichet/domain'
import { categoriesOf, defaultClassification } from '@guichet/domain'
import type { ClassificationEngine, ClassificationOptions } from '@guichet/workflows'
import { openClassification } from '@guichet/workflows'
import type { Environment } from '../environment/environment.ts'

type Parts = Pick<ClassificationOptions, 'connectionString' | 'onError' | 'warn'> & { readonly desk: Desk }

/** Opens what tells what tickets are about, by the rules and the categories of the desk's configuration in force. */
export function openDeskClassification(
  { desk, ...parts }: Parts,
  { classifier: service }: Environment,
): Promise<ClassificationEngine> {
  return openClassification({
    ...parts,
    store: desk.store,
    settings: async () => (await desk.configuration())?.classification ?? defaultClassification,
    categories: async () => {
      const all = categoriesOf((await desk.configuration())?.categories ?? []).values()
      return [...all].filter(({ leaf }) => leaf).map(({ path }) => path)
    },
    service,
  })
}
