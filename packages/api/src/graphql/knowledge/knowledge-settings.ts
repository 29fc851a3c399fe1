import type { KnowledgeSettings } from '@guichet/domain'
import { defaultKnowledgeSettings, versionAt } from '@guichet/domain'
import type { Services } from '../services.ts'

/**
 * How the desk writes down what it knows, in force now. A configuration that was applied before there was a setting does
 * not have it.
 */
export async function knowledgeSettings({ desk }: Pick<Services, 'desk'>): Promise<KnowledgeSettings> {
  await desk.terms()
  return { ...defaultKnowledgeSettings, ...versionAt(desk.timeline, desk.now()).knowledge }
}

/** The template of the addresses of articles: that of the help centre, where there is one and the desk says no other. */
export const addressTemplate = ({ address, helpCentre }: KnowledgeSettings): string =>
  helpCentre.enabled && address === defaultKnowledgeSettings.address
    ? `${helpCentre.address ?? ''}/help/{language}/articles/{id}/{slug}`
    : address
