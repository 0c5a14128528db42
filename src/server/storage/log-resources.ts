import type { Runtime } from '../../runtime/index.ts'
import { BufferPool } from './buffer-pool.ts'
import { FilePool } from './file-pool.ts'
import { ReadAhead } from './read-ahead.ts'
import { TailBudget } from './tail.ts'

/** What logs of one node share. */
export interface LogResources {
  readonly files: FilePool
  readonly buffers: BufferPool
  readonly ahead: ReadAhead
  readonly tails: TailBudget
}

/** `maxOpenFiles` as for `FilePool`. */
export function makeLogResources(
  { disk, clock }: Pick<Runtime, 'disk' | 'clock'>,
  maxOpenFiles?: number,
): LogResources {
  const buffers = new BufferPool()
  return {
    files: new FilePool(disk, maxOpenFiles),
    buffers,
    ahead: new ReadAhead(buffers, clock),
    tails: new TailBudget(),
  }
}
