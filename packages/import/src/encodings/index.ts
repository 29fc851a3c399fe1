export { isEncoding } from '../histories/log/bytes.ts'
