import { z } from 'zod'
import { chatCardSchema, id, instantSchema, isOnce } from '@guichet/domain'

/** A customer as a source of live data is asked about them: by ids alone, without names and addresses. */
export type LiveDataCustomer = {
  readonly id: string
  /** The ids that the customer had before merges. */
  readonly formerIds: readonly string[]
  /** The ids in other systems. */
  readonly externalIds: readonly { readonly system: string; readonly id: string }[]
}

const { title, fields } = chatCardSchema.shape

const cardSchema = z.object({
  cardId: id,
  title,
  fields,
  /** When the values were measured. */
  asOf: instantSchema,
})

/** Facts that a source knows of a customer at a moment (000, « Message avec données »). */
export type LiveDataCard = Readonly<z.output<typeof cardSchema>>

const mostCards = 20

/** The answer of a source: at most twenty cards with different ids. */
export const liveDataAnswerSchema = z.object({
  cards: z
    .array(cardSchema)
    .max(mostCards)
    .refine((cards) => isOnce(cards, ({ cardId }) => cardId), 'must have different ids'),
})

/** A source of live data did not answer in time, or not as it should. Its message names no customer. */
export class LiveDataFailed extends Error {
  override readonly name = 'LiveDataFailed'
}

/** A system that knows live data of customers, such as the state of their devices. */
export type LiveDataSource = {
  /** Unique at the desk; agents and customers are shown it. */
  readonly name: string
  /** @throws LiveDataFailed */
  read(customer: LiveDataCustomer): Promise<readonly LiveDataCard[]>
}
