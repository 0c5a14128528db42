export type { Codec } from './compile.ts'
export * from './field.ts'
export { defaultOf, isDefault } from './layout.ts'
export {
  type Api,
  api,
  type Message,
  message,
  type RequestInput,
  type RequestOf,
  type ResponseInput,
  type ResponseOf,
} from './message.ts'
export { UnsupportedInVersion } from './pieces.ts'
export { MalformedMessage, Reader } from './reader.ts'
export { Writer } from './writer.ts'
