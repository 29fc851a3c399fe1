export { tokenIdSchema } from '../auth/tokens.ts'
export { derivedId } from '../graphql/command.ts'
