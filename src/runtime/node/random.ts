import { randomBytes, randomInt } from 'node:crypto'
import type { Random } from '../random.ts'

export const nodeRandom: Random = {
  int: (limit) => (limit <= 1 ? 0 : randomInt(limit)),
  bytes: (length) => randomBytes(length),
}
