import { z } from 'zod'
import { fieldList } from '../customer/details.ts'
import { addressTemplateSchema } from './address.ts'
import { contextualHelpSchema } from './contextual-help.ts'
import { helpCentreSchema } from './help-centre.ts'

/** Whose approval a revision of an article needs before it is published: of somebody who has not written it, of anybody, or nobody’s. */
const articleApprovals = ['another_person', 'anybody', 'none'] as const

/** Shares that 001 and 000 ask for, and what is withheld so that the effect of suggestions can be measured. */
const defaults = { helpful: 0.7, selfService: 0.4, contributions: 5, holdout: 0.05 } as const

const share = z.number().min(0).max(1)

/** How the desk writes down what it knows: a section of the configuration. */
export const knowledgeSettingsSchema = z.strictObject({
  /** Whose approval a revision needs before it is published. */
  approval: z.enum(articleApprovals).default('another_person'),
  /** The addresses of articles, in which `{id}`, `{language}` and `{slug}` stand for their own. */
  address: addressTemplateSchema.default('/articles/{id}/{language}/{slug}'),
  /** The own fields of articles. */
  fields: fieldList,
  /** The share of ratings that find an article helpful, which authors aim at. */
  helpful: share.default(defaults.helpful),
  /** The share of customers who open an article and then need no ticket, which the desk aims at. */
  selfService: share.default(defaults.selfService),
  /** How many articles an agent of level 2 writes or improves in a month, which the desk aims at. */
  contributions: z.int().min(0).max(1_000).default(defaults.contributions),
  /** The share of forms without suggestions, from 0 to 0.5, so that the effect of suggestions can be measured. */
  holdout: z.number().min(0).max(0.5).default(defaults.holdout),
  /** Which help belongs to which pages and actions of the product. */
  contextualHelp: contextualHelpSchema,
  /** The public pages of the articles. */
  helpCentre: helpCentreSchema.prefault({}),
})

/** How the desk writes down what it knows. */
export type KnowledgeSettings = Readonly<z.infer<typeof knowledgeSettingsSchema>>

/** The product’s own settings. */
export const defaultKnowledgeSettings: KnowledgeSettings = knowledgeSettingsSchema.parse({})

/** The template of the addresses of articles: that of the help centre, where there is one and the desk says no other. */
export const addressTemplate = ({ address, helpCentre }: KnowledgeSettings): string =>
  helpCentre.enabled && address === defaultKnowledgeSettings.address
    ? `${helpCentre.address ?? ''}/help/{language}/articles/{id}/{slug}`
    : address
