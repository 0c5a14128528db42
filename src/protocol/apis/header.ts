import { int32, message } from '../schema/index.ts'

/** What leads every response. A request's header is written and read by hand: its client id is never compact (KIP-482). */
export const ResponseHeader = message({
  name: 'ResponseHeader',
  versions: [0, 1],
  flexible: 1,
  fields: { correlationId: int32 },
})
