import type { Classification, ClassificationSettings, Classifier, Unclassified } from './classifier.ts'

/** A classifier in its turn. */
type Turn = {
  readonly classifier: Classifier
  /** What is less certain is not taken, and the next one is asked. */
  readonly minimumConfidence: number
}

/** What classifies besides the rules: the model of the desk's own history, and an HTTP service, where there is one. */
export type Classifiers = {
  readonly rules: Classifier
  readonly model?: Classifier | undefined
  readonly service?: Classifier | undefined
}

/** What there is besides the classifiers themselves. */
type Composition = {
  /** Whether the desk has a category: a classifier that names another one has not answered. Any by default. */
  readonly knows?: (category: string) => boolean
  readonly onError?: (error: unknown) => void
}

/**
 * Asks the rules first, then the model and the service in the order of the settings, each of which must be confident enough. One that fails is
 * passed over, and `onError` hears of it. When nobody knows, the ticket gets the fallback of the settings, or nothing.
 */
export function classifierOf(
  { rules, model, service }: Classifiers,
  settings: Pick<ClassificationSettings, 'minimumConfidence' | 'service' | 'fallback'>,
  { knows = () => true, onError = () => undefined }: Composition = {},
): Classifier {
  const { minimumConfidence, fallback } = settings
  const learnt = settings.service.ask === 'first' ? [service, model] : [model, service]
  const turns: readonly Turn[] = [
    { classifier: rules, minimumConfidence: 0 },
    ...learnt.filter((each) => each !== undefined).map((classifier) => ({ classifier, minimumConfidence })),
  ]
  return {
    classify: async (ticket) => {
      for (const turn of turns) {
        const said = await ask(turn, ticket, onError)
        if (said && (said.category === undefined || knows(said.category))) return said
      }
      return fallback && byFallback(fallback)
    },
  }
}

async function ask(
  { classifier, minimumConfidence }: Turn,
  ticket: Unclassified,
  onError: (error: unknown) => void,
): Promise<Classification | undefined> {
  try {
    const said = await classifier.classify(ticket)
    return said && said.confidence >= minimumConfidence ? said : undefined
  } catch (error) {
    onError(error)
    return undefined
  }
}

function byFallback({ category, tags, priority }: NonNullable<ClassificationSettings['fallback']>): Classification {
  return {
    ...(category !== undefined && { category }),
    tags,
    ...(priority !== undefined && { priority }),
    confidence: 0,
    alternatives: [],
    reasons: [{ evidence: 'nothing spoke for a category', weight: 0 }],
    by: { classifier: 'fallback', version: '1' },
  }
}
