import type { DiskSpace } from '../../runtime/index.ts'
import type { Log } from './log.ts'
import type { LogDirectories } from './log-directories.ts'

export interface LogInfo {
  readonly topic: string
  readonly partition: number
  /** Bytes. */
  readonly size: number
  /** What a future log lacks of the one whose place it is to take, in offsets; -1 when that is not known. */
  readonly offsetLag: number
  readonly isFuture: boolean
}

export interface DirInfo {
  readonly path: string
  readonly failed: boolean
  /** Nothing new is begun there. */
  readonly cordoned: boolean
  readonly logs: readonly LogInfo[]
  /** Of the volume; undefined when the system does not say. */
  readonly space: DiskSpace | undefined
}

/** What lies in each directory; `find` gives the log of a partition whose place a future one is to take. */
export function describeDirectories(directories: LogDirectories, find: (future: Log) => Log | undefined): DirInfo[] {
  const lagOf = (future: Log) => {
    const log = find(future)
    return log ? log.logEndOffset - future.logEndOffset : -1
  }
  return directories.all.map((dir) => ({
    path: dir.path,
    failed: dir.failed,
    cordoned: !dir.failed && directories.isCordoned(dir.path),
    logs: [
      ...Array.from(dir.logs, (log) => infoOf(log, Math.max(log.highWatermark - log.logEndOffset, 0), false)),
      ...Array.from(dir.futures, (log) => infoOf(log, lagOf(log), true)),
    ],
    space: dir.space,
  }))
}

const infoOf = ({ topic, partition, size }: Log, offsetLag: number, isFuture: boolean): LogInfo => ({
  ...{ topic, partition, size, offsetLag, isFuture },
})
