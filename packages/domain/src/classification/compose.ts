import type { Classification, ClassificationSettings, Classifier, ClassifiableTicket } from './classifier.ts'

/** One classifier in the order of calls. */
type Turn = {
  readonly classifier: Classifier
  /** A result with less confidence is dropped, and the next classifier is called. */
  readonly minimumConfidence: number
}

/** The classifiers besides the rules: the model of the desk's own history, and an HTTP service, if there is one. */
export type Classifiers = {
  readonly rules: Classifier
  readonly model?: Classifier | undefined
  readonly service?: Classifier | undefined
}

/** What the composition needs besides the classifiers. */
type Composition = {
  /** Whether the desk has a category: a result with another one is dropped. Any by default. */
  readonly knows?: (category: string) => boolean
  readonly onError?: (error: unknown) => void
}

/**
 * Calls the rules first, then the model and the service in the order of the settings; each result must have enough
 * confidence. A failing classifier is skipped, and `onError` is called. Without a result the ticket gets the fallback
 * of the settings, or nothing.
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
        const result = await ask(turn, ticket, onError)
        if (result && (result.category === undefined || knows(result.category))) return result
      }
      return fallback && byFallback(fallback)
    },
  }
}

async function ask(
  { classifier, minimumConfidence }: Turn,
  ticket: ClassifiableTicket,
  onError: (error: unknown) => void,
): Promise<Classification | undefined> {
  try {
    const result = await classifier.classify(ticket)
    return result && result.confidence >= minimumConfidence ? result : undefined
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
