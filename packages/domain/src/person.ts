import { z } from 'zod'
import { limits } from './kernel/limits.ts'
import { personId, personName } from './kernel/values.ts'

/** An e-mail address as it comes from outside. */
export const emailSchema = z.email().max(limits.email)

/** Whether a text may be the e-mail address of a person. */
export const isEmail = (text: string): boolean => emailSchema.safeParse(text).success

/** A person as it comes from outside. */
export const personSchema = z.object({
  id: personId.describe('The id by which the desk and its tokens identify the person.'),
  name: personName.optional(),
  email: emailSchema.optional(),
})

/** A person whom the desk names, such as a watcher, an assignee or a technician. */
export type Person = z.infer<typeof personSchema>

/** The customer of a ticket, a chat or an incident. */
export const customerSchema = personSchema.extend({
  firstName: personName.optional().describe('The first name of a customer, which texts use to address them.'),
})

/** A customer as tickets, chats and incidents name them. */
export type Customer = z.infer<typeof customerSchema>
