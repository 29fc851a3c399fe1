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
