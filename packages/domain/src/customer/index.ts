export { customerSchema, emailSchema, isEmail, personSchema } from '../person.ts'
export type { Customer, Person } from '../person.ts'
export type { CustomerCommand, CustomerCommandInput, CustomerCommandType } from './commands.ts'
export { customerAggregate } from './customer.ts'
export {
  detailNames,
  domainOf,
  emailIdentity,
  externalIdentity,
  fieldValues,
  otherFormOf,
  phoneIdentities,
  sharedWith,
} from './details.ts'
export type { CustomerSettings, FieldValue, Identity, SharedWith } from './details.ts'
export { customerEvents, evolveCustomer } from './events.ts'
export type { CustomerEvent, CustomerEventOf, CustomerRecord, CustomerState } from './events.ts'
export { evolveOrganisation, organisationAggregate, organisationEvents } from './organisation.ts'
export type { Organisation, OrganisationEvent, OrganisationState } from './organisation.ts'
