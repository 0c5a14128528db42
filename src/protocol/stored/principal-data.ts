import { bool, message, string } from '../schema/index.ts'

/** Whom a broker hands a request on for (KIP-590); in front of it stands its version. */
export const DefaultPrincipalData = message({
  name: 'DefaultPrincipalData',
  versions: [0, 0],
  flexible: 0,
  fields: { type: string, name: string, tokenAuthenticated: bool },
})
