import type { Channel, Priority } from '../ticket/vocabulary.ts'

/** What is known of a ticket when it is classified: what its customer wrote first, and how it came. */
export type Unclassified = {
  readonly subject: string
  /** The first message. */
  readonly body: string
  readonly channel?: Channel | undefined
  /** A BCP 47 language tag. */
  readonly language?: string | undefined
  /** The plan that the customer is on, where plans are known. */
  readonly plan?: string | undefined
}

/** One thing that spoke for a classification, such as a word of the text or a rule; a greater weight says more. */
export type Reason = { readonly evidence: string; readonly weight: number }

/** A category that might have been chosen. */
export type Alternative = { readonly category: string; readonly confidence: number }

/** What a ticket is about, as a classifier sees it, and why. */
export type Classification = {
  /** A path of ids, such as `technical_support/login_issues`; without one only tags and the priority are known. */
  readonly category?: string | undefined
  readonly tags: readonly string[]
  readonly priority?: Priority | undefined
  /** From 0 to 1: of all that is classified with 0.8, about 80 % should be right. */
  readonly confidence: number
  /** The most likely categories, the chosen one first, three at most. */
  readonly alternatives: readonly Alternative[]
  /** What spoke most for it, strongest first, eight at most. */
  readonly reasons: readonly Reason[]
  /** Who says so: `rules`, `model`, `service` or `fallback`, and which edition of it. */
  readonly by: { readonly classifier: string; readonly version: string }
}

/**
 * The port behind which everything stands that tells what tickets are about. It answers undefined where it cannot say; it rejects only
 * when it cannot work at all, and whoever asks then goes on without it.
 */
export type Classifier = {
  classify(ticket: Unclassified): Promise<Classification | undefined>
}
