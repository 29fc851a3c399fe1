export { normalDomain, normalEmail, normalPhone } from './contact-details.ts'
