import type { Random } from '../random.ts'

/** Asked for by its first use: loading it takes a tenth of the time of a command that needs no secrets. */
const crypto = () => process.getBuiltinModule('node:crypto')

export const nodeRandom: Random = {
  int: (limit) => Math.floor(Math.random() * limit),
  bytes: (length) => crypto().randomBytes(length),
}
